/**
 * The feature head of CUT: two linear layers with a ReLU for each layer of the generator that is compared. PyTorch: netF,
 * `PatchSampleF`, which creates its layers in the first step. Layers have PyTorch's names.
 */
import { input, layers, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { anySeed, Random } from '../core/random.js';
import { withCopiesNamed } from '../core/two-copies.js';
import { connect } from '../layers/layer.js';
import { registerOwn } from '../layers/register.js';
import { type FeatureLayer, featureLayers, featuresOf } from './feature-layers.js';
import { kernelInitializers } from './initializers.js';
import { networkEntries, type NetworkOptions } from './options.js';

/** Options of {@link featureHead}. */
export interface FeatureHeadOptions extends Pick<
  NetworkOptions,
  'initializer' | 'initializerGain' | 'seed' | 'name'
> {
  /** The layers of the generator, in its order: names, or indices in PyTorch's `nn.Sequential`. PyTorch: `nce_layers`. */
  nceLayers: readonly FeatureLayer[];
  /**
   * The units of all linear layers. PyTorch: `netF_nc`.
   * @default 256
   */
  nceUnits?: number;
}

/** Schema of the units. */
export const nceUnits = withDefault(wholeNumber(1), 256);

const { initializer, initializerGain, seed, name } = networkEntries;
const entries = { nceLayers: featureLayers, nceUnits, initializer, initializerGain, seed, name };

/**
 * Builds the feature head of `CUT` for a generator.
 *
 * For each layer it has an input [n, channels], features at n pixels, and an output [n, nceUnits].
 *
 * @throws CycleGANError `UNKNOWN_OPTION`; `INVALID_OPTION`, also if the generator does not have the layers
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { featureHead, resnetGenerator } from 'ts-cyclegan';
 * const generator = resnetGenerator({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 1 });
 * const head = featureHead(generator, { nceLayers: [0, 4, 7], nceUnits: 16, seed: 1 });
 * console.log(head.inputs.map(({ shape }) => shape)); // [[null, 3], [null, 8], [null, 16]]
 * ```
 */
export function featureHead(generator: LayersModel, options: FeatureHeadOptions): LayersModel {
  const where = 'featureHead';
  const resolved = resolveOptions(where, entries, options);
  const features = featuresOf(where, generator, resolved.nceLayers);
  const channels = features.map(({ shape }) => shape[3]!);
  registerOwn();
  const random = new Random(resolved.seed ?? anySeed());
  const kernel = kernelInitializers(resolved.initializer ?? 'normal', resolved.initializerGain, random);
  const units = resolved.nceUnits;
  const title = resolved.name ?? 'feature_head';
  return withCopiesNamed(title, () => {
    const inputs = channels.map((size, i) => input({ shape: [size], name: `features_${i}` }));
    const outputs = inputs.map((x, i) => {
      const linear = (from: number, at: number) =>
        layers.dense({ units, kernelInitializer: kernel([1, 1, from, units]), name: `mlp_${i}.${at}` });
      const hidden = connect(layers.reLU({ name: `mlp_${i}.1` }), connect(linear(channels[i]!, 0), x));
      return connect(linear(units, 2), hidden);
    });
    return model({ inputs, outputs, name: title });
  });
}

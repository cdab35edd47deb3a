/**
 * The PatchGAN discriminator (Isola et al. 2017) returns a logit for each patch of the image, which is high for real patches.
 * With three layers the patches have 70×70 pixels.
 *
 * PyTorch: `NLayerDiscriminator`; Keras example: `get_discriminator`. Layers have PyTorch's names in both conventions.
 */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { convolution } from '../blocks/block.js';
import { downsample } from '../blocks/downsample.js';
import { flag, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { AntialiasDownsampling2D } from '../layers/antialias-2d.js';
import { connect } from '../layers/layer.js';
import { LeakyReLU } from '../layers/leaky-relu.js';
import {
  type Build,
  buildNetwork,
  checkSmallest,
  ingredients,
  networkEntries,
  type NetworkOptions,
} from './options.js';

/** Options of {@link patchDiscriminator}. */
export interface PatchDiscriminatorOptions extends NetworkOptions {
  /**
   * The number of times that the image is halved. The patches have 16×16 pixels for 1, 34×34 for 2, 70×70 for 3 and 142×142
   * for 4. PyTorch: `n_layers`.
   * @default 3
   */
  layers?: number;
  /**
   * Whether images are blurred before they are halved, against aliasing. PyTorch (CUT): `no_antialias`.
   * @default false
   */
  antialias?: boolean;
}

/** Schema of the number of layers. */
export const patchLayers = withDefault(wholeNumber(1, 8), 3);

const entries = { ...networkEntries, layers: patchLayers, antialias: withDefault(flag(), false) };

/**
 * Builds a PatchGAN discriminator.
 *
 * Input [B, H, W, C]; output [B, h, w, 1], without a sigmoid. For 256 × 256 pixels the output is 32 × 32 in the convention
 * `keras` and 30 × 30 in `pytorch`, whose last two convolutions pad by 1. By default the network has 2,765,633 parameters, and
 * 2,764,737 in the convention `pytorch`.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { patchDiscriminator } from 'ts-cyclegan';
 * const discriminator = patchDiscriminator({ convention: 'pytorch', inputShape: [64, 64, 3], filters: 8, seed: 1 });
 * console.log(discriminator.outputs[0].shape); // [null, 6, 6, 1]
 * ```
 */
export function patchDiscriminator(options: PatchDiscriminatorOptions = {}): LayersModel {
  return preparePatchDiscriminator('patchDiscriminator', options)();
}

/** Checks the options without allocating, and returns the function that builds. */
export function preparePatchDiscriminator(where: string, options: PatchDiscriminatorOptions): Build {
  const resolved = resolveOptions(where, entries, options);
  const { convention, inputShape, filters, norm, layers: count, antialias } = resolved;
  // The last two convolutions of `pytorch` remove one pixel each. Instance norm of a single pixel is always 0.
  const smallest = convention === 'pytorch' ? 3 * 2 ** count : 2 ** count + (norm === 'instance' ? 1 : 0);
  checkSmallest(where, inputShape, smallest);

  return () => {
    const { normLayer, kernelInitializer, useBias, stridedPadding: padding } = ingredients(resolved);
    const shared = {
      kernelSize: 4,
      padding,
      kernelInitializer,
      activation: (args: { name?: string }) => new LeakyReLU({ alpha: 0.2, ...args }),
    };
    return buildNetwork(inputShape, resolved.name ?? 'patch_discriminator', (x) => {
      let at = 0; // PyTorch's index of a layer in the nn.Sequential `model`
      const several = (count: number) => {
        const name = `model.${at}`;
        at += count;
        return name;
      };
      const halve = (image: SymbolicTensor) =>
        antialias ? connect(new AntialiasDownsampling2D({ name: several(1) }), image) : image;
      const strides = antialias ? 1 : 2;

      x = convolution(x, filters, { ...shared, strides, useBias: true, name: several(1) });
      x = halve(connect(shared.activation({ name: several(1) }), x));
      for (let n = 1; n <= count; n++) {
        const halves = n < count;
        x = downsample(x, {
          ...shared,
          norm: normLayer,
          useBias,
          filters: filters * Math.min(2 ** n, 8),
          strides: halves ? strides : 1,
          name: several(3),
        });
        if (halves) x = halve(x);
      }
      return convolution(x, 1, { ...shared, useBias: true, name: several(1) });
    });
  };
}

/**
 * The U-Net generator of pix2pix. PyTorch: `unet_256` has 8 levels, `unet_128` has 7. Layers have PyTorch's names in both
 * conventions.
 */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { unetSkip } from '../blocks/unet-skip.js';
import { flag, optional, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import {
  type Build,
  buildNetwork,
  checkMultiple,
  ingredients,
  networkEntries,
  type NetworkOptions,
} from './options.js';

/** Options of {@link unetGenerator}. */
export interface UnetGeneratorOptions extends NetworkOptions {
  /**
   * The channels of the output images.
   * @default the channels of `inputShape`
   */
  outputChannels?: number;
  /**
   * The number of times that the image is halved, 5 or more. PyTorch: `num_downs`.
   * @default 8
   */
  levels?: number;
  /**
   * Whether the `levels` − 5 middle levels drop half of the upsampled values during training, as in PyTorch.
   * @default false
   */
  dropout?: boolean;
}

/** Schemas of the options of this generator only. */
export const unetEntries = { levels: withDefault(wholeNumber(5, 12), 8) };

const entries = {
  ...networkEntries,
  ...unetEntries,
  outputChannels: optional(wholeNumber(1)),
  dropout: withDefault(flag(), false),
};

/**
 * Builds a U-Net generator.
 *
 * Input [B, H, W, C], H and W multiples of 2^levels; output [B, H, W, outputChannels] in [−1, 1]. As in PyTorch, the innermost
 * level has no norm, so instance norm is never applied to a single pixel.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`
 * @see [Names of networks](../../docs/naming.md#networks)
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { unetGenerator } from 'ts-cyclegan';
 * const generator = unetGenerator({ convention: 'pytorch', inputShape: [32, 32, 3], levels: 5, filters: 4, seed: 1 });
 * console.log(generator.outputs[0].shape); // [null, 32, 32, 3]
 * ```
 */
export function unetGenerator(options: UnetGeneratorOptions = {}): LayersModel {
  return prepareUnetGenerator('unetGenerator', options)();
}

/** Checks the options without allocating, and returns the function that builds. */
export function prepareUnetGenerator(where: string, options: UnetGeneratorOptions): Build {
  const resolved = resolveOptions(where, entries, options);
  const { inputShape, outputChannels = inputShape[2], filters, levels, dropout } = resolved;
  checkMultiple(where, inputShape, 2 ** levels);

  return () => {
    const { random, normLayer, kernelInitializer, useBias } = ingredients(resolved);
    const width = (level: number) => filters * 2 ** Math.min(level, 3);

    /** Level 0 is the outermost. */
    const level = (n: number, x: SymbolicTensor, name: string | undefined): SymbolicTensor =>
      unetSkip(x, {
        norm: normLayer,
        kernelInitializer,
        useBias,
        innerFilters: width(n),
        outerFilters: n === 0 ? outputChannels : width(n - 1),
        inner: n === levels - 1 ? null : (y, within) => level(n + 1, y, within),
        outermost: n === 0,
        dropout: dropout && n >= 4 && n < levels - 1,
        seed: random.seed(),
        ...(name === undefined ? {} : { name }),
      });
    return buildNetwork(inputShape, resolved.name ?? 'unet_generator', (x) => level(0, x, 'model'));
  };
}

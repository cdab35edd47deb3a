/**
 * The U-Net generator of pix2pix, P's other choice: `unet_256` has 8 levels, `unet_128` 7.
 * Layers bear P's names, in both conventions.
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

export interface UnetGeneratorOptions extends NetworkOptions {
  /**
   * Channels of the images that come out.
   * @default those of the images that come in
   */
  outputChannels?: number;
  /**
   * How often the image is halved; from 5. P: `num_downs`.
   * @default 8
   */
  levels?: number;
  /**
   * Dropout of one half on the way up, in the middle levels (P: `levels` − 5 of them).
   * @default false
   */
  dropout?: boolean;
}

/** Schemas of the options that only this generator has. */
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
 * Input [B, H, W, C], H and W multiples of 2^levels; output [B, H, W, outputChannels] in [−1, 1].
 * Instance norm never sees a single pixel: P has no norm at the bottom of the U.
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

/** Checks everything, allocates nothing, and returns the function that builds. */
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

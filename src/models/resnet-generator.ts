/**
 * The generator of the paper (after Johnson et al. 2016): a 7×7 convolution, strided convolutions, residual blocks, transposed
 * convolutions, a 7×7 convolution and tanh.
 *
 * PyTorch: `ResnetGenerator`; Keras example: `get_resnet_generator`. Layers have PyTorch's names in both conventions.
 */
import { layers, type LayersModel } from '@tensorflow/tfjs-layers';
import { applyOptional, convolution } from '../blocks/block.js';
import { downsample } from '../blocks/downsample.js';
import { residualBlock } from '../blocks/residual.js';
import { upsample } from '../blocks/upsample.js';
import { type Border, borderEntry } from '../core/border.js';
import { flag, oneOf, optional, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { AntialiasDownsampling2D, AntialiasUpsampling2D } from '../layers/antialias-2d.js';
import { connect } from '../layers/layer.js';
import { ReflectionPadding2D } from '../layers/padding-2d.js';
import {
  type Build,
  buildNetwork,
  checkMultiple,
  checkSmallest,
  ingredients,
  networkEntries,
  type NetworkOptions,
} from './options.js';

/** Options of {@link resnetGenerator}. */
export interface ResnetGeneratorOptions extends NetworkOptions {
  /**
   * The channels of the output images.
   * @default those of the input
   */
  outputChannels?: number;
  /**
   * The number of times that the image is halved.
   * @default 2
   */
  downsamplingBlocks?: number;
  /**
   * The count of residual blocks. The PyTorch program uses 9 for 256 pixels and 6 for 128.
   * @default 9
   */
  residualBlocks?: number;
  /**
   * The number of times that the image is doubled.
   * @default `downsamplingBlocks`
   */
  upsamplingBlocks?: number;
  /**
   * Whether the residual blocks drop half of the values during training.
   * @default false
   */
  dropout?: boolean;
  /**
   * The kind of border in the residual blocks. PyTorch: `padding_type`.
   * @default 'reflect'
   */
  border?: Border;
  /**
   * Whether the residual blocks have depthwise-separable convolutions: a light generator, which has a sixth of the weights.
   * @default false
   */
  separable?: boolean;
  /**
   * How images are doubled: transposed convolutions; resize-convolutions, which avoid checkerboard patterns; or smooth
   * interpolation before a convolution. PyTorch (CUT): `no_antialias_up`.
   * @default 'transposed'; with `antialias`: 'smooth'
   */
  upsampling?: 'transposed' | 'resize' | 'smooth';
  /**
   * Whether images are blurred before they are halved, against aliasing. PyTorch (CUT): `no_antialias`.
   * @default false
   */
  antialias?: boolean;
}

/** Schemas of the options of this generator only. */
export const resnetEntries = {
  downsamplingBlocks: withDefault(wholeNumber(0, 8), 2),
  residualBlocks: withDefault(wholeNumber(0), 9),
  border: borderEntry,
  separable: withDefault(flag(), false),
  upsampling: optional(oneOf('transposed', 'resize', 'smooth')),
  antialias: withDefault(flag(), false),
};

/** How images are doubled, if the options may leave it out. */
export const upsamplingOf = (options: {
  upsampling?: 'transposed' | 'resize' | 'smooth' | undefined;
  antialias: boolean;
}): 'transposed' | 'resize' | 'smooth' => options.upsampling ?? (options.antialias ? 'smooth' : 'transposed');

const entries = {
  ...networkEntries,
  ...resnetEntries,
  upsamplingBlocks: optional(wholeNumber(0, 8)),
  outputChannels: optional(wholeNumber(1)),
  dropout: withDefault(flag(), false),
};

/**
 * The smallest height and width. A reflection by p pixels needs p + 1 pixels: 4 at both ends and 2 inside. Instance norm of a
 * single pixel is always 0.
 */
export const smallestSize = (
  down: number,
  up: number,
  { border, norm }: Pick<ResnetGeneratorOptions, 'border' | 'norm'>,
): number =>
  Math.max(4, 4 * 2 ** (down - up), border === 'reflect' || norm === 'instance' ? 2 * 2 ** down : 1);

/**
 * Builds a ResNet generator.
 *
 * Input [B, H, W, C], H and W multiples of 2^downsamplingBlocks; output [B, H, W, outputChannels] in [−1, 1]. By default the
 * network has 11,383,427 parameters, and 11,378,179 in the convention `pytorch`.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`
 * @see [Names of networks](../../docs/naming.md#networks)
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { resnetGenerator } from 'ts-cyclegan';
 * const generator = resnetGenerator({ inputShape: [64, 64, 3], filters: 8, residualBlocks: 2, seed: 1 });
 * generator.summary();
 * ```
 */
export function resnetGenerator(options: ResnetGeneratorOptions = {}): LayersModel {
  return prepareResnetGenerator('resnetGenerator', options)();
}

/** Checks the options without allocating, and returns the function that builds. */
export function prepareResnetGenerator(where: string, options: ResnetGeneratorOptions): Build {
  const resolved = resolveOptions(where, entries, options);
  const {
    inputShape,
    outputChannels = inputShape[2],
    filters,
    dropout,
    border,
    separable,
    antialias,
  } = resolved;
  const upsampling = upsamplingOf(resolved);
  const { downsamplingBlocks, residualBlocks, upsamplingBlocks = downsamplingBlocks } = resolved;
  checkMultiple(where, inputShape, 2 ** downsamplingBlocks);
  checkSmallest(where, inputShape, smallestSize(downsamplingBlocks, upsamplingBlocks, resolved));

  return () => {
    const { random, normLayer, kernelInitializer, lastKernelInitializer, useBias, stridedPadding } =
    ingredients(resolved); // prettier-ignore
    const shared = { norm: normLayer, kernelInitializer, useBias };
    let at = 0; // PyTorch's index of a layer in the nn.Sequential `model`
    const next = () => `model.${at++}`;
    /** The name of the first of `count` layers. */
    const several = (count: number) => {
      const name = next();
      at += count - 1;
      return name;
    };

    return buildNetwork(inputShape, resolved.name ?? 'resnet_generator', (x) => {
      x = connect(new ReflectionPadding2D({ padding: 3, name: next() }), x);
      x = convolution(x, filters, {
        kernelSize: 7,
        padding: 'valid',
        useBias,
        kernelInitializer,
        name: next(),
      });
      x = applyOptional(normLayer, x, next());
      x = connect(layers.reLU({ name: next() }), x);
      for (let i = 1; i <= downsamplingBlocks; i++) {
        x = downsample(x, {
          ...shared,
          filters: filters * 2 ** i,
          strides: antialias ? 1 : 2,
          padding: stridedPadding,
          name: several(3),
        });
        if (antialias) x = connect(new AntialiasDownsampling2D({ name: next() }), x);
      }
      for (let i = 0; i < residualBlocks; i++) {
        x = residualBlock(x, { ...shared, border, dropout, separable, seed: random.seed(), name: next() });
      }
      for (let i = upsamplingBlocks - 1; i >= 0; i--) {
        const channels = Math.max(1, Math.round(filters * 2 ** (i + downsamplingBlocks - upsamplingBlocks)));
        const options = { ...shared, filters: channels, padding: stridedPadding };
        if (upsampling === 'smooth') {
          x = connect(new AntialiasUpsampling2D({ name: next() }), x);
          x = downsample(x, { ...options, strides: 1, name: several(3) });
        } else x = upsample(x, { ...options, method: upsampling, name: several(3) });
      }
      x = connect(new ReflectionPadding2D({ padding: 3, name: next() }), x);
      x = convolution(x, outputChannels, {
        kernelSize: 7,
        padding: 'valid',
        useBias: true,
        kernelInitializer: lastKernelInitializer,
        name: next(),
      });
      return connect(layers.activation({ activation: 'tanh', name: next() }), x);
    });
  };
}

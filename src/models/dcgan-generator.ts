/**
 * Generators of small images from noise. DCGAN (Radford et al. 2015, arXiv:1511.06434) uses a linear layer and transposed
 * convolutions with batch norm. BEGAN (Berthelot et al. 2017, arXiv:1703.10717) uses convolutions and resizes.
 */
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { applyOptional, convolution } from '../blocks/block.js';
import { transposedConvolution } from '../blocks/upsample.js';
import { oneOf, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { withCopiesNamed } from '../core/two-copies.js';
import { NearestUpsampling2D } from '../layers/nearest-upsampling-2d.js';
import { registerOwn } from '../layers/register.js';
import {
  type FixedShape,
  ganNetworkEntries,
  type GANNetworkOptions,
  imageShapeEntry,
  type Layering,
  layeringOf,
  levelsOf,
  widthAt,
} from './gan-network-options.js';
import type { Build, Norm } from './options.js';

/** Options of {@link dcganGenerator}. */
export interface DCGANGeneratorOptions extends GANNetworkOptions {
  /**
   * The length of the noise vector z.
   * @default 100
   */
  latentSize?: number;
  /**
   * The count of classes of a label, which follows z as a one-hot vector; 0 for no label.
   * @default 0
   */
  classes?: number;
  /**
   * The count of continuous codes, which follow the label.
   * @default 0
   */
  codes?: number;
  /**
   * The height, width and channels of the images. Height and width must be multiples of 2^levels.
   * @default [28, 28, 1]
   */
  outputShape?: FixedShape;
  /**
   * `dcgan`: transposed convolutions, tanh; `began`: convolutions and resizes, ELU, no norm, no tanh.
   * @default 'dcgan'
   */
  architecture?: 'dcgan' | 'began';
  /**
   * The norm of `dcgan`.
   * @default 'batch'
   */
  norm?: Norm;
}

const entries = {
  ...ganNetworkEntries,
  latentSize: withDefault(wholeNumber(1), 100),
  classes: withDefault(wholeNumber(0), 0),
  codes: withDefault(wholeNumber(0), 0),
  outputShape: imageShapeEntry,
  architecture: withDefault(oneOf('dcgan', 'began'), 'dcgan'),
  norm: withDefault(oneOf('instance', 'batch', 'none'), 'batch'),
};

/**
 * Builds a generator of images from noise.
 *
 * Input [B, latentSize + classes + codes]: z, a one-hot label and continuous codes. Output [B, H, W, C], in [−1, 1] for `dcgan`
 * and unbounded for `began`. Layers are named as in PyTorch's `nn.Sequential`, and linear layers have PyTorch's order c, h, w.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { dcganGenerator } from 'ts-cyclegan';
 * const generator = dcganGenerator({ latentSize: 62, classes: 10, outputShape: [28, 28, 1], filters: 8, seed: 1 });
 * console.log(generator.inputs[0].shape, generator.outputs[0].shape); // [null, 72] [null, 28, 28, 1]
 * ```
 */
export function dcganGenerator(options: DCGANGeneratorOptions = {}): LayersModel {
  return prepareDCGANGenerator('dcganGenerator', 'outputShape', options)();
}

/** Checks the options without allocating, and returns the function that builds. */
export function prepareDCGANGenerator(where: string, option: string, options: DCGANGeneratorOptions): Build {
  const resolved = resolveOptions(where, entries, options);
  const { latentSize, classes, codes, outputShape, filters, architecture } = resolved;
  const { levels, smallest } = levelsOf(where, option, outputShape, resolved.levels);
  const channels = outputShape[2];
  return () => {
    registerOwn();
    const inputs = input({ shape: [latentSize + classes + codes], name: 'input' });
    const name = resolved.name ?? 'dcgan_generator';
    return withCopiesNamed(name, () => {
      const outputs =
        architecture === 'began'
          ? beganDecoder(layeringOf(inputs, { ...resolved, norm: 'none' }), {
              filters,
              levels,
              smallest,
              channels,
            })
          : transposedLayers(layeringOf(inputs, resolved), { filters, levels, smallest, channels });
      return model({ inputs, outputs, name });
    });
  };
}

interface Decoding {
  filters: number;
  levels: number;
  smallest: readonly [number, number];
  channels: number;
}

function transposedLayers(
  layering: Layering,
  { filters, levels, smallest, channels }: Decoding,
): SymbolicTensor {
  const { sequence, normLayer, useBias } = layering;
  const width = widthAt(filters, levels - 1);
  sequence.linear(width * smallest[0] * smallest[1], useBias);
  sequence.unflatten([...smallest, width]);
  if (normLayer !== null) sequence.add((x, name) => applyOptional(normLayer, x, name));
  return enlarge(layering, filters, levels, channels);
}

/** ReLUs and transposed convolutions up to the size of the image, and tanh. */
export function enlarge(
  { sequence, normLayer, kernelInitializer, useBias }: Layering,
  filters: number,
  levels: number,
  channels: number,
): SymbolicTensor {
  const shared = { kernelSize: 4, strides: 2, padding: 'same', kernelInitializer } as const;
  for (let level = levels - 2; level >= 0; level--) {
    sequence.layer((args) => layers.reLU(args));
    const own = { filters: widthAt(filters, level), useBias };
    sequence.add((x, name) => transposedConvolution(x, { ...shared, ...own, name }));
    if (normLayer !== null) sequence.add((x, name) => applyOptional(normLayer, x, name));
  }
  sequence.layer((args) => layers.reLU(args));
  sequence.add((x, name) => transposedConvolution(x, { ...shared, filters: channels, useBias: true, name }));
  sequence.layer((args) => layers.activation({ activation: 'tanh', ...args }));
  return sequence.x;
}

/** BEGAN's decoder from a vector to an image: its generator, and the second half of its discriminator. */
export function beganDecoder(
  { sequence, kernelInitializer }: Layering,
  { filters, levels, smallest, channels }: Decoding,
): SymbolicTensor {
  const shared = { kernelSize: 3, padding: 'same', useBias: true, kernelInitializer } as const;
  sequence.linear(filters * smallest[0] * smallest[1]);
  sequence.unflatten([...smallest, filters]);
  for (let level = 0; level < levels; level++) {
    sequence.add((x, name) => convolution(x, filters, { ...shared, name }));
    sequence.layer((args) => layers.elu(args));
    sequence.layer((args) => new NearestUpsampling2D({ factor: 2, ...args }));
  }
  sequence.add((x, name) => convolution(x, channels, { ...shared, name }));
  return sequence.x;
}

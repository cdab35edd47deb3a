/**
 * Discriminators that are auto-encoders: a poor reconstruction means that an image is fake. EBGAN (Zhao et al. 2017,
 * arXiv:1609.03126) uses strided and transposed convolutions. BEGAN (Berthelot et al. 2017, arXiv:1703.10717) uses
 * convolutions and resizes.
 */
import { layers, type LayersModel } from '@tensorflow/tfjs-layers';
import { convolution } from '../blocks/block.js';
import { oneOf, resolveOptions, wholeNumber, withDefault } from '../core/options.js';
import { type PreparedDiscriminator, shrink } from './dcgan-discriminator.js';
import { beganDecoder, enlarge } from './dcgan-generator.js';
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
import { buildNetwork } from './options.js';

/** Options of {@link autoencoderDiscriminator}. */
export interface AutoencoderDiscriminatorOptions extends GANNetworkOptions {
  /**
   * The height, width and channels of the images. Height and width must be multiples of 2^levels.
   * @default [28, 28, 1]
   */
  inputShape?: FixedShape;
  /**
   * The length of the code of an image.
   * @default 64
   */
  codeSize?: number;
  /**
   * `ebgan`: strided and transposed convolutions, tanh; `began`: convolutions and resizes, ELU, no tanh.
   * @default 'ebgan'
   */
  architecture?: 'ebgan' | 'began';
}

const entries = {
  ...ganNetworkEntries,
  inputShape: imageShapeEntry,
  codeSize: withDefault(wholeNumber(1), 64),
  architecture: withDefault(oneOf('ebgan', 'began'), 'ebgan'),
};

/**
 * Builds a discriminator that is an auto-encoder, without norms.
 *
 * Input and output [B, H, W, C]. The output is in [−1, 1] for `ebgan` and unbounded for `began`. Layers are named as in
 * PyTorch's `nn.Sequential`. The first linear layer returns the code [B, codeSize].
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { autoencoderDiscriminator } from 'ts-cyclegan';
 * const discriminator = autoencoderDiscriminator({ inputShape: [28, 28, 1], codeSize: 32, filters: 8, seed: 1 });
 * console.log(discriminator.outputs[0].shape); // [null, 28, 28, 1]
 * ```
 */
export function autoencoderDiscriminator(options: AutoencoderDiscriminatorOptions = {}): LayersModel {
  return prepareAutoencoder('autoencoderDiscriminator', 'inputShape', options).build();
}

/** Checks the options without allocating, and returns the function that builds. The inner layer is that of the codes. */
export function prepareAutoencoder(
  where: string,
  option: string,
  options: AutoencoderDiscriminatorOptions,
): PreparedDiscriminator {
  const resolved = resolveOptions(where, entries, options);
  const { inputShape, codeSize, filters, architecture } = resolved;
  const { levels, smallest } = levelsOf(where, option, inputShape, resolved.levels);
  const channels = inputShape[2];
  const isBegan = architecture === 'began';
  const build = () =>
    buildNetwork(inputShape, resolved.name ?? 'autoencoder_discriminator', (x) => {
      const layering = layeringOf(x, { ...resolved, norm: 'none' });
      const { sequence } = layering;
      if (isBegan) beganEncoder(layering, filters, levels);
      else shrink(layering, filters, levels);
      sequence.flatten();
      sequence.linear(codeSize);
      if (isBegan) return beganDecoder(layering, { filters, levels, smallest, channels });
      const width = widthAt(filters, levels - 1);
      sequence.linear(width * smallest[0] * smallest[1]);
      sequence.unflatten([...smallest, width]);
      return enlarge(layering, filters, levels, channels);
    });
  return { build, inner: `main.${2 * levels + (isBegan ? 3 : 1)}`, features: codeSize };
}

/** Convolutions with ELU. Those of stride 2 at level n have n · filters filters. */
function beganEncoder({ sequence, kernelInitializer }: Layering, filters: number, levels: number): void {
  const shared = { kernelSize: 3, padding: 1, useBias: true, kernelInitializer } as const;
  for (let level = 0; level <= levels; level++) {
    const width = filters * Math.max(level, 1);
    const strides = level === 0 ? 1 : 2;
    sequence.add((x, name) => convolution(x, width, { ...shared, strides, name }));
    sequence.layer((args) => layers.elu(args));
  }
}

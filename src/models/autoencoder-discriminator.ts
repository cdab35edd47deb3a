/**
 * Discriminators that are auto-encoders: what they reconstruct badly is not real. That of EBGAN (Zhao et al. 2017,
 * arXiv:1609.03126) is made of strided and transposed convolutions, that of BEGAN (Berthelot et al. 2017, arXiv:1703.10717)
 * of convolutions and resizes.
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
   * Height, width and channels of the images; both sides multiples of 2^levels.
   * @default [28, 28, 1]
   */
  inputShape?: FixedShape;
  /**
   * Values that an image is encoded as.
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
 * Builds a discriminator that encodes an image and decodes it again.
 *
 * Input and output [B, H, W, C]; of `ebgan` in [−1, 1], of `began` unbounded. Layers are named as in PyTorch's
 * `nn.Sequential`; the first linear one gives the code [B, codeSize]. No norms.
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

/** Checks everything, allocates nothing, and returns the function that builds; its inner layer is the one of the codes. */
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

/** Convolutions with ELU; those of stride 2 have one more time the filters at each level. */
function beganEncoder({ sequence, kernelInitializer }: Layering, filters: number, levels: number): void {
  const shared = { kernelSize: 3, padding: 1, useBias: true, kernelInitializer } as const;
  for (let level = 0; level <= levels; level++) {
    const width = filters * Math.max(level, 1);
    const strides = level === 0 ? 1 : 2;
    sequence.add((x, name) => convolution(x, width, { ...shared, strides, name }));
    sequence.layer((args) => layers.elu(args));
  }
}

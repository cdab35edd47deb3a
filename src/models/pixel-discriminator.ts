/** PyTorch's `PixelDiscriminator`, which judges each pixel separately (a 1×1 PatchGAN). Layers have PyTorch's names. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { convolution } from '../blocks/block.js';
import { downsample } from '../blocks/downsample.js';
import { resolveOptions } from '../core/options.js';
import { connect } from '../layers/layer.js';
import { LeakyReLU } from '../layers/leaky-relu.js';
import { type Build, buildNetwork, ingredients, networkEntries, type NetworkOptions } from './options.js';

/** Options of {@link pixelDiscriminator}. */
export type PixelDiscriminatorOptions = NetworkOptions;

/**
 * Builds a discriminator of 1×1 convolutions.
 *
 * Input [B, H, W, C]; output [B, H, W, 1], without a sigmoid.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function pixelDiscriminator(options: PixelDiscriminatorOptions = {}): LayersModel {
  return preparePixelDiscriminator('pixelDiscriminator', options)();
}

/** Checks the options without allocating, and returns the function that builds. */
export function preparePixelDiscriminator(where: string, options: PixelDiscriminatorOptions): Build {
  const resolved = resolveOptions(where, networkEntries, options);
  const { convention, inputShape, filters } = resolved;
  return () => {
    const { normLayer, kernelInitializer, useBias } = ingredients(resolved);
    const activation = (args: { name?: string }) => new LeakyReLU({ alpha: 0.2, ...args });
    const shared = { kernelSize: 1, padding: 'valid', kernelInitializer } as const;
    return buildNetwork(inputShape, resolved.name ?? 'pixel_discriminator', (x) => {
      x = convolution(x, filters, { ...shared, useBias: true, name: 'net.0' });
      x = connect(activation({ name: 'net.1' }), x);
      x = downsample(x, {
        ...shared,
        filters: 2 * filters,
        strides: 1,
        norm: normLayer,
        useBias,
        activation,
        name: 'net.2',
      });
      // in PyTorch, the last convolution has a bias with instance norm only
      return convolution(x, 1, { ...shared, useBias: useBias || convention === 'keras', name: 'net.5' });
    });
  };
}

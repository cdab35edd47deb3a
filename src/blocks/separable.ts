/**
 * A depthwise-separable convolution: a depthwise convolution, a norm and a 1×1 convolution. With c channels and a 3×3 kernel it
 * has 9·c + c² weights instead of 9·c². Layers have the names of `SeparableConv2d` of GAN Compression (Li et al. 2020), which its
 * `MobileResnetGenerator` consists of.
 */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { connect } from '../layers/layer.js';
import {
  applyOptional,
  convolution,
  heightAndWidth,
  initializerFor,
  type KernelInitializer,
  type LayerFactory,
  named,
  type Pair,
  within,
} from './block.js';

/** The output has as many channels as `x`. */
export function separableConvolution(
  x: SymbolicTensor,
  options: {
    kernelSize: Pair;
    strides: Pair;
    padding: 'same' | 'valid';
    norm: LayerFactory | null;
    useBias: boolean;
    kernelInitializer: KernelInitializer | undefined;
    name: string | undefined;
  },
): SymbolicTensor {
  const { padding, norm, useBias, kernelInitializer } = options;
  const [kernelSize, strides] = [heightAndWidth(options.kernelSize), heightAndWidth(options.strides)];
  const channels = x.shape.at(-1)!;
  const name = (index: number) => within(options.name, `conv.${index}`);
  const depthwise = layers.depthwiseConv2d({
    kernelSize,
    strides,
    padding,
    useBias,
    depthwiseInitializer: initializerFor(kernelInitializer, [...kernelSize, 1, channels]),
    ...named(name(0)),
  });
  const y = applyOptional(norm, connect(depthwise, x), name(1));
  return convolution(y, channels, {
    kernelSize: 1,
    padding: 'valid',
    useBias,
    kernelInitializer,
    name: name(2),
  });
}

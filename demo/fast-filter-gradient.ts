/**
 * tfjs' cpu backend spends nine tenths of a training step in the gradient of convolution filters, whose kernel
 * reads every number through a function call. This is the same sum over plain arrays. A patch of the demo, not of
 * the library, and for the time until training has an engine of its own.
 */
import * as tf from '@tensorflow/tfjs';

/** What the kernel needs of tfjs' cpu backend. */
interface Cpu {
  data: { get(id: object): { values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
}

/** dW[r, s, i, o] = Σ x[b, y·stride + r − top, x·stride + s − left, i]·dy[b, y, x, o] */
function filterGradient({ inputs, backend, attrs }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
  const { strides, pad, filterShape } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  const info = tf.backend_util.computeConv2DInfo(x.shape as never, filterShape, strides, 1, pad);
  const cpu = backend as unknown as Cpu;
  const [xs, dys] = [x, dy].map(({ dataId }) => cpu.data.get(dataId).values) as [Float32Array, Float32Array];
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
  const dW = new Float32Array(filterHeight * filterWidth * inChannels * outChannels);
  for (let at = 0; at < dys.length / outChannels; at++) {
    const column = (at % outWidth) * info.strideWidth - info.padInfo.left;
    const row = (Math.floor(at / outWidth) % outHeight) * info.strideHeight - info.padInfo.top;
    const batch = Math.floor(at / (outWidth * outHeight));
    for (let r = Math.max(0, -row); r < Math.min(filterHeight, inHeight - row); r++) {
      for (let s = Math.max(0, -column); s < Math.min(filterWidth, inWidth - column); s++) {
        const from = ((batch * inHeight + row + r) * inWidth + column + s) * inChannels;
        const to = (r * filterWidth + s) * inChannels;
        for (let i = 0; i < inChannels; i++) {
          const value = xs[from + i]!;
          const target = (to + i) * outChannels;
          for (let o = 0; o < outChannels; o++) dW[target + o]! += value * dys[at * outChannels + o]!;
        }
      }
    }
  }
  return cpu.makeTensorInfo(filterShape, 'float32', dW);
}

/** Puts the kernel in place of tfjs' own. */
export function useFastFilterGradient(): void {
  tf.unregisterKernel(tf.Conv2DBackpropFilter, 'cpu');
  tf.registerKernel({ kernelName: tf.Conv2DBackpropFilter, backendName: 'cpu', kernelFunc: filterGradient });
}

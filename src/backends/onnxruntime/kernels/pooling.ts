/** Pooling of pictures [n, h, w, c] and its gradients. */
import { int } from '../graph/lowering.js';
import { type Kernel, kernel } from './kernel.js';
import { type Geometry, geometry, scatterWindows, type WindowAttrs, windowAttributes } from './windows.js';

interface PoolAttrs extends WindowAttrs {
  filterSize: [number, number] | number;
}

/** Pooling windows, as those of a convolution. */
function poolGeometry(x: readonly number[], attrs: PoolAttrs): Geometry {
  const { filterSize } = attrs;
  const [height, width] = typeof filterSize === 'number' ? [filterSize, filterSize] : filterSize;
  return geometry(x, [height, width, x[3]!, x[3]!], attrs);
}

/** ONNX Runtime refuses windows that lie in the padding altogether. */
const fits = ({ pads, effectiveFilterHeight, effectiveFilterWidth }: Geometry): boolean =>
  pads.every((pad, i) => pad < (i % 2 === 0 ? effectiveFilterHeight : effectiveFilterWidth));

const pool = (op: 'MaxPool' | 'AveragePool'): Kernel =>
  kernel<PoolAttrs>({
    inputs: ['x'],
    infer([x], attrs) {
      const info = poolGeometry(x!.shape, attrs);
      return x!.dtype === 'float32' && fits(info) ? [{ shape: info.outShape, dtype: 'float32' }] : undefined;
    },
    lower(call) {
      const info = poolGeometry(call.inputs[0]!.shape, call.attrs);
      const y = call.op(op, [call.input(0, info.layout)], windowAttributes(info)); // averages leave padding out
      call.output(y, info.layout);
    },
  });

const maxPoolGrad = kernel<PoolAttrs>({
  inputs: ['dy', 'input', 'output'],
  infer([dy, x], attrs) {
    const info = poolGeometry(x!.shape, attrs);
    const lowers = dy!.dtype === 'float32' && x!.dtype === 'float32' && fits(info);
    return lowers ? [{ shape: x!.shape, dtype: 'float32' }] : undefined;
  },
  /** MaxPool tells where in the picture each maximum lies; dy is added there. */
  lower(call) {
    const x = call.inputs[1]!;
    const info = poolGeometry(x.shape, call.attrs);
    const { batchSize, inChannels, inHeight, inWidth } = info;
    const [, where] = call.ops('MaxPool', [call.input(1, info.layout)], windowAttributes(info), 2);
    const flat = (name: string): string => call.op('Reshape', [name, call.int64s([-1])]);
    const zeros = call.op('Expand', [call.scalar(0, x), call.int64s([x.size])]);
    const dx = call.op('ScatterElements', [zeros, flat(where!), flat(call.input(0, info.layout))], {
      reduction: { string: 'add' },
      axis: int(0),
    });
    call.output(call.reshape(dx, [batchSize, inChannels, inHeight, inWidth]), info.layout);
  },
});

const avgPoolGrad = kernel<PoolAttrs>({
  inputs: ['dy', 'input'],
  infer([dy, x], attrs) {
    poolGeometry(x!.shape, attrs);
    return dy!.dtype === 'float32' ? [{ shape: x!.shape, dtype: 'float32' }] : undefined;
  },
  /** tfjs divides by the window's whole size, also where it lies on padding. */
  lower(call) {
    const info = poolGeometry(call.inputs[1]!.shape, call.attrs);
    const { inChannels, filterHeight, filterWidth } = info;
    const shape = [inChannels, 1, filterHeight, filterWidth];
    const share = call.scalar(1 / (filterHeight * filterWidth), call.outputs[0]!);
    const w = call.op('Expand', [share, call.int64s(shape)]);
    call.output(scatterWindows(call, info, call.input(0, info.layout), w, inChannels), info.layout);
  },
});

export const poolingKernels: Readonly<Record<string, Kernel>> = {
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  MaxPoolGrad: maxPoolGrad,
  AvgPoolGrad: avgPoolGrad,
};

/**
 * Kernels that run on tfjs' cpu backend: what comes out is what that gives, and neither this backend nor the
 * instance of that one keeps anything.
 */
import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test, vi } from 'vitest';
import { viewKernels } from '../../../../src/backends/onnxruntime/views.js';
import { kernels } from '../../../../src/backends/onnxruntime/kernels/index.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, counting, onOnnxRuntime, results } from '../engine.js';

onOnnxRuntime();
afterEach(() => tf.setBackend('onnxruntime'));

const run = (name: string, inputs: Record<string, tf.Tensor | tf.Tensor[]>, attrs: object = {}) =>
  tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(name, inputs as never, attrs as never);
const numbers = (...shape: number[]) =>
  tf.tensor(Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(3 * i + 1)), shape); // prettier-ignore
const ints = (...values: number[]) => tf.tensor1d(values, 'int32');
const boxes = () => tf.tensor2d([0, 0, 1, 1, 0, 0, 0.9, 1, 0, 0, 0.2, 0.2], [3, 4]);
const image = () => numbers(1, 6, 6, 2) as tf.Tensor4D;
const suppression = { maxOutputSize: 2, iouThreshold: 0.5, scoreThreshold: 0, softNmsSigma: 0.1 };
const gradient = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor) => tf.grad((x) => tf.square(f(x)))(x);

/** What is drawn to a canvas for `x`. */
function drawn(x: tf.Tensor): Uint8ClampedArray {
  vi.stubGlobal('ImageData', class { constructor(readonly data: Uint8ClampedArray) {} }); // prettier-ignore
  let pixels = new Uint8ClampedArray(0);
  const putImageData = ({ data }: { data: Uint8ClampedArray<ArrayBuffer> }) => (pixels = data);
  try {
    tf.browser.draw(
      x as tf.Tensor2D,
      { getContext: () => ({ putImageData }) } as unknown as HTMLCanvasElement,
    );
  } finally {
    vi.unstubAllGlobals();
  }
  return pixels;
}

/** How many data ids the instance of the cpu backend holds. */
const idsOnCpu = (): number =>
  (backend() as unknown as { fallback: { instance?: tf.KernelBackend } }).fallback.instance?.numDataIds() ??
  0;

/** By kernel: a call of it. */
const calls: Record<string, () => tf.TensorContainer> = {
  Bincount: () => tf.bincount(ints(1, 1, 3), tf.tensor1d([]), 4),
  BroadcastArgs: () => tf.broadcastArgs(ints(2, 1), ints(1, 3)),
  ComplexAbs: () => tf.abs(tf.complex(numbers(3), numbers(3))),
  CropAndResize: () => tf.image.cropAndResize(image(), boxes(), ints(0, 0, 0), [3, 3]),
  Cumprod: () => tf.cumprod(numbers(2, 3), 1),
  DenseBincount: () =>
    tf.denseBincount(tf.tensor2d([1, 1, 0, 2], [2, 2], 'int32'), tf.tensor2d([], [0, 2]), 3),
  Diag: () => tf.diag(numbers(3)),
  Dilation2D: () => tf.dilation2d(image(), numbers(2, 2, 2) as tf.Tensor3D, 1, 'same'),
  Dilation2DBackpropFilter: () =>
    gradient((w) => tf.dilation2d(image(), w as tf.Tensor3D, 1, 'same'), numbers(2, 2, 2)),
  Dilation2DBackpropInput: () =>
    gradient((x) => tf.dilation2d(x as tf.Tensor4D, numbers(2, 2, 2) as tf.Tensor3D, 1, 'same'), image()),
  Draw: () => tf.tensor1d([...drawn(tf.tensor([0, 0.2, 0.4, 1], [2, 2]))]),
  FFT: () => tf.fft(tf.complex(numbers(2, 8), numbers(2, 8))),
  IFFT: () => tf.ifft(tf.complex(numbers(2, 6), numbers(2, 6))),
  LinSpace: () => tf.linspace(0, 1, 5),
  MaxPoolWithArgmax: () => tf.maxPoolWithArgmax(image(), 2, 2, 'valid'),
  Multinomial: () => tf.multinomial(tf.tensor2d([0.2, 0.8, 0.5, 0.5], [2, 2]), 6, 7),
  NonMaxSuppressionV3: () =>
    run('NonMaxSuppressionV3', { boxes: boxes(), scores: tf.tensor1d([0.5, 0.9, 0.7]) }, suppression),
  NonMaxSuppressionV4: () =>
    run('NonMaxSuppressionV4', { boxes: boxes(), scores: tf.tensor1d([0.5, 0.9, 0.7]) }, suppression),
  NonMaxSuppressionV5: () =>
    run('NonMaxSuppressionV5', { boxes: boxes(), scores: tf.tensor1d([0.5, 0.9, 0.7]) }, suppression),
  RaggedGather: () =>
    run(
      'RaggedGather',
      { paramsNestedSplits: [ints(0, 3, 3, 5)], paramsDenseValues: ints(1, 2, 3, 4, 5), indices: ints(2, 0) },
      { outputRaggedRank: 1 },
    ),
  RaggedRange: () => run('RaggedRange', { starts: ints(0, 5), limits: ints(3, 7), deltas: ints(1, 2) }),
  RaggedTensorToTensor: () =>
    run(
      'RaggedTensorToTensor',
      {
        shape: ints(3, 3),
        values: ints(1, 2, 3, 4),
        defaultValue: tf.scalar(9, 'int32'),
        rowPartitionTensors: [tf.scalar(3, 'int32'), ints(0, 0, 2, 2)],
      },
      { rowPartitionTypes: ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'] },
    ),
  Range: () => tf.range(0, 6, 2),
  RotateWithOffset: () => tf.image.rotateWithOffset(image(), 0.5),
  SearchSorted: () => tf.searchSorted(tf.tensor1d([1, 3, 5]), tf.tensor1d([0, 3, 6])),
  SparseFillEmptyRows: () => ({
    ...tf.sparse.sparseFillEmptyRows([[0, 1], [2, 0]] as never, ints(7, 8), ints(3, 2), tf.scalar(-1, 'int32')), // prettier-ignore
  }),
  SparseReshape: () => ({
    ...tf.sparse.sparseReshape(tf.tensor2d([0, 1, 1, 0], [2, 2], 'int32'), ints(2, 2), ints(4, -1)),
  }),
  SparseSegmentMean: () => tf.sparse.sparseSegmentMean(numbers(3, 2), ints(0, 2, 1), ints(0, 0, 1)),
  SparseSegmentSum: () => tf.sparse.sparseSegmentSum(numbers(3, 2), ints(0, 2, 1), ints(0, 0, 1)),
  SparseToDense: () => tf.sparseToDense(ints(1, 3), tf.tensor1d([5, 6]), [4], -1),
  StaticRegexReplace: () => tf.string.staticRegexReplace(tf.tensor(['a b', 'b']), 'b', 'cé'),
  StringNGrams: () => {
    const { nGrams, nGramsSplits } = tf.string.stringNGrams(['a', 'b', 'c'], ints(0, 3), '|', [2], '', '', 0, false); // prettier-ignore
    return [nGrams!, nGramsSplits!];
  },
  StringSplit: () => ({ ...tf.string.stringSplit(['a b', 'c'], ' ') }),
  StringToHashBucketFast: () => tf.string.stringToHashBucketFast(['a', 'ü'], 10),
  TopK: () => ({ ...tf.topk(numbers(2, 5), 2) }),
  Transform: () =>
    tf.image.transform(image(), tf.tensor2d([1, 0, 1, 0, 1, 1, 0, 0], [1, 8]), 'nearest', 'reflect'),
  Unique: () => ({ ...tf.unique(ints(1, 1, 2)) }),
  // Kernels that lower, with what does not
  Add: () => tf.add(tf.complex([1, 2], [3, 4]), tf.complex([1, 1], [5, 6])),
  Concat: () => tf.concat([tf.tensor(['a']), tf.tensor(['b', 'c'])]),
  Identity: () => tf.clone(tf.tensor(['a'])),
  Slice: () => [
    tf.slice(tf.tensor(['a', 'b']), 1, 1),
    tf.slice(tf.tensor(['a', 'b', 'c', 'd'], [2, 2]), [0, 1]),
  ],
  Sum: () => tf.sum(tf.zeros([0, 2]), 0),
};

test('every kernel that does not lower is tried here', () => {
  const missing = tf
    .getKernelsForBackend('cpu')
    .map(({ kernelName }) => kernelName)
    .filter((name) => !(name in kernels) && !(name in viewKernels) && !(name in calls));
  expect(missing).toEqual([]);
});

test.each(Object.entries(calls))('%s', (name, call) =>
  withoutLeaks(async () => {
    await tf.setBackend('cpu');
    const want = await results(call);
    await tf.setBackend('onnxruntime');
    const before = backend().numDataIds();
    let got: typeof want = [];
    const { fallenBack } = await counting(async () => {
      got = await results(call);
    });
    expect(got.length).toBe(want.length);
    got.forEach(({ shape, dtype, data }, i) => {
      expect({ shape, dtype }).toEqual({ shape: want[i]!.shape, dtype: want[i]!.dtype });
      if (dtype === 'string') expect(data).toEqual(want[i]!.data);
      else expect(data).toBeAllClose(want[i]!.data);
    });
    if (!(name in kernels) && !(name in viewKernels)) expect(fallenBack).toContain(name);
    expect([backend().numDataIds(), idsOnCpu()]).toEqual([before, 0]);
  }),
);

test('an input that a kernel gives back is no new tensor', () =>
  withoutLeaks(() => {
    const x = tf.fill([2, 1], 0.2);
    expect(drawn(x)).toEqual(Uint8ClampedArray.of(51, 51, 51, 255, 51, 51, 51, 255));
    x.dispose();
    expect(idsOnCpu()).toBe(0);
  }));

test('a kernel that refuses its arguments leaves nothing behind', () =>
  withoutLeaks(() => {
    const x = tf.fill([1, 2], 2);
    expect(() => drawn(x)).toThrow('must be in the range [0 - 1] but encountered 2.');
    x.dispose();
    expect(idsOnCpu()).toBe(0);
  }));

/**
 * Kernels that move elements, against tfjs' cpu backend, on inputs that are computed in the same graph; in which
 * layout they take images; and what is known without a graph.
 */
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, counting, graphsOf, onOnnxRuntime, results } from '../engine.js';

onOnnxRuntime();
afterEach(() => tf.setBackend('onnxruntime'));

const upTo = (shape: number[]) => Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => i + 1);
const floats = (...shape: number[]) => tf.neg(tf.tensor(upTo(shape), shape));
const ints = (...shape: number[]) => tf.neg(tf.tensor(upTo(shape), shape, 'int32'));
const bools = (...shape: number[]) => tf.less(tf.mod(tf.tensor(upTo(shape), shape), 3), 2);
const known = (values: number[], shape = [values.length]) => tf.tensor(values, shape, 'int32');
/** Indices that nobody knows when the kernel is called. */
const indices = (values: number[], shape?: number[]) => tf.neg(tf.neg(known(values, shape)));
const scatterUpdate = (x: tf.Tensor, indices: tf.Tensor, updates: tf.Tensor) =>
  tf.engine().runKernel<tf.Tensor>('TensorScatterUpdate', { tensor: x, indices, updates });
const segmentSum = (x: tf.Tensor, ids: tf.Tensor, n: number) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, n); // prettier-ignore

const calls: Record<string, () => tf.Tensor[]> = {
  pad: () => [
    tf.pad(floats(3), [[1, 2]], NaN),
    tf.pad(ints(2, 3), [[0, 1], [2, 0]], -7), // prettier-ignore
    tf.pad(bools(2, 2), [[1, 0], [0, 1]]), // prettier-ignore
    tf.pad(floats(1, 2, 1, 2, 2), [[0, 0], [1, 1], [0, 0], [0, 2], [0, 0]], 0.5), // prettier-ignore
    tf.pad(tf.fill([2, 2], 3), [[1, 0], [0, 1]]), // prettier-ignore
  ],
  mirrorPad: () =>
    (['reflect', 'symmetric'] as const).flatMap((mode) => [
      tf.mirrorPad(floats(4), [[3, 2]], mode),
      tf.mirrorPad(ints(2, 3), [[1, 1], [0, 2]], mode), // prettier-ignore
      tf.mirrorPad(floats(2, 2), [[0, 0], [0, 0]], mode), // prettier-ignore
      tf.mirrorPad(tf.tensor(upTo([4]), [2, 2]), [[0, 0], [0, 0]], mode), // prettier-ignore
      tf.mirrorPad(tf.fill([2, 2], 3), [[1, 0], [0, 1]], mode), // prettier-ignore
    ]),
  transpose: () => [
    tf.transpose(floats(2, 3)),
    tf.transpose(ints(2, 3, 4), [2, 0, 1]),
    tf.transpose(bools(1, 2, 3, 2, 1, 2), [5, 0, 3, 1, 4, 2]),
    tf.transpose(tf.tensor(upTo([6]), [2, 3]), [0, 1]),
    tf.transpose(tf.fill([2, 3], 4)),
  ],
  reverse: () => [
    tf.reverse(floats(4)),
    tf.reverse(ints(2, 3), [-1]),
    tf.reverse(bools(2, 3, 2)),
    tf.reverse(tf.tensor(upTo([4])), []),
    tf.image.flipLeftRight(floats(2, 2, 3, 1) as tf.Tensor4D),
  ],
  tile: () => [tf.tile(floats(2, 1, 2), [1, 3, 2]), tf.tile(ints(2), [2]), tf.tile(bools(2, 2), [2, 1])],
  'space to batch and back': () => [
    tf.spaceToBatchND(floats(2, 4, 4, 1), [2, 2], [[0, 0], [0, 0]]), // prettier-ignore
    tf.spaceToBatchND(ints(1, 3, 2, 2), [2, 3], [[1, 0], [0, 1]]), // prettier-ignore
    tf.spaceToBatchND(floats(2, 6), [3], [[2, 1]]),
    tf.batchToSpaceND(floats(4, 2, 2, 3), [2, 2], [[0, 0], [0, 0]]), // prettier-ignore
    tf.batchToSpaceND(ints(8, 2, 1, 2), [2, 2], [[1, 0], [0, 1]]), // prettier-ignore
    tf.depthToSpace(floats(1, 2, 3, 8) as tf.Tensor4D, 2),
  ],
  concat: () => [
    tf.concat([floats(2, 1), floats(2, 3), tf.zeros([2, 2])], -1),
    tf.concat([ints(1, 2), ints(2, 2)]),
    tf.concat([bools(2), bools(3)]),
    tf.concat([tf.ones([2]), tf.zeros([1])]),
  ],
  'stack and unstack': () => [
    tf.stack([tf.scalar(1), tf.neg(2), tf.neg(3)]),
    tf.stack([ints(2, 3), ints(2, 3)], -1),
    tf.stack([bools(2, 2), bools(2, 2)], 1),
    ...tf.unstack(floats(2, 3), -1),
    ...tf.unstack(ints(3)),
    ...tf.unstack(tf.ones([2, 2])),
  ],
  split: () => [
    ...tf.split(floats(2, 6), 3, 1),
    ...tf.split(ints(5), [1, 3, 1]),
    ...tf.split(bools(4, 1), [3, -1]),
  ],
  slice: () => [
    tf.slice(floats(3, 4), [1, 1], [2, -1]),
    tf.slice(ints(5), 2),
    tf.slice(bools(2, 2, 2), [0, 1], [1, 1]),
    tf.slice(tf.fill([3, 2], 5), 1),
  ],
  stridedSlice: () => [
    tf.stridedSlice(floats(5), [-1], [-10], [-2]),
    tf.stridedSlice(ints(3, 4), [0, 3], [3, 0], [2, -1]),
    tf.stridedSlice(bools(3, 4), [1, 1], [3, 3]),
    tf.stridedSlice(floats(3, 4), [1, 1], [2, 3], [1, 1], 0, 0, 0, 0, 1), // the first axis goes
    tf.stridedSlice(floats(3, 4), [0, 1, 0], [0, 3, 4], [1, 2, 1], 0, 0, 0, 1), // a new axis
    tf.stridedSlice(floats(2, 3, 4), [0, 1], [0, 3], [1, 2], 0, 0, 1), // an ellipsis
    tf.stridedSlice(floats(2, 3), [0, 0], [0, 0], [1, 1], 3, 3), // all
  ],
  gather: () => [
    tf.gather(floats(3, 2), indices([2, 0, 2])),
    tf.gather(ints(2, 3), indices([2, 1, 0, 0], [2, 2]), -1),
    tf.gather(bools(3), tf.scalar(1, 'int32')),
    tf.gather(floats(2, 3), indices([2, 0, 1, 1], [2, 2]), 1, 1),
    tf.gather(floats(2, 3, 4), indices([2, 0, 1, 1], [2, 2]), 1, 1),
    tf.gather(ints(2, 3, 4, 2), indices([3, 0, 1, 1], [2, 2]), 2, 1), // an axis between
    tf.gather(floats(2, 2, 3), indices(upTo([8]).map((i) => i % 3), [2, 2, 2]), 2, 2), // prettier-ignore
    tf.gather(floats(1, 3, 2), indices([1, 1], [1, 2]), 1, 1),
    tf.gather(floats(2, 3), indices([2, 0, 1, 1], [2, 2]), 1, -1),
  ],
  gatherND: () => [
    tf.gatherND(floats(3, 2), indices([2, 1])),
    tf.gatherND(ints(3, 2), indices([2, 0], [2, 1])),
    tf.gatherND(bools(2, 2, 2), indices([0, 1, 1, 0], [2, 2])),
  ],
  scatterND: () => [
    tf.scatterND(indices([4, 1, 4], [3, 1]), floats(3), [6]),
    tf.scatterND(indices([4, 1]), ints(2, 2), [5, 2]),
    tf.scatterND(indices([0, 1, 1, 0, 0, 1], [3, 2]), floats(3, 2), [2, 2, 2]),
    tf.scatterND(indices([1, 0, 1, 0, 1, 1], [2, 3]), ints(2), [2, 2, 2]),
  ],
  tensorScatterUpdate: () => [
    scatterUpdate(floats(4), indices([1, 3, 1], [3, 1]), tf.tensor([7, 8, 9])),
    scatterUpdate(ints(3, 2), indices([2, 0]), ints(2, 2)),
    scatterUpdate(bools(2, 2), indices([0, 1, 1, 1], [2, 2]), bools(2)),
  ],
  oneHot: () => [tf.oneHot(indices([0, 2, 5, -1]), 3), tf.oneHot(indices([0, 1], [1, 2]), 2, 7, -7, 'int32')],
  unsortedSegmentSum: () => [
    segmentSum(floats(4, 2), indices([1, -1, 1, 0]), 3),
    segmentSum(floats(3), indices([2, 3, 0]), 3),
    segmentSum(floats(2, 2, 2), indices([1, 1]), 2),
  ],
};

test.each(Object.entries(calls))('%s', (_, call) =>
  withoutLeaks(async () => {
    await tf.setBackend('cpu');
    const want = await results(call);
    await tf.setBackend('onnxruntime');
    let got: typeof want = [];
    const { fallenBack, runs } = await counting(async () => {
      got = await results(call);
    });
    expect(got.map(({ shape, dtype }) => [dtype, shape])).toEqual(want.map((x) => [x.dtype, x.shape]));
    expect(got.map(({ data }) => data)).toEqual(want.map(({ data }) => data));
    expect({ fallenBack, runs }).toEqual({ fallenBack: [], runs: 1 });
  }),
);

test('rows of one segment are summed one after the other: in parallel some get lost now and then', () =>
  withoutLeaks(() => {
    const n = 100_000;
    const ids = Int32Array.from({ length: n }, (_, i) => i % 2);
    for (let i = 0; i < 20; i++) {
      const sums = tf.tidy(() => segmentSum(tf.neg(tf.fill([n, 8], -1)), tf.tensor1d(ids), 2).dataSync());
      expect(new Set(sums)).toEqual(new Set([n / 2]));
    }
  }));

describe('images stay channels first', () => {
  const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
  const filter = () => tf.fill([1, 1, 4, 4], 0.5);
  const between: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    pad: (x) => tf.pad(x, [[0, 0], [1, 0], [2, 1], [0, 0]]), // prettier-ignore
    reflect: (x) => tf.mirrorPad(x, [[0, 0], [1, 0], [2, 1], [0, 0]], 'reflect'), // prettier-ignore
    symmetric: (x) => tf.mirrorPad(x, [[0, 0], [1, 0], [2, 1], [0, 0]], 'symmetric'), // prettier-ignore
    slice: (x) => tf.slice(x, [0, 1, 0, 0], [2, 4, 5, 4]),
    stridedSlice: (x) => tf.stridedSlice(x, [0, 5, 0, 0], [2, 1, 5, 4], [1, -2, 1, 1]),
    reverse: (x) => tf.reverse(x, [1, 3]),
    flipLeftRight: (x) => tf.image.flipLeftRight(x as tf.Tensor4D),
    tile: (x) => tf.tile(x, [1, 2, 1, 1]),
    gather: (x) => tf.gather(x, known([3, 0, 0, 2]), 3),
    split: (x) => tf.concat(tf.split(x, 2, 3).reverse(), 3),
    concat: (x) => tf.concat([tf.slice(x, 0, [2, 6, 5, 3]), tf.slice(tf.neg(x), 0, [2, 6, 5, 1])], 3),
    depthToSpace: (x) => tf.tile(tf.depthToSpace(x as tf.Tensor4D, 2), [1, 1, 1, 4]),
  };
  test.each(Object.entries(between))('%s', (_, f) =>
    withoutLeaks(async () => {
      const call = () => {
        const w = filter();
        return [conv(f(conv(tf.tensor(upTo([2, 6, 5, 4]), [2, 6, 5, 4]), w)), w)];
      };
      await tf.setBackend('cpu');
      const [want] = await results(call);
      let got: typeof want;
      const { operators } = await graphsOf(async () => {
        [got] = await results(call);
      });
      expect(got!.shape).toEqual(want!.shape);
      expect(got!.data).toBeAllClose(want!.data);
      const transposes = operators.flat().filter((op) => op === 'Transpose');
      expect(transposes.length).toBeLessThanOrEqual(3); // what goes in, the filters, what comes out
    }),
  );

  test('joined with an image that is fed, and transposed', () =>
    withoutLeaks(async () => {
      const call = () => {
        const x = tf.tensor(upTo([2, 3, 2, 4]), [2, 3, 2, 4]);
        const w = filter();
        const y = conv(x, w);
        return [
          conv(tf.slice(tf.concat([x, y], 3), [0, 0, 0, 2], [2, 3, 2, 4]), w),
          tf.transpose(y, [0, 3, 1, 2]),
        ];
      };
      await tf.setBackend('cpu');
      const want = await results(call);
      let got: typeof want = [];
      const { operators } = await graphsOf(async () => {
        got = await results(call);
      });
      got.forEach(({ data }, i) => expect(data).toBeAllClose(want[i]!.data));
      expect(operators.flat().filter((op) => op === 'Transpose').length).toBeLessThanOrEqual(3);
    }));
});

describe('parts of what is known', () => {
  const slices: [shape: number[], begin: number[], size: number[]][] = [
    [[4, 3], [1, 0], [2, 3]],
    [[4, 3], [2, 1], [1, 2]],
    [[4, 3], [1, 0], [2, 2]],
    [[2, 3, 2], [1, 1, 0], [1, 2, 2]],
    [[2, 3, 2], [0, 1, 0], [2, 2, 2]],
    [[5], [3], [2]],
    [[5], [0], [0]],
  ]; // prettier-ignore
  test.each(slices)('of %j, from %j, %j', (shape, begin, size) =>
    withoutLeaks(async () => {
      for (const type of ['float32', 'int32', 'bool'] as const) {
        const call = () => {
          const part = tf.slice(tf.tensor(upTo(shape).map((i) => (type === 'bool' ? i % 2 : i)), shape, type), begin, size); // prettier-ignore
          return [part, tf.cast(part, 'float32')];
        };
        await tf.setBackend('cpu');
        const want = await results(call);
        await tf.setBackend('onnxruntime');
        let got: typeof want = [];
        const { recorded } = await counting(async () => {
          got = await results(call);
        });
        expect(got).toEqual(want);
        if (size[0] !== 0) expect(recorded).toBe(type === 'float32' ? 0 : 1);
      }
    }),
  );

  test('batches of a dataset: one graph, that is fed the batch, and holds the dataset no longer than that', () =>
    withoutLeaks(async () => {
      const before = backend().stats().bytesFed;
      const { compiled } = await counting(async () => {
        const dataset = tf.tensor2d(upTo([6, 101]), [6, 101]);
        const batches = [0, 2, 4].map((begin) => tf.slice(dataset, begin, 2));
        dataset.dispose();
        for (const [i, batch] of batches.entries()) {
          const sum = tf.tidy(() => tf.sum(batch));
          expect([...(await sum.data())]).toEqual([(202 * (404 * i + 203)) / 2]);
          tf.dispose([sum, batch]);
        }
      });
      expect({ compiled, fed: backend().stats().bytesFed - before }).toEqual({ compiled: 1, fed: 3 * 808 });
    }));

  test('a reshaped dataset', () =>
    withoutLeaks(() => {
      expect(tf.tidy(() => tf.slice(tf.reshape(tf.tensor([1, 2, 3, 4]), [2, 2]), 1).arraySync())).toEqual([
        [3, 4],
      ]);
    }));
});

describe('indices that are known are checked where the kernel is called', () => {
  const x = () => tf.zeros([2, 3]);
  test.each<[string, () => tf.Tensor, string]>([
    ['gather', () => tf.gather(x(), known([0, 3]), 1), 'GatherV2: the index value 3 is not in [0, 2]'],
    ['gather', () => tf.gather(x(), known([-1])), 'GatherV2: the index value -1 is not in [0, 1]'],
    ['gatherND', () => tf.gatherND(x(), known([2, 0])), 'Invalid indices: 2,0 does not index into 2,3'],
    ['gatherND', () => tf.gatherND(x(), known([0, -1])), 'Invalid indices: 0,-1 does not index into 2,3'],
    ['scatterND', () => tf.scatterND(known([1, 4]), tf.tensor([1, 2]), [4]), 'Invalid indices: 4 does not index into 4'], // prettier-ignore
    ['tensorScatterUpdate', () => scatterUpdate(x(), known([-1], [1, 1]), tf.ones([1, 3])), 'Invalid indices: -1 does not index into 2,3'], // prettier-ignore
  ])('%s', (_, call, message) =>
    withoutLeaks(() => {
      expect(() => tf.tidy(call)).toThrow(new Error(message));
    }),
  );
});

/** The pass that folds padding into convolutions: same values, fewer kernels, and off where it is turned off. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { reflectPad2d, replicatePad2d } from 'ts-cyclegan';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { graphsOf, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

const plain = { winograd: 'never', withoutPasses: ['foldPadding'] } as const;
const backends: Readonly<Record<string, OnnxRuntimeBackendOptions>> = {
  folded: { winograd: 'always' },
  'folded, direct': { winograd: 'never' },
  'not folded': { winograd: 'always', withoutPasses: ['foldPadding'] },
  plain,
};
beforeAll(() => {
  for (const name in backends) registerOnnxRuntimeBackend(ort, { ...backends[name], name });
});
afterAll(() => {
  for (const name in backends) tf.removeBackend(name);
});

type Sides = [before: number, after: number];
type Mode = 'reflect' | 'symmetric' | 'replicate' | 'zeros';

function pad(x: tf.Tensor, mode: Mode, rows: Sides, columns: Sides): tf.Tensor4D {
  const image = x as tf.Tensor4D;
  const sides = { top: rows[0], bottom: rows[1], left: columns[0], right: columns[1] };
  if (mode === 'reflect') return reflectPad2d(image, sides);
  if (mode === 'replicate') return replicatePad2d(image, sides);
  const paddings: [number, number][] = [[0, 0], rows, columns, [0, 0]]; // prettier-ignore
  return mode === 'zeros' ? tf.pad(image, paddings) : tf.mirrorPad(image, paddings, mode);
}

interface Case {
  mode: Mode;
  shape: [number, number, number, number];
  out: number;
  rows: Sides;
  columns: Sides;
  kernel?: number;
  strides?: number;
  convPad?: 'valid' | 'same' | number;
}

/** What goes in is the same on each backend. */
function operands({ shape, out, kernel = 3 }: Case): [x: tf.Tensor4D, w: tf.Tensor4D] {
  return tf.tidy(() => [
    tf.randomNormal(shape, 0, 1, 'float32', 1),
    tf.randomNormal([kernel, kernel, shape[3], out], 0, 1, 'float32', 2),
  ]);
}

/** y, and the gradients of a loss that each of its numbers goes into; the padded image goes into it too if `elsewhere`. */
function program(
  { mode, rows, columns, strides = 1, convPad = 'valid' }: Case,
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  elsewhere: boolean,
): tf.Tensor[] {
  const convolved = (padded: tf.Tensor4D, w: tf.Tensor) =>
    tf.conv2d(padded, w as tf.Tensor4D, strides, convPad);
  const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar => {
    const padded = pad(x, mode, rows, columns);
    const sum = tf.sum(tf.square(convolved(padded, w)));
    return tf.mul(0.5, elsewhere ? tf.add(sum, tf.sum(tf.pow(padded, 3))) : sum);
  };
  const padded = pad(x, mode, rows, columns);
  return [convolved(padded, w), ...tf.grads(loss)([x, w]), ...(elsewhere ? [padded] : [])];
}

async function run(backend: string, item: Case, elsewhere: boolean): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const inputs = operands(item);
  const results = tf.tidy(() => program(item, inputs[0], inputs[1], elsewhere));
  const numbers = await Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose([inputs, results]);
  return numbers;
}

const one: Pick<Case, 'rows' | 'columns'> = { rows: [1, 1], columns: [1, 1] };
const cases: Case[] = [
  ...(['reflect', 'replicate', 'zeros'] as const).flatMap((mode): Case[] => [
    { mode, shape: [1, 8, 8, 3], out: 4, ...one },
    { mode, shape: [2, 7, 9, 3], out: 2, ...one },
    { mode, shape: [1, 6, 5, 2], out: 3, rows: [2, 1], columns: [0, 3] },
    { mode, shape: [2, 5, 4, 2], out: 2, rows: [3, 3], columns: [3, 2], convPad: 1 },
    { mode, shape: [1, 3, 2, 2], out: 1, ...one, convPad: 'same' },
    { mode, shape: [1, 8, 7, 2], out: 3, ...one, strides: 2 }, // not Winograd's
    { mode, shape: [2, 6, 6, 2], out: 3, rows: [3, 3], columns: [3, 3], kernel: 7 },
    { mode, shape: [1, 7, 9, 2], out: 3, rows: [2, 1], columns: [1, 3], kernel: 4 },
    { mode, shape: [2, 8, 9, 2], out: 3, rows: [1, 3], columns: [2, 1], kernel: 4, strides: 2 },
    { mode, shape: [1, 40, 21, 2], out: 2, rows: [1, 1], columns: [2, 1], kernel: 4, strides: 2 }, // 2 blocks of 20 rows
  ]),
  { mode: 'zeros', shape: [1, 8, 9, 2], out: 3, ...one, kernel: 4, strides: 2 },
  { mode: 'zeros', shape: [1, 7, 6, 2], out: 3, rows: [0, 1], columns: [0, 1], strides: 2, convPad: 'same' },
  { mode: 'zeros', shape: [1, 5, 6, 2], out: 3, rows: [4, 5], columns: [5, 4], strides: 3 }, // windows of zeros
];

describe('the same values', () => {
  test.each(cases)(
    '$mode, $shape by $rows and $columns, filters $kernel, strides $strides, $convPad',
    (item) =>
      withoutLeaks(async () => {
        for (const elsewhere of [false, true]) {
          const want = await run('cpu', item, elsewhere);
          for (const backend in backends) {
            const got = await run(backend, item, elsewhere);
            got.forEach((numbers, i) => {
              const largest = Math.max(...want[i]!.map(Math.abs));
              expect(numbers).toBeAllClose(want[i]!, { rtol: 0, atol: 4e-5 * largest });
            });
          }
        }
      }),
  );

  test('a symmetric border', () =>
    withoutLeaks(async () => {
      const item: Case = { mode: 'symmetric', shape: [2, 6, 7, 3], out: 2, rows: [2, 1], columns: [1, 3] };
      const [want, got] = [await run('cpu', item, false), await run('folded', item, false)];
      // tfjs' gradient of the border is wrong: the image and the filter's gradient only
      for (const i of [0, 2]) {
        const largest = Math.max(...want[i]!.map(Math.abs));
        expect(got[i]).toBeAllClose(want[i]!, { rtol: 0, atol: 4e-5 * largest });
      }
    }));
});

test('a convolution that is cropped: what is padded backwards is no image', () =>
  withoutLeaks(async () => {
    const item: Case = { mode: 'zeros', shape: [2, 7, 8, 3], out: 2, ...one };
    const cropped = async (backend: string) => {
      await tf.setBackend(backend);
      const [x, w] = operands(item);
      const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar => {
        const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
        return tf.sum(tf.square(tf.slice(y, [0, 1, 2, 0], [2, 5, 3, 2])));
      };
      const results = tf.tidy(() => tf.grads(loss)([x, w]));
      const numbers = await Promise.all(results.map((result) => result.data()));
      tf.dispose([x, w, results]);
      return numbers;
    };
    const want = await cropped('cpu');
    for (const backend in backends) {
      const got = await cropped(backend);
      got.forEach((numbers, i) => {
        const largest = Math.max(...want[i]!.map(Math.abs));
        expect(numbers).toBeAllClose(want[i]!, { rtol: 0, atol: 4e-5 * largest });
      });
    }
  }));

describe('kernels of a graph', () => {
  const kernels = async (options: OnnxRuntimeBackendOptions, item: Case, elsewhere = false) => {
    const graphs = await graphsOf(
      async () => {
        const [x, w] = operands(item);
        const results = tf.tidy(() => program(item, x, w, elsewhere));
        await results[0]!.data();
        tf.dispose([x, w, results]);
      },
      false,
      options,
    );
    return graphs.kernels[0]!.filter((name) => /Pad|Conv|Slice/.test(name)).sort();
  };
  const convolutions = ['Conv2D', 'Conv2D', 'Conv2DBackpropFilter', 'Conv2DBackpropInput'];
  const item = (mode: Mode): Case => ({ mode, shape: [1, 8, 8, 3], out: 4, ...one });

  test.each([
    ['reflect', 'MirrorPad', 'BorderPadGrad'],
    ['replicate', 'ReplicatePad', 'BorderPadGrad'],
    ['zeros', 'PadV2', 'Slice'],
  ] as const)('%s: none are left, but where there is no Winograd or no pass', async (mode, pad, fold) => {
    const all = [...convolutions, pad, pad, fold].sort();
    expect(await kernels({ winograd: 'always' }, item(mode))).toEqual(convolutions);
    expect(await kernels({ winograd: 'always', withoutPasses: ['foldPadding'] }, item(mode))).toEqual(all);
    expect(await kernels({ winograd: 'never' }, item(mode))).toEqual(mode === 'zeros' ? convolutions : all);
    expect(await kernels({ winograd: 'auto' }, item(mode))).toEqual(mode === 'zeros' ? convolutions : all);
  });

  test('a padded image stays that is read, or that something else needs', async () => {
    const names = await kernels({ winograd: 'always' }, item('reflect'), true);
    // the gradient of its other use is added before it is folded
    expect(names).toEqual([...convolutions, 'BorderPadGrad', 'MirrorPad', 'MirrorPad'].sort());
  });

  test('transposed convolutions that are cropped, with their gradients', async () => {
    const options = { winograd: 'never' } as const;
    const graphs = await graphsOf(
      async () => {
        const [x, w] = operands({ mode: 'zeros', shape: [2, 4, 5, 3], out: 2, ...one });
        const filter = tf.transpose(w, [0, 1, 3, 2]);
        const f = (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor) => {
          const y = tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 9, 11, 2], 2, 'valid');
          return tf.sum(tf.square(tf.add(tf.slice(y, [0, 1, 1, 0], [2, 8, 10, 2]), bias)));
        };
        const bias = tf.tensor1d([1, 2]);
        const results = tf.tidy(() => tf.grads(f)([x, filter as tf.Tensor, bias]));
        await results[0]!.data();
        tf.dispose([x, w, filter, bias, results]);
      },
      false,
      options,
    );
    expect(graphs.kernels[0]!.filter((name) => /Pad|Conv|Slice/.test(name)).sort()).toEqual([
      'Conv2D',
      'Conv2DBackpropFilter',
      'Conv2DBackpropInput',
    ]);
  });
});

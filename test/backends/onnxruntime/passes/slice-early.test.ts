/** The pass that cuts before it adds, against tfjs' cpu backend; and where it does. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { scattered } from '../../../support/finite-differences.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { graphsOf, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

type Program = (...inputs: tf.Tensor[]) => tf.Tensor;
/** Operators, or some of them, in the order in which they run. */
type Operators = string[];

const up: Program = (x, w) =>
  tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [1, 9, 11, 2], 2, 'valid');

test.each<[string, Program, number[][], Operators]>([
  ['a bias', (x, b) => tf.slice(tf.add(x, b), [0, 1, 2, 0], [2, 2, 2, 3]), [[2, 4, 5, 3], [3]], ['Slice', 'Add']],
  ['a bias on the left', (x, b) => tf.slice(tf.add(b, x), [0, 1], [2, 2]), [[2, 4], [1]], ['Slice', 'Add']],
  ['a column', (x, b) => tf.slice(tf.add(x, b), [0, 1], [2, 2]), [[2, 4], [2, 1]], ['Slice', 'Add']],
  ['not along an axis that is cut', (x, b) => tf.slice(tf.add(x, b), [0, 1], [2, 2]), [[2, 4], [4]], ['Add', 'Slice']],
  ['the larger of the two', (x, b) => tf.slice(tf.add(x, b), [1, 0], [1, 2]), [[1, 2], [3, 2]], ['Slice', 'Add']],
  ['not where both are cut', (x, b) => tf.slice(tf.add(x, b), [1, 1], [2, 1]), [[1, 2], [3, 1]], ['Add', 'Slice']],
  ['not for another shape', (x, b) => tf.slice(tf.reshape(tf.add(x, b), [4, 2]), [1, 0], [2, 2]), [[2, 4], [1]], ['Add', 'Slice']],
  ['not where the sum is needed', (x, b) => { const y = tf.add(x, b); return tf.mul(tf.slice(y, [1], [1]), y); }, [[3], [1]], ['Add', 'Slice']],
  ['behind a transposed convolution, of which it becomes part', (x, w, b) => tf.slice(tf.add(up(x, w), b), [0, 1, 1, 0], [1, 8, 10, 2]), [[1, 4, 5, 3], [3, 3, 2, 3], [2]], ['ConvTranspose', 'Add']],
])('%s', (_, f, shapes, operators) =>
  withoutLeaks(async () => {
    await compare(f, shapes);
    const written = await graphsOf(() => {
      const y = tf.tidy(() => f(...shapes.map((shape, i) => scattered(shape, i))));
      y.dataSync(); // what came before is held by nobody
      y.dispose();
    });
    const seen = written.operators.at(-1)!.filter((op) => ['Slice', 'Add', 'ConvTranspose'].includes(op));
    expect(seen).toEqual(operators);
  }),
); // prettier-ignore

/** The pass that adds no bias in front of a normalisation, against tfjs' cpu backend; and where it does. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { scattered } from '../../support/finite-differences.js';
import { withoutLeaks } from '../../support/leaks.js';
import { compare } from './compare.js';
import { graphsOf, onOnnxRuntime } from './engine.js';

onOnnxRuntime();

type Program = (...inputs: tf.Tensor[]) => tf.Tensor;

/** x − mean(x) over rows and columns, or over `axes`. */
const centred = (x: tf.Tensor, axes: number[] = [1, 2]) => tf.sub(x, tf.mean(x, axes, true));

/** A convolution with a bias as one kernel. */
const biased = (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor, more = {}) =>
  tf.fused.conv2d({
    x: x as tf.Tensor4D,
    filter: w as tf.Tensor4D,
    strides: 1,
    pad: 'valid',
    bias: bias,
    ...more,
  });

const picture = [2, 4, 5, 3];
const convolved = [picture, [3, 3, 3, 4], [4]];

test.each<[string, Program, number[][], biases: 0 | 1]>([
  ['left out: a bias', (x, b) => centred(tf.add(x, b)), [picture, [3]], 0],
  ['left out: a bias on the left', (x, b) => centred(tf.add(b, x)), [picture, [3]], 0],
  ['left out: a number for each sample', (x, b) => centred(tf.add(x, b)), [picture, [2, 1, 1, 1]], 0],
  ['left out: one number', (x, b) => centred(tf.add(x, b)), [picture, []], 0],
  ['left out: behind a convolution', (x, w, b) => centred(tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), b)), convolved, 0],
  ['left out: of a fused convolution', (x, w, b) => centred(biased(x, w, b)), convolved, 0],
  ['not where it varies along an axis of the mean', (x, b) => centred(tf.add(x, b)), [picture, [5, 3]], 1],
  ['not where what stays would be smaller', (x, b) => centred(tf.add(x, b)), [[1, 4, 5, 3], [2, 1, 1, 3]], 1],
  ['not where the mean is taken over channels too', (x, b) => centred(tf.add(x, b), [1, 2, 3]), [picture, [3]], 1],
  ['not where the sum is needed', (x, b) => { const y = tf.add(x, b); return tf.mul(centred(y), y); }, [picture, [3]], 1],
  ['not where the mean is needed', (x, b) => { const y = tf.add(x, b); const mean = tf.mean(y, [1, 2], true); return tf.mul(tf.sub(y, mean), mean); }, [picture, [3]], 1],
  ['not where it is not the sum’s mean that is taken away', (x, b) => tf.sub(tf.add(x, b), tf.mean(x, [1, 2], true)), [picture, [3]], 1],
  ['not where the mean is a row that lies across', (x, b) => { const y = tf.add(x, b); return tf.sub(y, tf.mean(y, 0)); }, [[3, 3], [3, 1]], 1],
  ['not where an activation comes between', (x, w, b) => centred(biased(x, w, b, { activation: 'relu' })), convolved, 1],
])('%s', (_, f, shapes, biases) =>
  withoutLeaks(async () => {
    // and the bias once more: else its gradient is nothing but rounding
    await compare((...inputs) => tf.add(f(...inputs), inputs.at(-1)!), shapes);
    const written = await graphsOf(() => {
      const y = tf.tidy(() => f(...shapes.map((shape, i) => scattered(shape, i))));
      y.dataSync(); // what came before is held by nobody
      y.dispose();
    }, false, { winograd: 'always' }); // where a convolution's bias is an addition, too
    expect(written.operators.at(-1)!.filter((op) => op === 'Add')).toHaveLength(biases);
  }),
); // prettier-ignore

import * as tf from '@tensorflow/tfjs';
import { ReflectionPadding2D, ReplicationPadding2D } from 'ts-cyclegan';
import { expect, it } from 'vitest';
import { describeLayer } from '../support/describe-layer.js';

const cases = {
  'one pixel': {},
  '[width, height]': { padding: [2, 1] as const, name: 'border' },
  'four sides': { padding: { top: 0, bottom: 3, left: 1, right: 2 } },
};
const phrase = 'padding must be a whole number from 0, [width, height], or { top, bottom, left, right }';

describeLayer(ReflectionPadding2D, {
  cases,
  refused: [
    [{ paddings: 1 }, 'ReflectionPadding2D: unknown option "paddings". Did you mean "padding"?'],
    [{ padding: -1 }, `ReflectionPadding2D: ${phrase}, got -1.`],
    [{ padding: [1, 2, 3] }, `ReflectionPadding2D: ${phrase}, got [1, 2, 3].`],
  ],
});

describeLayer(ReplicationPadding2D, {
  cases,
  refused: [
    [{ paddin: 1 }, 'ReplicationPadding2D: unknown option "paddin". Did you mean "padding"?'],
    [{ padding: 1.5 }, `ReplicationPadding2D: ${phrase}, got 1.5.`],
    [{ padding: { top: 1 } }, `ReplicationPadding2D: ${phrase}, got an object.`],
    [{ padding: null }, `ReplicationPadding2D: ${phrase}, got null.`],
  ],
});

it.each([ReflectionPadding2D, ReplicationPadding2D])(
  'a pair is [width, height], as in the Keras example',
  (Class) => {
    const input = tf.input({ shape: [5, 7, 1] });
    const output = new Class({ padding: [3, 1] }).apply(input) as tf.SymbolicTensor;
    expect(output.shape).toEqual([null, 7, 13, 1]);
  },
);

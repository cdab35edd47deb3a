/**
 * Elementwise kernels against JavaScript's own arithmetic, at the edges of float32, int32 and bool: infinities,
 * NaN, overflow, small numbers; and against the cpu backend on filled inputs and between convolutions.
 */
import * as tf from '@tensorflow/tfjs';
import { describe, test } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { compare } from '../compare.js';
import { bools, floats, gives, ints, pairs } from '../edges.js';
import { onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

type Unary = [name: string, op: (x: tf.Tensor) => tf.Tensor, truth: (x: number) => number, rtol?: number];
type Binary = [
  name: string,
  op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  truth: (a: number, b: number) => number,
];

const sign = (x: number) => (x > 0 ? 1 : x < 0 ? -1 : 0); // 0 for NaN, as tfjs has it
const clamp = (least: number, most: number) => (x: number) => (x > most ? most : x < least ? least : x);
const half = (x: number) => {
  const below = Math.floor(x);
  return x - below === 0.5 ? 2 * Math.round(x / 2) : x - below < 0.5 ? below : Math.ceil(x);
};
const stepTo = (alpha: number) => (x: number) => (Number.isNaN(x) ? NaN : x > 0 ? 1 : alpha);

describe('functions of float32', () => {
  const rtol = 1e-6;
  test.each<Unary>([
    ['abs', tf.abs, Math.abs],
    ['ceil', tf.ceil, Math.ceil],
    ['clipByValue', (x) => tf.clipByValue(x, -2.5, 1e10), clamp(-2.5, 1e10)],
    ['exp', tf.exp, Math.exp, rtol],
    ['expm1', tf.expm1, Math.expm1, rtol],
    ['floor', tf.floor, Math.floor],
    ['leakyRelu', (x) => tf.leakyRelu(x, 0.25), (x) => (x < 0 ? 0.25 * x : x)],
    ['log', tf.log, Math.log, rtol],
    ['log1p', tf.log1p, Math.log1p, rtol],
    ['neg', tf.neg, (x) => -x],
    ['prelu', (x) => tf.prelu(x, tf.scalar(0.25)), (x) => (x < 0 ? 0.25 * x : x)],
    ['reciprocal', tf.reciprocal, (x) => 1 / x],
    ['relu', tf.relu, (x) => Math.max(x, 0)],
    ['relu6', tf.relu6, clamp(0, 6)],
    ['round', tf.round, half],
    ['rsqrt', tf.rsqrt, (x) => 1 / Math.sqrt(x), rtol],
    ['sigmoid', tf.sigmoid, (x) => 1 / (1 + Math.exp(-x)), rtol],
    ['sign', tf.sign, sign],
    ['softplus', tf.softplus, (x) => (x > 50 ? x : Math.log1p(Math.exp(x))), rtol],
    ['sqrt', tf.sqrt, Math.sqrt, rtol],
    ['square', tf.square, (x) => x * x],
    ['step', (x) => tf.step(x), stepTo(0)],
    ['step to a number', (x) => tf.step(x, -3.5), stepTo(-3.5)],
    ['tanh', tf.tanh, Math.tanh, 1e-5],
  ])('%s', (_, op, truth, rtol = 0) =>
    withoutLeaks(() =>
      gives(
        () => op(tf.tensor1d([...floats])),
        'float32',
        floats.map((x) => Math.fround(truth(x))),
        rtol,
      ),
    ),
  );

  test.each<Unary>([
    ['isFinite', tf.isFinite, (x) => Number(Number.isFinite(x))],
    ['isInf', tf.isInf, (x) => Number(Math.abs(x) === Infinity)],
    ['isNaN', tf.isNaN, (x) => Number(Number.isNaN(x))],
    ['cast', (x) => tf.cast(x, 'bool'), (x) => Number(x !== 0)],
  ])('%s, to bool', (_, op, truth) =>
    withoutLeaks(() => gives(() => op(tf.tensor1d([...floats])), 'bool', floats.map(truth))),
  );

  test('cast to int32, as arrays of JavaScript do', () =>
    withoutLeaks(() =>
      gives(() => tf.cast(tf.tensor1d([...floats]), 'int32'), 'int32', [...Int32Array.from(floats)]),
    ));
});

describe('functions of int32', () => {
  test.each<Unary>([
    ['clipByValue', (x) => tf.clipByValue(x, -2.5, 99.5), (x) => Math.trunc(clamp(-2.5, 99.5)(x))],
    ['clipByValue without limits', (x) => tf.clipByValue(x, -Infinity, Infinity), (x) => x],
    ['neg', tf.neg, (x) => -x | 0],
    ['relu', tf.relu, (x) => Math.max(x, 0)],
    ['relu6', tf.relu6, clamp(0, 6)],
    ['sign', tf.sign, sign],
    ['square', tf.square, (x) => Math.imul(x, x)],
  ])('%s', (_, op, truth) =>
    withoutLeaks(() => gives(() => op(tf.tensor1d([...ints], 'int32')), 'int32', ints.map(truth))),
  );

  test.each<Unary>([
    ['cast', (x) => tf.cast(x, 'float32'), (x) => x],
    ['exp', tf.exp, Math.exp, 1e-7],
    ['leakyRelu', (x) => tf.leakyRelu(x, 0.25), (x) => (x < 0 ? 0.25 * x : x)],
  ])('%s, to float32', (_, op, truth, rtol = 0) =>
    withoutLeaks(() =>
      gives(
        () => op(tf.tensor1d([...ints], 'int32')),
        'float32',
        ints.map((x) => Math.fround(truth(x))),
        rtol,
      ),
    ),
  );
});

/** What `truth` says of all pairs. */
const table = (truth: Binary[2], a: readonly number[], b: readonly number[]): number[] =>
  a.flatMap((x) => b.map((y) => truth(x, y)));

describe('pairs', () => {
  const order: Binary[] = [
    ['equal', tf.equal, (a, b) => Number(a === b)],
    ['notEqual', tf.notEqual, (a, b) => Number(a !== b)],
    ['greater', tf.greater, (a, b) => Number(a > b)],
    ['greaterEqual', tf.greaterEqual, (a, b) => Number(a >= b)],
    ['less', tf.less, (a, b) => Number(a < b)],
    ['lessEqual', tf.lessEqual, (a, b) => Number(a <= b)],
  ];
  test.each(order)('%s', (_, op, truth) =>
    withoutLeaks(async () => {
      await gives(() => op(...pairs(floats, floats, 'float32')), 'bool', table(truth, floats, floats));
      await gives(() => op(...pairs(ints, ints, 'int32')), 'bool', table(truth, ints, ints));
      await gives(() => op(...pairs(bools, bools, 'bool')), 'bool', table(truth, bools, bools));
    }),
  );

  test.each<Binary>([
    ['add', tf.add, (a, b) => a + b],
    ['sub', tf.sub, (a, b) => a - b],
    ['mul', tf.mul, (a, b) => a * b],
    ['div', tf.div, (a, b) => a / b],
    ['maximum', tf.maximum, Math.max],
    ['minimum', tf.minimum, Math.min],
  ])('%s of float32', (_, op, truth) =>
    withoutLeaks(() => {
      const rounded = (a: number, b: number) => Math.fround(truth(a, b));
      return gives(() => op(...pairs(floats, floats, 'float32')), 'float32', table(rounded, floats, floats));
    }),
  );

  /** Of the divisor's sign; 0 where tfjs' int32 makes 0 of NaN. */
  const remainder = (a: number, b: number) => {
    const rest = a % b || 0;
    return rest * Math.sign(b) < 0 ? rest + b : rest;
  };
  test.each<Binary>([
    ['add', tf.add, (a, b) => (a + b) | 0],
    ['sub', tf.sub, (a, b) => (a - b) | 0],
    ['mul', tf.mul, Math.imul],
    ['maximum', tf.maximum, Math.max],
    ['minimum', tf.minimum, Math.min],
    ['floorDiv', tf.floorDiv, (a, b) => Math.floor(a / b) | 0], // 0 where b is
    ['mod', tf.mod, remainder],
    [
      'bitwiseAnd',
      (a, b) => tf.bitwiseAnd(tf.tile(a, [1, b.size]), tf.tile(b, [a.size, 1])),
      (a, b) => a & b,
    ],
    ['squaredDifference', tf.squaredDifference, (a, b) => Math.imul(a - b, a - b)],
  ])('%s of int32', (_, op, truth) =>
    withoutLeaks(() => gives(() => op(...pairs(ints, ints, 'int32')), 'int32', table(truth, ints, ints))),
  );

  test('pow', () =>
    withoutLeaks(async () => {
      const [bases, exponents] = [floats.slice(2, 18), [0, 1, 2, 3, 0.5, -1, -2.5]];
      const rounded = (a: number, b: number) => Math.fround(a ** b);
      await gives(
        () => tf.pow(...pairs(bases, exponents, 'float32')),
        'float32',
        table(rounded, bases, exponents),
        2e-6,
      );
      const [whole, powers] = [[0, 1, -2, 3, -7], [0, 1, 2, 11, -1]]; // prettier-ignore
      const wrapped = (a: number, b: number) => (a ** b) | 0;
      await gives(() => tf.pow(...pairs(whole, powers, 'int32')), 'int32', table(wrapped, whole, powers));
    }));

  test('mod, floorDiv and atan2 of float32', () =>
    withoutLeaks(async () => {
      const finite = [0, -0, 1, -1, 2.5, -2.5, 7, -7, 1e-8, -1e-8, 1e10].map(Math.fround);
      const divisors = finite.filter((x) => x !== 0);
      const inputs = () => pairs(finite, divisors, 'float32');
      const rounded = (a: number, b: number) => Math.fround(remainder(a, b));
      await gives(() => tf.mod(...inputs()), 'float32', table(rounded, finite, divisors));
      await gives(
        () => tf.floorDiv(...pairs(floats, floats, 'float32')),
        'int32',
        table((a, b) => Math.floor(a / b) | 0, floats, floats).map((x) => x || 0),
      );
      const directions = [0, -0, 1, -1, 1e-8, -1e-8, 7, -3e30, Infinity, -Infinity, NaN].map(Math.fround);
      await gives(
        () => tf.round(tf.mul(tf.atan2(...pairs(directions, directions, 'float32')), 1e4)),
        'float32',
        table((a, b) => Math.fround(1e4 * Math.fround(Math.atan2(a, b))), directions, directions).map(
          Math.round,
        ),
      );
    }));

  test('logic', () =>
    withoutLeaks(async () => {
      const [and, or]: Binary[2][] = [(a, b) => a & b, (a, b) => a | b];
      await gives(() => tf.logicalAnd(...pairs(bools, bools, 'bool')), 'bool', table(and!, bools, bools));
      await gives(() => tf.logicalOr(...pairs(bools, bools, 'bool')), 'bool', table(or!, bools, bools));
      await gives(() => tf.logicalNot(tf.tensor1d([0, 1], 'bool')), 'bool', [1, 0]);
    }));
});

describe('where', () => {
  const condition = () => tf.tensor2d([1, 0, 0, 1], [2, 2], 'bool');

  test('of all types', () =>
    withoutLeaks(async () => {
      const [t, e] = [[1, 0, 1, 0], [0, 1, 0, 1]]; // prettier-ignore
      for (const dtype of ['float32', 'int32', 'bool'] as const) {
        const choose = () =>
          tf.where(condition(), tf.tensor2d(t, [2, 2], dtype), tf.tensor2d(e, [2, 2], dtype));
        await gives(choose, dtype, [1, 1, 0, 0]);
      }
      const mixed = () =>
        tf.where<tf.Tensor>(
          condition(),
          tf.tensor2d([2.5, NaN, NaN, -1], [2, 2]),
          tf.tensor1d([7, 8], 'int32'),
        );
      await gives(mixed, 'float32', [2.5, 8, 7, -1]);
    }));

  test('of rows, and of one number', () =>
    withoutLeaks(async () => {
      const select = (condition: tf.Tensor) => {
        const [t, e] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])]; // prettier-ignore
        return tf.engine().runKernel<tf.Tensor>('Select', { condition, t, e });
      };
      await gives(() => select(tf.tensor1d([0, 1], 'bool')), 'float32', [5, 6, 3, 4]);
      await gives(() => select(tf.scalar(1, 'bool')), 'float32', [1, 2, 3, 4]);
    }));
});

describe('several at once', () => {
  test('addN', () =>
    withoutLeaks(async () => {
      const term = (dtype: 'float32' | 'int32') => tf.tensor1d([1, 2 ** 30], dtype);
      for (const dtype of ['float32', 'int32'] as const) {
        await gives(() => tf.addN([term(dtype)]), dtype, [1, 2 ** 30]);
        await gives(() => tf.addN([term(dtype), term(dtype), term(dtype)]), dtype, [
          3,
          dtype === 'int32' ? (3 * 2 ** 30) | 0 : 3 * 2 ** 30,
        ]);
      }
    }));

  test('gradients', () =>
    withoutLeaks(async () => {
      const values = (j: number) => 2 * Math.sin(1 + 7 * j);
      for (const f of [tf.elu, tf.selu, tf.relu6, tf.softplus, tf.sigmoid, tf.abs]) {
        await compare((x) => f(x), [[3, 5]], { values });
      }
      await compare((x, alpha) => tf.prelu(x, alpha), [[2, 3, 5], [5]], { values }); // prettier-ignore
      await compare((x) => tf.clipByValue(x, -0.5, 1), [[3, 5]], { values });
    }));
});

describe('inputs that are filled with one element', () => {
  test.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['chosen', (x) => tf.where(tf.greater(x, 0), tf.zeros([3, 4]), x)],
    ['chosen by', (x) => tf.where(tf.cast(tf.ones([3, 4]), 'bool'), x, tf.neg(x))],
    ['activated', (x) => tf.prelu(tf.fill([3, 4], -2), x)],
    ['activating', (x) => tf.prelu(x, tf.fill([4], 0.5))],
    ['stepped', (x) => tf.add(x, tf.step(tf.fill([3, 4], -2), 0.5))],
    ['turned', (x) => tf.add(tf.atan2(tf.ones([3, 4]), tf.fill([4], -1)), x)],
  ])('%s', (_, f) => withoutLeaks(() => compare((x) => f(x), [[3, 4]], { gradients: false })));
});

describe('between convolutions', () => {
  const channels = () => tf.tensor1d([0.1, 0.2, 0.3, 0.4]);
  test.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['activations with weights', (x) => tf.prelu(x, channels())],
    ['choices', (x) => tf.where(tf.greater(x, channels()), x, tf.zerosLike(x))],
    ['steps', (x) => tf.mul(x, tf.step(x, 0.2))],
    ['sums of three', (x) => tf.sigmoid(tf.addN([x, x, tf.elu(x)]))],
  ])('%s', (_, f) =>
    withoutLeaks(() => {
      const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      const shapes = [[2, 4, 3, 4], [3, 3, 4, 4]]; // prettier-ignore
      return compare((x, w) => conv(f(conv(x, w)), w), shapes, { gradients: false });
    }),
  );
});

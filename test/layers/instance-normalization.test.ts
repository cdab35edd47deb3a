import * as tf from '@tensorflow/tfjs';
import { instanceNorm, InstanceNormalization } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { describeLayer } from '../support/describe-layer.js';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { kernelCount } from '../support/kernels.js';
import { withoutLeaks } from '../support/leaks.js';

describeLayer(InstanceNormalization, {
  cases: {
    'as in K': {},
    'as in P': { epsilon: 1e-5, center: false, scale: false },
    'scaled only': { center: false, name: 'norm' },
    'centred only': { scale: false },
    'with settings': {
      epsilon: 0.1,
      gammaInitializer: 'glorotNormal',
      betaInitializer: tf.initializers.constant({ value: 2 }),
      gammaRegularizer: 'l1l2',
      betaRegularizer: tf.regularizers.l2({ l2: 0.5 }),
    },
  },
  refused: [
    [{ epsilonn: 1 }, 'InstanceNormalization: unknown option "epsilonn". Did you mean "epsilon"?'],
    [{ epsilon: -1 }, 'InstanceNormalization: option "epsilon" must be a number from 0, got -1.'],
    [{ center: 1 }, 'InstanceNormalization: option "center" must be true or false, got 1.'],
  ],
});

describe('instanceNorm', () => {
  it('normalises every channel of every image by itself', () =>
    withoutLeaks(async () => {
      // channels: 1 3 | 10 10 in the first image, −2 2 | 0 6 in the second
      const x = tf.tensor4d([1, 10, 3, 10, -2, 0, 2, 6], [2, 1, 2, 2]);
      const [gamma, beta] = [tf.tensor1d([2, 3]), tf.tensor1d([0.5, -1])];
      const plain = instanceNorm(x, { epsilon: 0.25 });
      const affine = instanceNorm(x, { epsilon: 0.25, gamma, beta });
      const [a, b, c] = [1 / Math.sqrt(1.25), 2 / Math.sqrt(4.25), 3 / Math.sqrt(9.25)];
      expect(await plain.data()).toBeAllClose([-a, 0, a, 0, -b, -c, b, c]);
      const want = [-2 * a + 0.5, -1, 2 * a + 0.5, -1, -2 * b + 0.5, -3 * c - 1, 2 * b + 0.5, 3 * c - 1];
      expect(await affine.data()).toBeAllClose(want);
      tf.dispose([x, gamma, beta, plain, affine]);
    }));

  it('has the ε of Keras by default', () =>
    withoutLeaks(async () => {
      const x = tf.tensor4d([-0.01, 0.01], [1, 2, 1, 1]);
      const y = instanceNorm(x);
      expect(await y.data()).toBeAllClose([-0.01, 0.01].map((v) => v / Math.sqrt(1e-4 + 1e-3)));
      tf.dispose([x, y]);
    }));

  it('keeps its precision far from 0', () =>
    withoutLeaks(async () => {
      const x = tf.tensor4d([1000, 1001, 1002, 1003], [1, 2, 2, 1]);
      const y = instanceNorm(x, { epsilon: 0 });
      expect(await y.data()).toBeAllClose([-1.5, -0.5, 0.5, 1.5].map((v) => v / Math.sqrt(1.25)));
      tf.dispose([x, y]);
    }));

  it.each([
    [12345.7, 64, 64],
    [-0.1, 50, 37],
    [3e5, 7, 3],
  ])('gives 0 for a channel of %j, %j × %j pixels, and no gradient', (value, h, w) =>
    withoutLeaks(async () => {
      // The second channel differs in one pixel, and is no constant; the third is another constant.
      const pixels = Array.from({ length: h * w }, (_, i) => [value, i === 0 ? 1 : 2, -3 * value]);
      const x = tf.tensor4d(pixels.flat(), [1, h, w, 3]);
      const f = (x: tf.Tensor) => instanceNorm(x as tf.Tensor4D, { epsilon: 1e-5 });
      const loss = (x: tf.Tensor) => tf.sum(tf.add(tf.square(f(x)), f(x)));
      const [y, dx, again] = tf.tidy(() => {
        const slope = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(loss)(x)));
        return [f(x), tf.grad(loss)(x), tf.grad(slope)(x)].map((t) => tf.unstack(t, 3));
      });
      for (const part of [y, dx, again]) {
        for (const channel of [part![0]!, part![2]!]) {
          expect(Math.max(...(await channel.data()).map(Math.abs))).toBeLessThan(1e-6);
        }
      }
      const [lowest, other] = (await y![1]!.data()).slice(0, 2);
      const n = h * w;
      const deviation = Math.sqrt((n - 1) / n ** 2 + 1e-5);
      expect([lowest, other]).toBeAllClose([(1 / n - 1) / deviation, 1 / n / deviation], { rtol: 1e-3 });
      tf.dispose([x, y!, dx!, again!]);
    }),
  );

  it('sees a few other elements in a channel that is else constant', () =>
    withoutLeaks(async () => {
      const n = 64 * 64;
      const values = Array.from({ length: n }, (_, i) => (i % 1000 === 999 ? 0.95 : 1));
      const mean = values.reduce((sum, value) => sum + value, 0) / n; // in double precision
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
      const x = tf.tensor4d(values, [1, 64, 64, 1]);
      const y = instanceNorm(x, { epsilon: 1e-5 });
      const expected = [1, 0.95].map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
      const got = await y.data();
      expect([got[0], got[999]]).toBeAllClose(expected, { rtol: 1e-3 });
      tf.dispose([x, y]);
    }));

  it('leaves a channel alone whose first line alone is constant', () =>
    withoutLeaks(async () => {
      const x = tf.tensor4d([5, 5, 5, 9, 1, 5], [1, 3, 2, 1]);
      const y = instanceNorm(x, { epsilon: 0 });
      const deviation = Math.sqrt(32 / 6);
      expect(await y.data()).toBeAllClose([0, 0, 0, 4 / deviation, -4 / deviation, 0]);
      tf.dispose([x, y]);
    }));

  it('gives β for a single pixel, without a gradient to it', () =>
    withoutLeaks(async () => {
      const x = tf.tensor4d([7, -7], [1, 1, 1, 2]);
      const [gamma, beta] = [tf.tensor1d([2, 3]), tf.tensor1d([0.5, -1])];
      const y = instanceNorm(x, { gamma, beta });
      const [dx, dgamma, dbeta] = tf.grads((x, gamma, beta) =>
        instanceNorm(x as tf.Tensor4D, { gamma, beta }),
      )([x, gamma, beta]);
      expect(await y.data()).toBeAllClose([0.5, -1]);
      expect(await dx!.data()).toBeAllClose([0, 0]);
      expect(await dgamma!.data()).toBeAllClose([0, 0]);
      expect(await dbeta!.data()).toBeAllClose([1, 1]);
      tf.dispose([x, gamma, beta, y, dx!, dgamma!, dbeta!]);
    }));

  describe.each([
    ['a batch of two', [2, 3, 2, 2]],
    ['one image', [1, 2, 4, 3]],
  ])('derivatives for %s agree with finite differences', (_, shape) => {
    const size = tf.util.sizeFromShape(shape);
    const channels = shape.at(-1)!;
    const parts: [string, number][] = [
      ['affine', 2],
      ['scaled only', 1],
      ['plain', 0],
    ];

    it.each(parts)('%s, first and second', (_, vectors) =>
      withoutLeaks(async () => {
        // x, γ and β in one vector, so that every mixed derivative is in
        const all = scattered([size + vectors * channels]);
        const r = scattered(shape, 2);
        const direction = scattered(all.shape, 3);
        const vector = (p: tf.Tensor, i: number) =>
          i < vectors ? tf.slice(p, size + i * channels, channels) : undefined;
        const loss = (p: tf.Tensor) => {
          const x = tf.reshape<tf.Rank.R4>(tf.slice(p, 0, size), shape as [number, number, number, number]);
          const y = instanceNorm(x, { gamma: vector(p, 0), beta: vector(p, 1), epsilon: 0.1 });
          return tf.sum(tf.mul(r, tf.add(y, tf.square(y))));
        };
        const slope = (p: tf.Tensor) => tf.sum(tf.mul(direction, tf.grad(loss)(p)));
        for (const f of [loss, slope]) {
          const got = tf.grad(f)(all);
          const want = await finiteDifferences(f, all, 5e-3);
          expect(await got.data()).toBeAllClose(want, {
            rtol: 0,
            atol: 2e-3 * Math.max(...want.map(Math.abs)),
          });
          got.dispose();
        }
        tf.dispose([all, r, direction]);
      }),
    );
  });

  it('takes the kernels that it says', () =>
    withoutLeaks(async () => {
      const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
      const [gamma, beta] = [tf.ones([2]), tf.zeros([2])];
      const plain = (x: tf.Tensor) => instanceNorm(x as tf.Tensor4D);
      const affine = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
        instanceNorm(x as tf.Tensor4D, { gamma, beta });
      expect(await kernelCount(() => plain(x))).toBe(20);
      expect(await kernelCount(() => tf.grad(plain)(x, x))).toBe(20 + 7);
      expect(await kernelCount(() => affine(x, gamma, beta))).toBe(22);
      expect(await kernelCount(() => tf.grads(affine)([x, gamma, beta], x))).toBe(22 + 12);
      tf.dispose([x, gamma, beta]);
    }));

  it('refuses what is no batch of images', () =>
    withoutLeaks(() => {
      const x = tf.ones([2, 2, 1]);
      expect(() => instanceNorm(x as never)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: instanceNorm: x must be a batch of images [batch, height, width, channels], got shape [2, 2, 1].]`,
      );
      x.dispose();
    }));
});

describe('InstanceNormalization', () => {
  it('has γ and β as their settings say', () =>
    withoutLeaks(async () => {
      const layer = new InstanceNormalization({
        gammaInitializer: tf.initializers.constant({ value: -3 }),
        betaInitializer: tf.initializers.constant({ value: 4 }),
        gammaRegularizer: tf.regularizers.l1({ l1: 0.5 }),
        betaRegularizer: tf.regularizers.l2({ l2: 0.25 }),
        gammaConstraint: tf.constraints.nonNeg(),
      });
      layer.apply(tf.input({ shape: [4, 4, 2] }));
      expect(layer.weights.map((w) => w.originalName.split('/').at(-1))).toEqual(['gamma', 'beta']);
      const [gamma, beta] = layer.getWeights();
      expect([...(await gamma!.data()), ...(await beta!.data())]).toEqual([-3, -3, 4, 4]);
      const penalties = tf.tidy(() => layer.calculateLosses().map((loss) => loss.dataSync()[0]));
      expect(penalties).toBeAllClose([0.5 * 6, 0.25 * 32]);
      tf.tidy(() => {
        layer.setWeights([tf.tensor1d([-1, 5]), tf.tensor1d([-1, 5])]);
      }); // a constraint holds from the first change on
      expect([...(await layer.getWeights()[0]!.data()), ...(await layer.getWeights()[1]!.data())]).toEqual([
        0, 5, -1, 5,
      ]);
      layer.dispose();
    }));

  it('keeps constraints in its configuration', () => {
    const layer = new InstanceNormalization({
      gammaConstraint: 'nonNeg',
      betaConstraint: tf.constraints.maxNorm({ maxValue: 3 }),
    });
    const config = JSON.parse(JSON.stringify(layer.getConfig())) as tf.serialization.ConfigDict;
    expect(config.gammaConstraint).toEqual({ className: 'NonNeg', config: {} });
    expect(config.betaConstraint).toEqual({ className: 'MaxNorm', config: { maxValue: 3, axis: 0 } });
    expect(new InstanceNormalization(config).getConfig()).toEqual(layer.getConfig());
  });

  it('starts as plain normalisation, and has no weights without center and scale', () =>
    withoutLeaks(async () => {
      const [affine, plain] = [
        new InstanceNormalization(),
        new InstanceNormalization({ center: false, scale: false }),
      ];
      const x = tf.tensor4d([1, 3], [1, 2, 1, 1]);
      const y = affine.apply(x) as tf.Tensor;
      const z = plain.apply(x) as tf.Tensor;
      expect(await y.data()).toBeAllClose([-1, 1].map((v) => v / Math.sqrt(1.001)));
      expect(await z.data()).toEqual(await y.data());
      expect(plain.countParams()).toBe(0);
      affine.dispose();
      tf.dispose([x, y, z]);
    }));
});

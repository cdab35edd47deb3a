/** Steps of the trainer. The numbers of whole steps against PyTorch and Keras are in test/golden. */
import * as tf from '@tensorflow/tfjs';
import {
  adversarialLoss,
  type AdversarialLoss,
  CycleGAN,
  CycleGANTrainer,
  type CycleGANTrainerOptions,
  InstanceNormalization,
  type InstanceNormalizationArgs,
  Random,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { allWeights, tinyBatch, tinyModel, tinyPictures, weightsOf } from '../support/tiny.js';

/** Runs `steps` steps on fixed images and gives the last losses and all weights. */
async function train(options: CycleGANTrainerOptions, { model = tinyModel(), steps = 1, batch = 1 } = {}) {
  const trainer = new CycleGANTrainer(model, options);
  const [a, b] = [tinyBatch(batch, 1), tinyBatch(batch, 2)];
  try {
    let losses = await trainer.trainStep(a, b);
    for (let i = 1; i < steps; i++) losses = await trainer.trainStep(a, b);
    return { losses, weights: await allWeights(model) };
  } finally {
    tf.dispose([a, b]);
    trainer.dispose();
    model.dispose();
  }
}

describe('trainStep', () => {
  it.each<[string, CycleGANTrainerOptions]>([
    ['pytorch', {}],
    ['keras', { convention: 'keras' }],
    [
      'with everything',
      {
        adversarial: adversarialLoss('wgan-gp', { r1: 1 }),
        ema: 0.99,
        accumulate: 3,
        poolSize: 3,
        memory: 'low',
      },
    ],
    ['with weight clipping', { adversarial: 'wgan' }],
  ])('has the same tensor count after step 50 as after step 3: %s', (_, options) =>
    withoutLeaks(async () => {
      const model = tinyModel({ dropout: true });
      const trainer = new CycleGANTrainer(model, { poolSize: 2, ...options });
      const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
      const counts: number[] = [];
      for (let step = 1; step <= 51; step++) {
        await trainer.trainStep(a, b);
        counts[step] = tf.memory().numTensors;
      }
      // with accumulation the sums come and go every three steps: 51 is where 3 is
      expect(counts[options.accumulate === 3 ? 51 : 50]).toBe(counts[3]);
      expect(trainer.step).toBe(51);
      tf.dispose([a, b]);
      trainer.dispose();
      model.dispose();
    }),
  );

  const failing = (part: 'generator' | 'discriminator' | 'penalty', on: number): AdversarialLoss => {
    const loss = adversarialLoss('wgan-gp') as Required<AdversarialLoss>;
    let calls = 0;
    return Object.assign({}, loss, {
      [part]: (...args: unknown[]) => {
        calls += 1;
        if (calls === on) throw new Error(`failed in ${part}`);
        return (loss[part] as (...args: unknown[]) => tf.Scalar)(...args);
      },
    });
  };

  it.each([
    ['generator', 2],
    ['discriminator', 1],
    ['discriminator', 2],
    ['penalty', 1],
    ['penalty', 2],
  ] as const)('leaks no tensor if %s throws in call %i, and continues afterwards', (part, on) =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { adversarial: failing(part, on), poolSize: 0, ema: 0.9 });
      const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
      const before = tf.memory().numTensors;
      await expect(trainer.trainStep(a, b)).rejects.toThrow(`failed in ${part}`);
      expect(tf.memory().numTensors).toBe(before);
      expect(trainer.step).toBe(0);
      const losses = await trainer.trainStep(a, b);
      expect(Object.values(losses).every(Number.isFinite)).toBe(true);
      tf.dispose([a, b]);
      trainer.dispose();
      model.dispose();
    }),
  );

  it('accepts single images and batches, and returns the losses by name', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { adversarial: 'wgan-gp' });
      const [[a], b] = [tinyPictures(1), tinyBatch(1, 2)];
      const losses = await trainer.trainStep(a!, b);
      expect(Object.keys(losses).sort()).toEqual([
        'D_A', 'D_B', 'G_A', 'G_B', 'cycle_A', 'cycle_B', 'gp_D_A', 'gp_D_B', 'idt_A', 'idt_B',
      ]); // prettier-ignore
      tf.dispose([a!, b]);
      trainer.dispose();
      model.dispose();
    }));

  it.each(['pytorch', 'keras'] as const)(
    'gives the same numbers whatever memory it takes: %s',
    async (convention) => {
      const [fast, balanced, low] = await Promise.all(
        (['fast', 'balanced', 'low'] as const).map(
          async (memory) => await train({ convention, memory, epsilon: 1 }, { batch: 2 }),
        ),
      );
      for (const other of [fast!, low!]) {
        expect(Object.values(other.losses)).toBeAllClose(Object.values(balanced!.losses), { rtol: 1e-5 });
        expect(other.weights).toBeAllClose(balanced!.weights, { rtol: 1e-5, atol: 1e-7 });
      }
    },
  );

  it('accepts images of changing size, although the pools have earlier ones', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { poolSize: 1 });
      const wide = tf.zeros<tf.Rank.R4>([1, 8, 12, 3]);
      const square = tinyBatch(1);
      for (let step = 0; step < 8; step++) {
        const x = step % 2 === 0 ? square : wide;
        expect((await trainer.trainStep(x, x)).D_A).toBeGreaterThan(0);
      }
      tf.dispose([wide, square]);
      trainer.dispose();
      model.dispose();
    }));

  it('averages gradients over steps as over a batch', () =>
    withoutLeaks(async () => {
      // with a large ε Adam is smooth, so that rounding does not decide which way a weight goes
      const options: CycleGANTrainerOptions = { epsilon: 1, learningRate: 0.1, poolSize: 0 };
      const batch = await train(options, { batch: 2 });
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { ...options, accumulate: 2 });
      const [a, b] = [tinyBatch(2, 1), tinyBatch(2, 2)];
      const before = await weightsOf(model.generatorG);
      const parts = [tf.split(a, 2), tf.split(b, 2)] as [tf.Tensor4D[], tf.Tensor4D[]];
      await trainer.trainStep(parts[0][0]!, parts[1][0]!);
      expect(await weightsOf(model.generatorG)).toEqual(before);
      await trainer.trainStep(parts[0][1]!, parts[1][1]!);
      expect(await allWeights(model)).toBeAllClose(batch.weights, { rtol: 1e-4, atol: 1e-6 });
      tf.dispose([a, b, ...parts.flat()]);
      trainer.dispose();
      model.dispose();
    }));

  it('averages the generators, and uses the averages in withAverages', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const first = await weightsOf(model.generatorG);
      const trainer = new CycleGANTrainer(model, { ema: 0.5, learningRate: 0.01 });
      const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
      await trainer.trainStep(a, b);
      const second = await weightsOf(model.generatorG);
      await trainer.trainStep(a, b);
      const third = await weightsOf(model.generatorG);
      // decays (1 + n)/(10 + n): 1/10, then 2/11
      const average = first.map((w, i) => (2 / 11) * (0.1 * w + 0.9 * second[i]!) + (9 / 11) * third[i]!);
      expect(await trainer.withAverages(() => weightsOf(model.generatorG))).toBeAllClose(average);
      expect(await weightsOf(model.generatorG)).toEqual(third);
      tf.dispose([a, b]);
      trainer.dispose();
      model.dispose();
    }));

  it('clips the weights of the discriminators with wgan, and no others', async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { adversarial: 'wgan', learningRate: 0.1 });
    const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
    await trainer.trainStep(a, b);
    const largest = async (network: tf.LayersModel) => Math.max(...(await weightsOf(network)).map(Math.abs));
    expect(await largest(model.discriminatorX)).toBeCloseTo(0.01, 6);
    expect(await largest(model.discriminatorY)).toBeCloseTo(0.01, 6);
    expect(await largest(model.generatorG)).toBeGreaterThan(0.1);
    tf.dispose([a, b]);
    trainer.dispose();
    model.dispose();
  });

  it('moves generators and discriminators by their own learning rates', async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { learningRate: { generator: 0.01, discriminator: 0.0001 } });
    const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
    const networks = [model.generatorG, model.discriminatorY];
    const before = await Promise.all(networks.map(weightsOf));
    await trainer.trainStep(a, b);
    const after = await Promise.all(networks.map(weightsOf));
    // the first step of Adam moves a weight by its learning rate, whatever the gradient
    const moved = before.map((weights, n) => Math.max(...weights.map((w, i) => Math.abs(w - after[n]![i]!))));
    expect(moved).toBeAllClose([0.01, 0.0001], { rtol: 1e-2 });
    tf.dispose([a, b]);
    trainer.dispose();
    model.dispose();
  });

  it('judges fakes out of the image pools', () =>
    withoutLeaks(async () => {
      // a learning rate that changes nothing, one image of B, another of A in each step: then D_A tells which fake it saw
      const steps = 12;
      const losses = async (poolSize: number) => {
        const model = tinyModel();
        const trainer = new CycleGANTrainer(model, { poolSize, seed: 5, learningRate: 1e-12 });
        const b = tinyBatch(1, 99);
        const all: number[] = [];
        for (let i = 0; i < steps; i++) {
          const a = tinyBatch(1, i);
          all.push((await trainer.trainStep(a, b)).D_A);
          a.dispose();
        }
        b.dispose();
        trainer.dispose();
        model.dispose();
        return all;
      };
      const fresh = await losses(0);
      expect(new Set(fresh).size).toBe(steps);

      // P's rule for a pool of one image, by hand: D_A's pool draws first, then D_B's
      const random = new Random(5);
      const swaps = () => random.uniform() > 0.5 && random.index(1) === 0;
      let stored = 0;
      const seen = fresh.map((_, step) => {
        if (step === 0) return 0;
        const swapped = swaps();
        swaps();
        if (!swapped) return step;
        [stored, step] = [step, stored];
        return step;
      });
      expect(seen).not.toEqual(fresh.map((_, step) => step));
      expect(await losses(1)).toBeAllClose(seen.map((step) => fresh[step]!));
    }));

  it('draws dropout masks and pools from its seed', async () => {
    const run = (seed: number) =>
      train({ seed, poolSize: 1 }, { model: tinyModel({ dropout: true }), steps: 4 });
    const [first, again, other] = [await run(3), await run(3), await run(4)];
    expect(again.losses).toEqual(first.losses);
    expect(again.weights).toEqual(first.weights);
    expect(other.losses).not.toEqual(first.losses);
  });
});

describe('networks of your own', () => {
  /** γ of K's four arguments after one step; each a 1×1 convolution and a norm with what `args` say of γ. */
  const gammasAfterStep = (args: InstanceNormalizationArgs) =>
    withoutLeaks(async () => {
      const network = () => {
        const input = tf.input({ shape: [8, 8, 3] });
        const x = tf.layers
          .conv2d({ filters: 3, kernelSize: 1, kernelInitializer: tf.initializers.randomNormal({ seed: 1 }) })
          .apply(input);
        const y = new InstanceNormalization(args).apply(x);
        return tf.model({ inputs: input, outputs: y as tf.SymbolicTensor });
      };
      const [generatorG, generatorF, discriminatorX, discriminatorY] = [
        network(),
        network(),
        network(),
        network(),
      ];
      const networks = { generatorG, generatorF, discriminatorX, discriminatorY };
      const trainer = new CycleGANTrainer(new CycleGAN(networks), { learningRate: 0.001 });
      const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
      await trainer.trainStep(a, b);
      const gammas = await Promise.all(
        Object.values(networks).map(async (n) => Array.from(await n.getWeights()[2]!.data())),
      );
      tf.dispose([a, b]);
      trainer.dispose();
      Object.values(networks).forEach((n) => n.dispose());
      return gammas;
    });

  it('are trained with their regularizers', async () => {
    // the first step of Adam is the learning rate, against the sign of the gradient: that of a regularizer which
    // outweighs all losses, so that γ goes down where it is punished and up where it is rewarded
    for (const [l2, gamma] of [
      [1e4, 0.999],
      [-1e4, 1.001],
    ] as const) {
      // prettier-ignore
      const gammas = await gammasAfterStep({ gammaRegularizer: tf.regularizers.l2({ l2 }) });
      expect(gammas.flat()).toBeAllClose(new Array<number>(12).fill(gamma));
    }
  });

  it('are trained within their constraints', async () => {
    const gammaConstraint = tf.constraints.maxNorm({ maxValue: 0.5, axis: 0 });
    for (const gamma of await gammasAfterStep({ gammaConstraint }))
      expect(Math.hypot(...gamma)).toBeCloseTo(0.5, 4);
  });
});

describe('bad input', () => {
  const message = (options: object, model = tinyModel()): string => {
    const before = tf.memory().numTensors;
    try {
      new CycleGANTrainer(model, options);
      return 'no error';
    } catch (error) {
      expect(tf.memory().numTensors).toBe(before);
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    } finally {
      model.dispose();
    }
  };

  it('refuses options with the full message', () => {
    expect(message({ lamdaA: 3 })).toMatchInlineSnapshot(
      `"UNKNOWN_OPTION: CycleGANTrainer: unknown option "lamdaA". Did you mean "lambdaA"?"`,
    );
    expect(message({ learningRate: 0 })).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer: option "learningRate" must be a number above 0, got 0."`,
    );
    expect(message({ learningRate: { generator: 1 } })).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer: option "learningRate" must be a number above 0, or { generator, discriminator }, got an object."`,
    );
    expect(message({ epochs: 0.5 })).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer: option "epochs" must be a whole number from 1, got 0.5."`,
    );
    expect(message({ ema: 1 })).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer: option "ema" must be a number from 0, below 1, got 1."`,
    );
    expect(message({ adversarial: 'lsgn' })).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: adversarialLoss: unknown mode "lsgn". Did you mean "lsgan"?"`,
    );
    expect(message({ lambdaIdentity: 0.5 }, tinyModel({ outputChannels: 1 }))).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer: option "lambdaIdentity" must be 0 for images of 3 and 1 channels, got 0.5: a generator cannot take images of its own output's channels."`,
    );
    expect(message({}, { dispose: () => undefined } as never)).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: CycleGANTrainer: expected a CycleGAN as the first argument, got an object. Pass options second."`,
    );
    expect(message({ schedule: 'linear' })).toMatchInlineSnapshot(
      `"INVALID_OPTION: CycleGANTrainer: option "schedule" must be a schedule, or an object with its name, got "linear"."`,
    );
  });

  it('refuses images that do not fit', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model);
      const [good, grey, flat] = [tinyBatch(1), tinyBatch(1, 1, 1), tf.zeros<tf.Rank.R3>([8, 8, 3], 'int32')];
      const odd = tf.zeros<tf.Rank.R3>([6, 8, 3]);
      await expect(trainer.trainStep(grey, good)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: a must have 3 channels, got 1.]`,
      );
      await expect(trainer.trainStep(good, flat)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: b must be float32 in [-1, 1], got int32. Divide 8-bit levels by 127.5 and subtract 1.]`,
      );
      await expect(trainer.trainStep(good, undefined as never)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: b must be a tensor [height, width, 3] or a batch of such tensors, got undefined.]`,
      );
      await expect(trainer.trainStep(good, odd)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: the height of the images must be a multiple of 4, got 6. Resize or crop them, to 8 for example.]`,
      );
      tf.dispose([good, grey, flat, odd]);
      trainer.dispose();
      model.dispose();
    }));

  it('refuses images that are too small for the discriminator', () =>
    withoutLeaks(async () => {
      const model = tinyModel({ inputShape: [32, 32, 3], discriminator: 'patch' });
      const trainer = new CycleGANTrainer(model);
      const [good, small] = [tf.zeros<tf.Rank.R3>([32, 32, 3]), tf.zeros<tf.Rank.R3>([16, 16, 3])];
      const before = await allWeights(model);
      await expect(trainer.trainStep(good, small)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: b is too small for the discriminators, got 16 x 16 pixels. Use larger images, or discriminators of fewer layers.]`,
      );
      expect(await allWeights(model)).toEqual(before);
      tf.dispose([good, small]);
      trainer.dispose();
      model.dispose();
    }));

  it('refuses calls during withAverages, and after dispose', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const trainer = new CycleGANTrainer(model, { ema: 0.9, adversarial: 'wgan-gp' });
      const [one, two] = [tinyBatch(1), tinyBatch(2)];
      await expect(trainer.trainStep(two, one)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: wganGpPoints: real and fake must have the same shape, got [1, 8, 8, 3] and [2, 8, 8, 3]. Train on batches and images of one size, or with another adversarial loss.]`,
      );
      await expect(
        trainer.withAverages(() => trainer.trainStep(one, one)),
      ).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: networks have their averaged weights until withAverages ends. Await it first.]`,
      );
      await trainer.trainStep(one, one);
      trainer.dispose();
      await expect(trainer.trainStep(one, one)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: the trainer has been disposed. Create a new one.]`,
      );
      await expect(trainer.state()).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.state: the trainer has been disposed. Create a new one.]`,
      );
      const other = new CycleGANTrainer(model);
      two.dispose();
      await expect(other.trainStep(two, one)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: a has been disposed. Dispose of it after this call.]`,
      );
      model.dispose();
      await expect(other.trainStep(one, one)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: CycleGANTrainer.trainStep: the model has been disposed. Create or load a new one.]`,
      );
      other.dispose();
      one.dispose();
    }));

  it('has no identity losses if channels differ', async () => {
    const model = tinyModel({ outputChannels: 1 });
    const trainer = new CycleGANTrainer(model);
    const [a, b] = [tinyBatch(1), tinyBatch(1, 2, 1)];
    expect(await trainer.trainStep(a, b)).toMatchObject({ idt_A: 0, idt_B: 0 });
    tf.dispose([a, b]);
    trainer.dispose();
    model.dispose();
  });
});

import * as tf from '@tensorflow/tfjs';
import {
  type AdversarialLoss,
  adversarialLoss,
  type CycleGANError,
  ganLoss,
  ganLosses,
  type GANLossName,
  type GANLossOptions,
  type SeparableLoss,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { finiteDifferences } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

const names = Object.keys(ganLosses) as GANLossName[];
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
/** −E log σ, in float64 and without overflow. */
const toOne = (values: number[]) =>
  mean(values.map((x) => Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)))));
const minus = (values: number[]) => values.map((x) => -x);
const squares = (values: number[], target: number) => mean(values.map((x) => (x - target) ** 2));

type Formula = (r: number[], f: number[]) => number;
const logistic: Formula = (r, f) => toOne(r) + toOne(minus(f));
const critic: Formula = (r, f) => mean(f) - mean(r);
const pairs = (a: number[], b: number[]) => a.map((x, i) => x - b[i]!);

/** The formulas of docs/losses.md in float64: of the discriminator, of the generator. */
const formulas: [GANLossName, GANLossOptions, Formula, Formula][] = [
  ['gan', {}, logistic, (_, f) => toOne(f)],
  ['lsgan', {}, (r, f) => squares(r, 1) / 2 + squares(f, 0) / 2, (_, f) => squares(f, 1) / 2],
  [
    'lsgan',
    { a: -1, b: 1, c: 0, factor: 3 },
    (r, f) => 3 * squares(r, 1) + 3 * squares(f, -1),
    (_, f) => 3 * squares(f, 0),
  ],
  ['wgan', {}, critic, (_, f) => -mean(f)],
  ['wgan-gp', {}, critic, (_, f) => -mean(f)],
  ['dragan', {}, logistic, (_, f) => toOne(f)],
  ['cgan', {}, logistic, (_, f) => toOne(f)],
  ['infogan', {}, logistic, (_, f) => toOne(f)],
  ['acgan', {}, logistic, (_, f) => toOne(f)],
  ['ebgan', { margin: 3 }, (r, f) => mean(r) + mean(f.map((x) => Math.max(0, 3 - x))), (_, f) => mean(f)],
  ['began', {}, (r, f) => mean(r) - 0.25 * mean(f), (_, f) => mean(f)], // k is 0.25 below
  [
    'hinge',
    {},
    (r, f) => mean(r.map((x) => Math.max(0, 1 - x))) + mean(f.map((x) => Math.max(0, 1 + x))),
    (_, f) => -mean(f),
  ],
  ['rsgan', {}, (r, f) => toOne(pairs(r, f)), (r, f) => toOne(pairs(f, r))],
  [
    'ralsgan',
    {},
    (r, f) => squares(r, mean(f) + 1) + squares(f, mean(r) - 1),
    (r, f) => squares(f, mean(r) + 1) + squares(r, mean(f) - 1),
  ],
];

const ordinary: [number[], number[]] = [
  [1.5, -2, 0.3, 4, -0.2],
  [0.7, 2.5, -1.3, -3, 0.1],
];
const extreme: [number[], number[]] = [
  [60, -60, 0.5, 2],
  [-60, 60, -0.5, 1],
];

/** A loss of both scores; k of began is 0.25. */
const lossesOf = (name: GANLossName, options: GANLossOptions) => {
  const loss = ganLoss(name, options);
  return {
    discriminator: (r: tf.Tensor, f: tf.Tensor) => tf.tidy(() => loss.discriminator(r, f, tf.scalar(0.25))),
    generator: (r: tf.Tensor, f: tf.Tensor) => loss.generator(f, loss.relativistic ? r : undefined),
  };
};

describe('a loss of the table', () => {
  it('is there for each row, and each row is tried here', () => {
    expect([...new Set(formulas.map(([name]) => name))]).toEqual(names);
  });

  it.each(formulas)('has the values of its formula: %s %j', (name, options, discriminator, generator) =>
    withoutLeaks(async () => {
      const losses = lossesOf(name, options);
      for (const [r, f] of [ordinary, extreme]) {
        const [real, fake] = [tf.tensor1d(r), tf.tensor1d(f)];
        for (const [part, formula] of Object.entries({ discriminator, generator })) {
          const value = losses[part as keyof typeof losses](real, fake);
          expect(value.shape).toEqual([]);
          expect(await value.data(), part).toBeAllClose([formula(r, f)], { rtol: 2e-6, atol: 1e-6 });
          value.dispose();
        }
        tf.dispose([real, fake]);
      }
    }),
  );

  it.each(formulas)('has the gradients of its formula: %s %j', (name, options, discriminator, generator) =>
    withoutLeaks(async () => {
      const losses = lossesOf(name, options);
      for (const scores of [ordinary, extreme]) {
        const tensors = scores.map((values) => tf.tensor1d(values));
        for (const [part, formula] of Object.entries({ discriminator, generator })) {
          const loss = losses[part as keyof typeof losses];
          const sees = part === 'discriminator' || ganLosses[name].needs.relativistic ? [0, 1] : [1];
          for (const which of sees) {
            const gradient = tf.grad((x) =>
              loss(which === 0 ? x : tensors[0]!, which === 1 ? x : tensors[1]!),
            );
            const got = gradient(tensors[which]!);
            const want = scores[which]!.map((x, i) => {
              const at = (moved: number) => {
                const copy = [[...scores[0]], [...scores[1]]] as [number[], number[]];
                copy[which]![i] = moved;
                return formula(...copy);
              };
              return (at(x + 1e-5) - at(x - 1e-5)) / 2e-5; // in float64
            });
            expect(await got.data(), `${part}, ${which}`).toBeAllClose(want, { rtol: 1e-5, atol: 1e-6 });
            got.dispose();
          }
        }
        tf.dispose(tensors);
      }
    }),
  );

  it.each(['gan', 'lsgan', 'rsgan', 'ralsgan'] as const)('can be differentiated twice: %s', (name) =>
    withoutLeaks(async () => {
      const losses = lossesOf(name, {});
      const [real, fake, direction] = [...ordinary, [1, -2, 3, 0.5, 1]].map((x) => tf.tensor1d(x));
      for (const loss of Object.values(losses)) {
        const slope = (x: tf.Tensor) =>
          tf.sum<tf.Scalar>(tf.mul(tf.grad((moved) => loss(real!, moved))(x), direction!));
        const [got, want] = [tf.grad(slope)(fake!), await finiteDifferences(slope, fake!)];
        expect(await got.data()).toBeAllClose(want, {
          rtol: 0,
          atol: 2e-4 * Math.max(...want.map(Math.abs)),
        });
        got.dispose();
      }
      tf.dispose([real, fake, direction]);
    }),
  );

  it('takes the mean over all patches', () =>
    withoutLeaks(() => {
      const [real, fake] = ordinary.map((values) => tf.tensor4d([...values, 1, 2, 3], [2, 2, 2, 1]));
      for (const name of names) {
        const [patches, flat] = tf.tidy(() =>
          [[real!, fake!] as const, [tf.reshape(real!, [-1]), tf.reshape(fake!, [-1])] as const].map(
            ([r, f]) => {
              const losses = lossesOf(name, {});
              return tf.stack([losses.discriminator(r, f), losses.generator(r, f)]).arraySync() as number[];
            },
          ),
        );
        expect(patches, name).toBeAllClose(flat!);
      }
      tf.dispose([real, fake]);
    }));

  it('is pure and frozen; a loss made of it by spreading says for itself whether it is pure', () => {
    for (const loss of [...names.map((name) => ganLoss(name)), adversarialLoss('wgan-gp', { r1: 1 })]) {
      expect(loss.pure, loss.name).toBe(true);
      expect(Object.isFrozen(loss)).toBe(true);
      expect(({ ...loss } as AdversarialLoss).pure).toBeUndefined();
    }
  });

  it('has what its row says that it needs', () => {
    for (const name of names) {
      const loss = ganLoss(name);
      const { needs } = ganLosses[name];
      expect(loss).toMatchObject({ name, needs });
      expect(
        {
          labels: needs.labels === 'head',
          codes: needs.codes === true,
          autoencoder: needs.autoencoder !== undefined,
          penalty: needs.penalty === true,
          clip: needs.clip === true,
          relativistic: needs.relativistic === true,
        },
        name,
      ).toEqual({
        labels: loss.classification !== undefined,
        codes: loss.information !== undefined,
        autoencoder: loss.energy !== undefined,
        penalty: loss.penalty !== undefined,
        clip: loss.clip !== undefined,
        relativistic: loss.relativistic === true,
      });
    }
    expect(names.filter((name) => ganLosses[name].needs.labels === 'input')).toEqual(['cgan']);
    expect(ganLoss('ebgan', { pullAway: 0.3 }).pullAway).toBe(0.3);
    expect(ganLoss('wgan', { clip: 0.2 }).clip).toBe(0.2);
    expect(ganLoss('began', { k: 0.5 }).balance!.start).toBe(0.5);
  });

  it('is described by a table that nobody can change', () => {
    const deep = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(deep));
    const { title, paper, formulas, needs } = ganLosses.infogan;
    for (const part of [ganLosses, ganLosses.infogan, title, paper, formulas, needs]) {
      expect(part).toSatisfy(Object.isFrozen);
    }
    expect(deep(needs)).toBe(true);
  });
});

describe('a loss is refused', () => {
  const message = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      return `${(error as CycleGANError).code}: ${(error as CycleGANError).message}`;
    }
    throw new Error('nothing was refused');
  };

  it('by a name that is not in the table', () => {
    expect(message(() => ganLoss('wgangp' as never))).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: ganLoss: unknown loss "wgangp". Did you mean "wgan-gp"?"`,
    );
    expect(message(() => ganLoss(3 as never))).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: ganLoss: unknown loss 3. Known: gan, lsgan, wgan, wgan-gp, dragan, cgan, infogan, acgan, ebgan, began, hinge, rsgan, ralsgan."`,
    );
    expect(message(() => ganLoss('toString' as never))).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: ganLoss: unknown loss "toString". Known: gan, lsgan, wgan, wgan-gp, dragan, cgan, infogan, acgan, ebgan, began, hinge, rsgan, ralsgan."`,
    );
  });

  it('with options that it does not have, or out of their range', () => {
    expect(message(() => ganLoss('gan', { clip: 1 }))).toMatchInlineSnapshot(
      `"UNKNOWN_OPTION: ganLoss("gan"): unknown option "clip". Known: r1."`,
    );
    expect(message(() => ganLoss('began', { r1: 1 }))).toMatchInlineSnapshot(
      `"UNKNOWN_OPTION: ganLoss("began"): unknown option "r1". Known: gamma, lambdaK, k."`,
    );
    expect(message(() => ganLoss('ebgan', { margin: -1 }))).toMatchInlineSnapshot(
      `"INVALID_OPTION: ganLoss("ebgan"): option "margin" must be a number from 0, got -1."`,
    );
    expect(message(() => ganLoss('began', { k: 1.5 }))).toMatchInlineSnapshot(
      `"INVALID_OPTION: ganLoss("began"): option "k" must be a number from 0 to 1, got 1.5."`,
    );
    expect(message(() => ganLoss('lsgan', { a: NaN }))).toMatchInlineSnapshot(
      `"INVALID_OPTION: ganLoss("lsgan"): option "a" must be a number, got NaN."`,
    );
  });

  it('if it lacks what it compares with', () =>
    withoutLeaks(() => {
      const [x, y] = [tf.zeros([4, 1]), tf.zeros([3, 1])];
      expect(message(() => ganLoss('rsgan').generator(x))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: rsgan: generator needs the discriminator's logits of real images as second argument, got undefined. The loss is relativistic: call generator(fake, real)."`,
      );
      expect(message(() => adversarialLoss('ralsgan').generator(x))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: ralsgan: generator needs the discriminator's logits of real images as second argument, got undefined. The loss is relativistic: call generator(fake, real)."`,
      );
      expect(message(() => ganLoss('rsgan').discriminator(x, y))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: rsgan: real and fake must have the same shape, got [4, 1] and [3, 1]. Train on batches and images of one size."`,
      );
      expect(message(() => ganLoss('rsgan').generator(x, y))).toMatchInlineSnapshot(
        `"INVALID_SHAPE: rsgan: real and fake must have the same shape, got [4, 1] and [3, 1]. Train on batches and images of one size."`,
      );
      expect(message(() => ganLoss('began').discriminator(x, x))).toMatchInlineSnapshot(
        `"INVALID_ARGUMENT: began: discriminator needs k, a scalar, as third argument, got undefined. Pass balance.start in the first step, then the result of balance.next."`,
      );
      tf.dispose([x, y]);
    }));
});

describe('adversarialLoss and ganLoss', () => {
  it.each(['gan', 'vanilla', 'hinge', 'wgan', 'wgan-gp', 'dragan', 'rsgan', 'ralsgan'] as const)(
    'have the same values but for least squares: %s',
    (mode) =>
      withoutLeaks(async () => {
        const [real, fake] = ordinary.map((values) => tf.tensor1d(values));
        const values = [adversarialLoss(mode), ganLoss(mode === 'vanilla' ? 'gan' : mode)].map((loss) =>
          tf.tidy(() => tf.stack([loss.discriminator(real!, fake!), loss.generator(fake!, real)])),
        );
        expect(await values[0]!.data()).toEqual(await values[1]!.data());
        tf.dispose([real, fake, values]);
      }),
  );

  it('differ by the factor ½ of least squares', () =>
    withoutLeaks(async () => {
      const [real, fake] = ordinary.map((values) => tf.tensor1d(values));
      const values = [adversarialLoss('lsgan'), ganLoss('lsgan', { factor: 1 }), ganLoss('lsgan')].map(
        (loss) => tf.tidy(() => tf.stack([loss.discriminator(real!, fake!), loss.generator(fake!)])),
      );
      const [mode, whole, half] = await Promise.all(values.map((x) => x.data()));
      expect(whole).toEqual(mode);
      expect([...half!].map((x) => 2 * x)).toBeAllClose(mode!);
      tf.dispose([real, fake, values]);
    }));

  it.each(['lsgan', 'vanilla', 'hinge', 'wgan'] as const)(
    'record the kernels of both parts and one sum, gradients included: %s',
    async (mode) => {
      const loss: SeparableLoss = adversarialLoss(mode);
      const kernels = async (f: (real: tf.Tensor, fake: tf.Tensor) => tf.Scalar) => {
        const inputs = ordinary.map((values) => tf.tensor1d(values));
        const { kernels } = await tf.profile(() => tf.tidy(() => (tf.valueAndGrads(f)(inputs), [])));
        tf.dispose(inputs);
        return kernels.map(({ name }) => name).filter((name) => /^[A-Z]/.test(name));
      };
      await withoutLeaks(async () => {
        const apart = (real: tf.Tensor, fake: tf.Tensor) =>
          tf.add<tf.Scalar>(loss.discriminatorReal(real), loss.discriminatorFake(fake));
        const together = await kernels((real, fake) => loss.discriminator(real, fake));
        expect(together).toEqual(await kernels(apart));
        expect(together.length).toBeGreaterThan(6);
      });
    },
  );
});

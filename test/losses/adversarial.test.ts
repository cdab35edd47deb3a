import * as tf from '@tensorflow/tfjs';
import { adversarialLoss, type AdversarialMode } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../golden/format.js';
import { goldenCase } from '../support/golden-case.js';
import { withoutLeaks } from '../support/leaks.js';

describe('adversarialLoss', () => {
  it.each(['lsgan', 'vanilla', 'hinge', 'wgan'] as const)('gives the values of PyTorch: %s', (mode) =>
    withoutLeaks(async () => {
      const golden = goldenCase(`adversarial-${mode}`);
      const loss = adversarialLoss(mode);
      for (const [scalar, logits, f] of [
        ['generator', 'fake', (x: tf.Tensor) => loss.generator(x)],
        ['discriminator-real', 'real', (x: tf.Tensor) => loss.discriminatorReal(x)],
        ['discriminator-fake', 'fake', (x: tf.Tensor) => loss.discriminatorFake(x)],
      ] as const) {
        const { data, shape } = tensorOf(golden, logits);
        const x = tf.tensor(data, shape);
        const [value, grad] = [f(x), tf.grad(f)(x)];
        const { value: want, atol } = golden.scalars[scalar]!;
        expect(await value.data()).toBeAllClose([want], { atol, rtol: 0 });
        const name = `grad/${scalar}/${logits}`;
        const rule = { atol: golden.expected[name]!.atol, rtol: 0 };
        expect(await grad.data()).toBeAllClose(tensorOf(golden, name).data, rule);
        tf.dispose([x, value, grad]);
      }
    }),
  );

  it('has the logit losses of wgan in mode wgan-gp, and those of vanilla in mode dragan', () =>
    withoutLeaks(async () => {
      const x = tf.tensor1d([1, 2, -4]);
      for (const [mode, want] of [
        ['wgan-gp', -1 / 3],
        ['dragan', (Math.log1p(Math.E) + Math.log1p(Math.exp(2)) + Math.log1p(Math.exp(-4))) / 3],
      ] as const) {
        const loss = adversarialLoss(mode).discriminatorFake(x);
        expect(await loss.data()).toBeAllClose([want]);
        loss.dispose();
      }
      x.dispose();
    }));

  it('clips in mode wgan, and has penalties where they belong', () => {
    expect(adversarialLoss('wgan').clip).toBe(0.01);
    expect(adversarialLoss('wgan', { clip: 0.1 }).clip).toBe(0.1);
    const modes = ['lsgan', 'vanilla', 'hinge', 'wgan', 'wgan-gp', 'dragan'] as const;
    const penalised = (mode: AdversarialMode) => 'penalty' in adversarialLoss(mode);
    expect(modes.filter(penalised)).toEqual(['wgan-gp', 'dragan']);
    expect(adversarialLoss('lsgan', { r1: 1 })).toHaveProperty('penalty');
  });

  it('refuses unknown modes, and options that have no meaning in a mode', () => {
    expect(() => adversarialLoss('wgangp' as never)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: adversarialLoss: unknown mode "wgangp". Did you mean "wgan-gp"?]`,
    );
    expect(() => adversarialLoss('lsgan', { lambda: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: adversarialLoss("lsgan"): unknown option "lambda". Known: r1, a, b, c, factor.]`,
    );
    expect(() => adversarialLoss('dragan', { lambda: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: adversarialLoss("dragan"): option "lambda" must be a number from 0, got -1.]`,
    );
  });
});

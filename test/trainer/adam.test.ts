import * as tf from '@tensorflow/tfjs';
import { Adam, type AdamOptions } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../golden/format.js';
import { goldenCase } from '../support/golden-case.js';
import { withoutLeaks } from '../support/leaks.js';

interface Config {
  adam: 'pytorch' | 'tensorflow';
  lr: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  steps: number;
}

/** Two variables, and gradients that differ from step to step. */
function problem() {
  const variables: tf.Variable[] = tf.tidy(() => [
    tf.variable(tf.tensor1d([1, -2, 3])),
    tf.variable(tf.tensor2d([[0.5, 0.25]])),
  ]);
  const gradients = (t: number) => [tf.tensor1d([t, 1 / t, -0.1]), tf.tensor2d([[Math.sin(t), 1e-9 * t]])];
  const take = (adam: Adam, from: number, to: number) => {
    for (let t = from; t <= to; t++) {
      const g = gradients(t);
      adam.step(variables, g, 0.1 / t);
      tf.dispose(g);
    }
  };
  const values = () => Promise.all(variables.map(async (w) => [...(await w.data())]));
  return { variables, take, values };
}

describe('Adam', () => {
  it.each(['p-adam', 'k-adam'])('has the weights and slots of the reference: %s', (name) =>
    withoutLeaks(async () => {
      const golden = goldenCase(name);
      const { adam: own, lr, beta1, beta2, epsilon, steps } = golden.config as unknown as Config;
      const start = tensorOf(golden, 'net/weight');
      const variable = tf.tidy(() => tf.variable(tf.tensor(start.data, start.shape)));
      const convention = own === 'tensorflow' ? 'keras' : own;
      const adam = new Adam({ convention, beta1, beta2, epsilon });
      for (let t = 1; t <= steps; t++) {
        const { data, shape } = tensorOf(golden, `step-${t}/gradient`);
        const gradient = tf.tensor(data, shape);
        adam.step([variable], [gradient], lr);
        gradient.dispose();
        const after = `after-${t}/net/weight`;
        expect(await variable.data()).toBeAllClose(tensorOf(golden, after).data, {
          ...golden.expected[after],
          rtol: 0,
        });
      }
      const { slots } = await adam.state();
      for (const slot of ['m', 'v'] as const) {
        const want = `adam-${slot}/net/weight`;
        expect(slots[0]![slot].data).toBeAllClose(tensorOf(golden, want).data, {
          ...golden.expected[want],
          rtol: 0,
        });
      }
      adam.dispose();
      variable.dispose();
    }),
  );

  it('has the ε of its convention by default', () =>
    withoutLeaks(async () => {
      // With a gradient g = ε₀ at t = 1, PyTorch's form steps lr·g/(g + ε), TensorFlow's lr·g/(g + ε/√(1 − β₂)).
      const step = async (convention: AdamOptions['convention'], g: number) => {
        const w = tf.tidy(() => tf.variable(tf.scalar(0)));
        const adam = new Adam({ convention });
        tf.tidy(() => adam.step([w], [tf.scalar(g)], 1));
        const [value] = await w.data();
        adam.dispose();
        w.dispose();
        return value!;
      };
      expect(await step('pytorch', 1e-8)).toBeCloseTo(-1 / 2, 5);
      expect(await step('keras', 1e-7)).toBeCloseTo(-1 / (1 + 1 / Math.sqrt(1 - 0.999)), 5);
    }));

  it('has a constant tensor count from the second step on', () =>
    withoutLeaks(() => {
      const { variables, take } = problem();
      const adam = new Adam({ convention: 'pytorch' });
      take(adam, 1, 1);
      const { numTensors } = tf.memory();
      take(adam, 2, 5);
      expect(tf.memory().numTensors).toBe(numTensors);
      adam.dispose();
      tf.dispose(variables);
    }));

  it('resumes from its state bit for bit', () =>
    withoutLeaks(async () => {
      const straight = problem();
      const adam = new Adam({ convention: 'pytorch' });
      straight.take(adam, 1, 3);
      const state = structuredClone(await adam.state());
      const weights = await straight.values();
      straight.take(adam, 4, 6);

      const resumed = problem();
      tf.tidy(() => resumed.variables.forEach((w, i) => w.assign(tf.tensor(weights[i]!, w.shape))));
      const other = new Adam({ convention: 'pytorch' });
      other.restore(state);
      resumed.take(other, 4, 6);
      expect(await resumed.values()).toEqual(await straight.values());
      adam.dispose();
      other.dispose();
      tf.dispose([straight.variables, resumed.variables]);
    }));

  it('refuses other variables than in earlier calls, and changes none', () =>
    withoutLeaks(async () => {
      const { variables, take, values } = problem();
      const adam = new Adam({ convention: 'pytorch' });
      take(adam, 1, 1);
      const before = await values();
      expect(() => adam.step(variables, variables.slice(1), 0.1)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: Adam.step: gradients do not fit the slots: expected 2 tensors, got 1. Use one Adam for each list of variables.]`,
      );
      expect(() => adam.step([...variables].reverse(), variables, 0.1)).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: Adam.step: variables do not fit the slots: tensor 0 must have shape [3], got [1, 2]. Use one Adam for each list of variables.]`,
      );
      expect(await values()).toEqual(before);
      adam.dispose();
      tf.dispose(variables);
    }));

  it('refuses wrong options and states', () => {
    expect(() => new Adam({ convention: 'tensorflow' } as never)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: Adam: option "convention" must be one of "pytorch", "keras", got "tensorflow".]`,
    );
    expect(() => new Adam({ convention: 'pytorch', beta2: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: Adam: option "beta2" must be a number from 0, below 1, got 1.]`,
    );
    expect(() => new Adam({ convention: 'pytorch' }).restore([] as never)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: Adam.restore: expected { steps, slots }, got [].]`,
    );
  });
});

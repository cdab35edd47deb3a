/** The optimizer alone, on given gradients. */
import * as tf from '@tensorflow/tfjs';
import { Adam } from 'ts-cyclegan';
import * as v from 'valibot';
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { given, numbers } from '../layout.js';

const schema = v.strictObject({
  adam: v.picklist(['pytorch', 'tensorflow']),
  lr: v.number(),
  beta1: v.number(),
  beta2: v.number(),
  epsilon: v.number(),
  steps: v.number(),
});

export async function adam(golden: GoldenCase): Promise<Results> {
  const { adam: own, lr, beta1, beta2, epsilon, steps } = v.parse(schema, golden.config);
  const convention = own === 'tensorflow' ? 'keras' : own;
  const optimizer = new Adam({ convention, beta1, beta2, epsilon });
  const names = Object.values(golden.weights).flat();
  const variables = names.map((name) => tf.variable(given(golden, name)));
  const results: Results = new Map();
  for (let step = 1; step <= steps; step++) {
    optimizer.step(variables, [given(golden, `step-${step}/gradient`)], lr);
    for (const [i, name] of names.entries())
      results.set(`after-${step}/${name}`, await numbers(variables[i]!));
  }
  const { slots } = await optimizer.state();
  for (const [i, name] of names.entries()) {
    results.set(`adam-m/${name}`, slots[i]!.m);
    results.set(`adam-v/${name}`, slots[i]!.v);
  }
  optimizer.dispose();
  return results;
}

import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { patchNCELoss } from '../../src/losses/patch-nce.js';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

/** Vectors of length 1, [B, patches, D]. */
const vectors = (shape: [number, number, number], seed: number): tf.Tensor3D =>
  tf.tidy(() => {
    const x = scattered(shape, seed) as tf.Tensor3D;
    return tf.div(x, tf.norm(x, 2, 2, true));
  });

/** The definition, patch by patch: the first of the logits is the own patch, and −10 stands at its place among the others. */
function byDefinition(queries: number[][][], keys: number[][][], temperature: number): number {
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const losses = queries.flatMap((image, b) =>
    image.map((query, i) => {
      const others = keys[b]!.map((key, j) => (i === j ? -10 : dot(query, key)));
      const logits = [dot(query, keys[b]![i]!), ...others].map((value) => value / temperature);
      const most = Math.max(...logits);
      return most + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - most), 0)) - logits[0]!;
    }),
  );
  return losses.reduce((a, b) => a + b) / losses.length;
}

describe.each([0.07, 0.005, 5])('at a temperature of %d', (temperature) => {
  it('is the cross-entropy of finding the own patch among those of the same image', () =>
    withoutLeaks(async () => {
      const [queries, keys] = [vectors([2, 5, 3], 1), vectors([2, 5, 3], 2)];
      const loss = patchNCELoss(queries, keys, temperature);
      const want = byDefinition(await queries.array(), await keys.array(), temperature);
      expect(await loss.data()).toBeAllClose([want], { rtol: 1e-4 });
      tf.dispose([queries, keys, loss]);
    }));
});

it('has right gradients', () =>
  withoutLeaks(async () => {
    const [queries, keys] = [vectors([1, 4, 3], 1), vectors([1, 4, 3], 2)];
    const loss = (x: tf.Tensor) => patchNCELoss(x as tf.Tensor3D, keys, 0.5);
    const gradient = tf.grad(loss)(queries);
    expect(await gradient.data()).toBeAllClose(await finiteDifferences(loss, queries), { atol: 1e-3 });
    tf.dispose([queries, keys, gradient]);
  }));

it('of a single patch is only the comparison with −10', () =>
  withoutLeaks(async () => {
    const queries = tf.tensor3d([1, 0], [1, 1, 2]);
    const loss = patchNCELoss(queries, queries, 1);
    expect(await loss.data()).toBeAllClose([Math.log(1 + Math.exp(-11))], { atol: 1e-6 });
    tf.dispose([queries, loss]);
  }));

/** What training leaves: weights after a step, and the slots of optimizers after the last one. */
import * as tf from '@tensorflow/tfjs';
import type { TrainerState } from 'ts-cyclegan';
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { named, weightsOf } from '../networks.js';

/** A network, its name in the case, and its name in the trainer's state. */
export interface Trained {
  network: tf.LayersModel;
  name: string;
  own: string;
}

export async function addWeights(
  results: Results,
  golden: GoldenCase,
  step: number,
  networks: readonly Trained[],
): Promise<void> {
  for (const { name, network } of networks) {
    const weights = await weightsOf(golden, name, network);
    for (const [weight, value] of weights) results.set(`after-${step}/${weight}`, value);
  }
}

/** @param prefixes what precedes the name of a weight, by slot */
export async function addSlots(
  results: Results,
  golden: GoldenCase,
  { trained }: TrainerState,
  networks: readonly Trained[],
  prefixes: Readonly<Record<string, string>> = { m: 'adam-m', v: 'adam-v' },
): Promise<void> {
  for (const { name, network, own } of networks) {
    const weights = Object.values(trained[own]!.optimizer);
    for (const [slot, prefix] of Object.entries(prefixes)) {
      const values = weights.map(({ slots }) => tf.tensor(slots[slot]!.data, slots[slot]!.shape));
      const exported = await named(golden, name, network, values);
      for (const [weight, value] of exported) results.set(`${prefix}/${weight}`, value);
    }
  }
}

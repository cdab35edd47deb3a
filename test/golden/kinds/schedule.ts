/** Learning-rate factors after 0, 1, 2, … updates. */
import { cosineSchedule, linearSchedule, plateauSchedule, stepSchedule, type Schedule } from 'ts-cyclegan';
import * as v from 'valibot';
import { list, type Results } from '../compare.js';
import type { GoldenCase } from '../format.js';

const schema = v.variant('policy', [
  v.strictObject({ policy: v.literal('linear'), n_epochs: v.number(), n_epochs_decay: v.number() }),
  v.strictObject({ policy: v.literal('step'), lr_decay_iters: v.number() }),
  v.strictObject({ policy: v.literal('cosine'), n_epochs: v.number() }),
  v.strictObject({ policy: v.literal('plateau'), metrics: v.array(v.number()) }),
]);
type Config = v.InferOutput<typeof schema>;

export function schedule(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const rule = scheduleOf(config);
  const metrics = config.policy === 'plateau' ? config.metrics : [];
  const count = golden.lists.factor?.values.length ?? 0;
  const factors: number[] = [];
  for (let t = 0, state = rule.start; t < count; state = rule.update(state, metrics[t] ?? NaN), t++) {
    factors.push(state.factor);
  }
  return Promise.resolve(new Map([['factor', list(factors)]]));
}

function scheduleOf(config: Config): Schedule {
  switch (config.policy) {
    case 'linear':
      return linearSchedule({ epochs: config.n_epochs, decayEpochs: config.n_epochs_decay });
    case 'step':
      return stepSchedule({ every: config.lr_decay_iters });
    case 'cosine':
      return cosineSchedule({ epochs: config.n_epochs });
    case 'plateau':
      return plateauSchedule();
  }
}

/** `train --dry-run`: what would happen, how long it would take, and how much memory it needs, from a few measured steps. */
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { startEngine } from '../engine.js';
import { bytes, columns, duration, print, printJson } from '../output.js';
import { createTrainer, disposeTrainer, fit } from './create.js';
import { openData, openTestPairs, setsOf, skippedFiles } from './data.js';
import { inWords } from '../flags/names.js';
import type { Settings } from './settings.js';
import { lengthOf } from './summary.js';

/** Steps before the clock starts, in which computations are compiled, and measured steps. */
const [warmUp, measured] = [3, 5];

/** Times the steps of `fit`, and ends it. */
export function timer() {
  const times: number[] = [];
  let last = 0;
  let total: number | undefined;
  const callback: TrainerCallback = {
    onTrainBegin(_trainer, { epochs, stepsPerEpoch }) {
      total = stepsPerEpoch && stepsPerEpoch * epochs;
      last = performance.now();
    },
    onStepEnd(_step, _losses, trainer) {
      const now = performance.now();
      times.push((now - last) / 1000);
      last = now;
      if (times.length >= warmUp + measured) trainer.stopTraining = true;
    },
  };
  return {
    callback,
    /** The median time of a step; of few images, that of the last step. */
    get step() {
      const some = times.slice(times.length > warmUp ? warmUp : -1).sort((a, b) => a - b);
      return some[some.length >> 1]!;
    },
    get total() {
      return total;
    },
  };
}

export async function dryRun(settings: Settings, out: string): Promise<void> {
  const { data, algorithm, own, limits, images: options } = settings;
  const engine = await startEngine(own.engine);
  const images = await openData(
    data,
    algorithm,
    options,
    ['cgan', 'acgan'].includes(String(settings.model.loss)),
  );
  if (own.evaluateEvery !== undefined) await openTestPairs(data, algorithm, options); // refuses what a training refuses
  const trainer = createTrainer(settings);
  const clock = timer();
  try {
    await fit(trainer, images, settings.fit, [clock.callback]).catch((error: unknown) => {
      throw inWords(error);
    });
    const memory = process.memoryUsage.rss();
    const steps = Math.min(limits.steps ?? Infinity, clock.total ?? Infinity);
    const seconds = Math.min(steps * clock.step, 60 * (limits.minutes ?? Infinity));
    const sets = Object.fromEntries(Object.entries(setsOf(images)).map(([name, set]) => [name, set.length]));
    const skipped = skippedFiles(images);
    const { step } = clock;
    if (own.json === true) {
      const plan = {
        run: out,
        algorithm,
        data,
        images: sets,
        skipped,
        model: trainer.model.options,
        trainer: trainer.options,
      };
      printJson({ event: 'dry-run', ...plan, engine: engine.backend, steps, step, seconds, memory });
      return;
    }
    print(
      columns([
        ['algorithm', algorithm],
        [
          'images',
          Object.entries(sets)
            .map(([name, count]) => `${name} ${count}`)
            .join(', '),
        ],
        ...(skipped.length === 0 ? [] : [['skipped', `${skipped.length} files`] as const]),
        ['engine', `${engine.backend} (${engine.package} ${engine.version ?? ''})`],
        ['run folder', out],
        ['length', lengthOf(settings)],
        ['a step', duration(step)],
        ['steps', Number.isFinite(steps) ? String(steps) : 'unknown'],
        ['time', Number.isFinite(seconds) ? duration(seconds) : 'unknown'],
        ['memory', bytes(memory)],
        ['networks', JSON.stringify(trainer.model.options)],
        ['training', JSON.stringify(trainer.options)],
      ]),
    );
    print('Nothing was written. Leave --dry-run out to train.');
  } finally {
    disposeTrainer(trainer);
  }
}

/** Shows the progress of training: a bar in a terminal, occasional lines in a log. */
import cliProgress from 'cli-progress';
import type { SomeLosses } from '../../trainer/engine/epoch.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { optional, resolveOptions, satisfying } from '../../core/options.js';

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /**
   * Returns the completed share of the training after a step, from 0 to 1, or undefined if it is unknown.
   * @default completed steps divided by all steps of `fit`, if the number of images is known
   */
  share?: (step: number) => number | undefined;
  /**
   * Names of the losses that are shown, in this order.
   * @default all losses of a step
   */
  losses?: readonly string[];
  /**
   * The stream to write to.
   * @default process.stderr
   */
  stream?: NodeJS.WritableStream;
}

const isStream = (value: unknown) => typeof (value as NodeJS.WritableStream | null)?.write === 'function';
const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === 'string');
const entries = {
  losses: optional(satisfying<readonly string[]>(isNames, 'an array of names of losses')),
  share: optional(
    satisfying<NonNullable<ProgressBarOptions['share']>>(
      (value) => typeof value === 'function',
      'a function',
    ),
  ),
  stream: optional(satisfying<NodeJS.WritableStream>(isStream, 'a writable stream')),
};

/** `D_A 0.25, G_A 0.31, D_B 0.24` as `D 0.25 0.24 | G 0.31`: by the part of the names before `_`, in the order of the losses. */
export function groupedLosses(losses: SomeLosses, names: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const [group] = name.split('_') as [string];
    groups.set(group, [...(groups.get(group) ?? []), losses[name]?.toFixed(2) ?? '-']);
  }
  return [...groups].map(([group, values]) => ` | ${group} ${values.join(' ')}`).join('');
}

/** Milliseconds between two lines without a terminal. */
const lineEvery = 15_000;

export const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/**
 * A callback that shows the step, the losses and the remaining time: a bar in a terminal, otherwise a line every 15 seconds.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import type { CycleGANTrainer, Images } from 'ts-cyclegan';
 * import { progressBar } from 'ts-cyclegan/node';
 * const train = (trainer: CycleGANTrainer, a: Images, b: Images) =>
 *   trainer.fit(a, b, { callbacks: [progressBar()] });
 * ```
 */
export function progressBar(options: ProgressBarOptions = {}): TrainerCallback {
  const { share, losses: names, stream = process.stderr } = resolveOptions('progressBar', entries, options);
  const bar = new cliProgress.SingleBar({
    format: '{bar} step {step}{of} | {left} left{losses}',
    noTTYOutput: true,
    notTTYSchedule: lineEvery,
    hideCursor: null,
    stream,
  });
  let total: number | undefined;
  let before = 0; // completed share when the training began
  let started = 0;
  const shareAt = (step: number): number | undefined =>
    share === undefined ? total && step / total : share(step);

  return {
    onTrainBegin(trainer, { epochs, stepsPerEpoch }) {
      total = stepsPerEpoch && stepsPerEpoch * epochs;
      started = performance.now();
      before = shareAt(trainer.step) ?? 0;
      const of = share === undefined && total ? ` of ${total}` : '';
      bar.start(1000, Math.round(1000 * before), { step: trainer.step, of, left: '?', losses: '' });
    },
    onStepEnd(step, losses) {
      const done = shareAt(step);
      const seconds = (performance.now() - started) / 1000;
      const left =
        done === undefined || done <= before ? '?' : clock((seconds * (1 - done)) / (done - before));
      bar.update(Math.min(1000, Math.round(1000 * (done ?? 0))), {
        step,
        left,
        losses: groupedLosses(losses, names ?? Object.keys(losses)),
      });
    },
    onTrainEnd: () => bar.stop(),
  };
}

/** The output of `train` during training: a bar in a terminal, plain lines elsewhere, or lines of JSON. */
import cliProgress from 'cli-progress';
import { clock, groupedLosses } from '../../node/callbacks/progress-bar.js';
import type { SomeLosses } from '../../trainer/engine/epoch.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { printJson } from '../output.js';
import type { Progress } from './limits.js';

/** Milliseconds between two plain lines. */
const lineEvery = 15_000;

/** The time of the last steps, and the time left. */
function stopwatch(progress: Progress) {
  let started = 0;
  let before = 0; // the completed share at the start of this session
  let last = 0;
  let recent: number[] = [];
  return {
    start(step: number) {
      started = last = performance.now();
      before = progress.share(step) ?? 0;
    },
    lap() {
      const now = performance.now();
      recent = [...recent.slice(-19), now - last];
      last = now;
    },
    /** Seconds of a step, over the last 20. */
    get speed() {
      return recent.reduce((sum, ms) => sum + ms, 0) / recent.length / 1000;
    },
    left(step: number): string {
      const done = progress.share(step);
      if (done === undefined || done <= before) return '?';
      return clock((((performance.now() - started) / 1000) * (1 - done)) / (done - before));
    },
  };
}

/** The parts of a line about a step. */
function lineOf(step: number, losses: SomeLosses, progress: Progress, watch: ReturnType<typeof stopwatch>) {
  const last = progress.lastStep();
  return {
    step,
    of: last === undefined ? '' : ` of ${last}`,
    losses: groupedLosses(losses, Object.keys(losses)),
    speed: `${watch.speed.toFixed(2)} s/step`,
    left: watch.left(step),
  };
}

/** A bar with losses, speed and time left. */
function bar(progress: Progress): TrainerCallback {
  const watch = stopwatch(progress);
  const shown = new cliProgress.SingleBar({
    format: '{bar} step {step}{of} | {speed} | {left} left{losses}',
    barsize: 24,
    hideCursor: null,
    linewrap: false,
    stream: process.stderr,
  });
  return {
    onTrainBegin({ step }) {
      watch.start(step);
      shown.start(1000, Math.round(1000 * (progress.share(step) ?? 0)), {
        step,
        of: '',
        speed: '?',
        left: '?',
        losses: '',
      });
    },
    onStepEnd(step, losses) {
      watch.lap();
      shown.update(Math.round(1000 * (progress.share(step) ?? 0)), lineOf(step, losses, progress, watch));
    },
    onTrainEnd: () => shown.stop(),
  };
}

/** A line every few seconds, for logs. */
function plainLines(progress: Progress): TrainerCallback {
  const watch = stopwatch(progress);
  let printed = 0;
  let line = '';
  const print = () => {
    if (line !== '') process.stderr.write(`${line}\n`);
    line = '';
    printed = performance.now();
  };
  return {
    onTrainBegin({ step }) {
      watch.start(step);
      printed = performance.now();
    },
    onStepEnd(step, losses) {
      watch.lap();
      const { of, speed, left, losses: values } = lineOf(step, losses, progress, watch);
      line = `step ${step}${of} | ${speed} | ${left} left${values}`;
      if (performance.now() - printed >= lineEvery) print();
    },
    onTrainEnd: print, // the last step, if it has no line yet
  };
}

/** A line of JSON for each step. */
const jsonLines = (): TrainerCallback => ({
  onStepEnd(step, losses, { epoch, learningRate }) {
    printJson({ event: 'step', step, epoch: epoch + 1, ...losses, lr: Object.values(learningRate)[0] });
  },
});

/** The reporter for the output at hand. */
export function reporter(progress: Progress, json: boolean): TrainerCallback {
  if (json) return jsonLines();
  return process.stderr.isTTY ? bar(progress) : plainLines(progress);
}

/** The output of `train` at its start and at its end. */
import { relative } from 'node:path';
import type { SkippedFile } from '../../node/index.js';
import type { Engine } from '../engine.js';
import { duration, print, printJson } from '../output.js';
import type { Reached } from './limits.js';
import type { Settings } from './settings.js';
import type { StopReason } from './stop.js';

interface Beginning {
  settings: Settings;
  out: string;
  sets: Record<string, { length?: number | undefined }>;
  engine: Engine;
  /** Completed steps. */
  step: number;
  /** The address of the page. */
  url: string | undefined;
  json: boolean;
}

const counts = (sets: Beginning['sets']): string =>
  Object.entries(sets)
    .map(([name, { length }]) =>
      name === 'images' || name === 'pairs'
        ? `${length ?? '?'} ${name}`
        : `${length ?? '?'} images of ${name}`,
    )
    .join(', ');

/** The length of the run in words. */
export function lengthOf({ limits, fit }: Settings): string {
  const { steps, minutes, epochs } = limits;
  const parts = [
    ...(steps === undefined ? [] : [`${steps} steps`]),
    ...(epochs !== undefined || steps === undefined ? [`${String(fit.epochs)} epochs`] : []),
    ...(minutes === undefined ? [] : [`${minutes} minutes`]),
  ];
  return parts.join(' or ') + (parts.length > 1 ? ', whichever comes first' : '');
}

export function begin({ settings, out, sets, engine, step, url, json }: Beginning): void {
  const { algorithm, data } = settings;
  if (json) {
    const images = Object.fromEntries(Object.entries(sets).map(([name, { length }]) => [name, length]));
    printJson({
      event: 'begin',
      run: out,
      algorithm,
      data,
      images,
      engine: engine.backend,
      step,
      ...(url !== undefined && { url }),
    });
    return;
  }
  print(
    `${step === 0 ? 'Training' : `Resuming at step ${step}:`} ${algorithm} on ${counts(sets)} from ${data}, for ${lengthOf(settings)}.`,
  );
  print(
    `Run folder: ${out}. Engine: ${engine.backend} (${engine.package} ${engine.version ?? ''}). Ctrl-C stops and saves.`,
  );
  if (url !== undefined) print(`Watch it at ${url}`);
}

interface End {
  out: string;
  algorithm: string;
  step: number;
  seconds: number;
  /** Why it was stopped before its end. */
  stopped: StopReason | undefined;
  skipped: readonly SkippedFile[];
  json: boolean;
}

/** The reason without the file's path, which stands before it, and without advice for programs. */
const short = (reason: string): string =>
  reason.replace(/^\w+: cannot read ".*?": /, '').replace(/\. Repair or remove .*$/, '');

/** A path relative to the current folder, if it is in there. */
const near = (path: string): string => {
  const short = relative('', path);
  return short.startsWith('..') ? path : short;
};

/** The first few skipped files. */
function skippedLine(skipped: readonly SkippedFile[]): string {
  const named = skipped.slice(0, 5).map(({ path, reason }) => `${near(path)} (${short(reason)})`);
  const more = skipped.length > named.length ? `, and ${skipped.length - named.length} more` : '';
  return `Skipped ${skipped.length === 1 ? 'one file' : `${skipped.length} files`}: ${named.join(', ')}${more}.`;
}

export function end({ out, algorithm, step, seconds, stopped, skipped, json }: End): void {
  const resume = `npx ts-cyclegan train --resume --out ${out}`;
  if (json) {
    printJson({
      event: 'end',
      run: out,
      model: `${out}/model`,
      step,
      seconds,
      stopped: stopped ?? null,
      skipped,
    });
    return;
  }
  print(
    `${stopped === undefined ? 'Trained' : 'Stopped and saved after'} ${step} steps in ${duration(seconds)}.`,
  );
  if (skipped.length > 0) print(skippedLine(skipped));
  print(`Samples: ${out}/samples. Model: ${out}/model.`);
  const next =
    algorithm === 'gan' ? `npx ts-cyclegan generate ${out}` : `npx ts-cyclegan translate ${out} photo.jpg`;
  print(stopped === undefined ? `Next: ${next}` : `Resume with: ${resume}`);
}

interface Complete {
  out: string;
  reached: Reached;
  step: number;
  seconds: number;
  json: boolean;
}

/** Resuming a run that has reached its limit trains nothing: it says how to train longer. */
export function complete({ out, reached: { unit, done, limit }, step, seconds, json }: Complete): void {
  if (json) {
    printJson({ event: 'end', run: out, model: `${out}/model`, step, seconds, stopped: null, skipped: [] });
    return;
  }
  print(`The run ${out} is complete: ${done} of ${limit} ${unit}.`);
  print(`To train longer, run: npx ts-cyclegan train --resume --out ${out} --${unit} ${2 * done}`);
}

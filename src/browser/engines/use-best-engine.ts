/** Chooses the engine of a page by measuring those that the device has. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import {
  flag,
  oneOf,
  optional,
  resolveOptions,
  satisfying,
  text,
  wholeNumber,
  withDefault,
} from '../../core/options.js';
import { type Candidate, candidates, type StartSettings } from './candidates.js';
import {
  type EngineChoice,
  type EngineName,
  type EnginePurpose,
  type EngineReport,
  titles,
} from './engine.js';
import { measure, type Measurement, within } from './measure.js';
import { recall, remember } from './remembered.js';
import { type Surroundings, surroundings } from './surroundings.js';

/** Options of {@link useBestEngine}. */
export interface EngineOptions {
  /**
   * What is measured: translations, or training steps with their gradients.
   * @default 'translation'
   */
  purpose?: EnginePurpose;
  /**
   * The engines to consider. With one name, nothing is measured but whether it computes correctly.
   * @default all of them
   */
  engines?: readonly EngineName[];
  /**
   * Threads of WebAssembly. More than one needs a page that is cross-origin isolated.
   * @default half of the cores, at most 4
   */
  threads?: number;
  /**
   * Where the `.wasm` files of onnxruntime-web are, if the bundler does not put them beside the program, such as `/ort/`.
   */
  wasmPaths?: string;
  /**
   * Whether a choice of an earlier visit is used again without measuring.
   * @default true
   */
  remember?: boolean;
  /**
   * Milliseconds after which an engine without a first result is given up.
   * @default 30000
   */
  patience?: number;
}

const names = candidates.map(({ name }) => name);

/** Schemas of {@link EngineOptions}. */
const entries = {
  purpose: withDefault(oneOf('translation', 'training'), 'translation'),
  engines: withDefault(
    satisfying<readonly EngineName[]>(
      (value) =>
        Array.isArray(value) && value.length > 0 && value.every((name) => names.includes(name as EngineName)),
      `a list of some of ${names.map((name) => `"${name}"`).join(', ')}`,
    ),
    names,
  ),
  threads: optional(wholeNumber(1)),
  wasmPaths: optional(text()),
  remember: withDefault(flag(), true),
  patience: withDefault(wholeNumber(1), 30_000),
};

/** An engine on the graphics card that is faster than this needs no comparison with the CPU, whose engine is a large download. */
const fastEnough = 25;

/**
 * Chooses the fastest engine of this device and makes it the backend of TensorFlow.js. It measures a sample computation on ONNX
 * Runtime (WebGPU, WebAssembly) and TensorFlow.js (WebGPU, WebGL), as far as the packages are installed and the device has them.
 * Call it before anything is computed, in the page or in the Worker that computes.
 *
 * @returns the engine, with the times of all engines and the reason in sentences
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`; `UNSUPPORTED` if no engine works, with the reason of each
 * @example
 * ```ts
 * import { useBestEngine } from 'ts-cyclegan/browser';
 * const start = async () => {
 *   const { name, reason, advice } = await useBestEngine();
 *   console.log(name, reason, ...advice);
 * };
 * ```
 */
export async function useBestEngine(options: EngineOptions = {}): Promise<EngineChoice> {
  const where = 'useBestEngine';
  const { purpose, engines, threads, wasmPaths, patience, ...settings } = resolveOptions(
    where,
    entries,
    options,
  );
  const around = await surroundings(threads);
  const start: StartSettings = { threads: around.threads, wasmPaths };
  const mayRemember = settings.remember && engines.length > 1;
  const wanted = candidates.filter(({ name }) => engines.includes(name));
  const trial: Trial = { purpose, start, around, patience };

  const known = mayRemember ? await recall(purpose) : undefined;
  const again = wanted.find(({ name }) => name === known?.name);
  if (known && again) {
    const { report } = await tryOne(again, trial, 0);
    if (report.status === 'measured')
      return await use(again, { ...known, threads: around.threads, advice: around.advice, remembered: true });
  }

  const tried = wanted.length === 1 ? [await tryOne(wanted[0]!, trial, 0)] : await tryAll(wanted, trial);
  const best = bestOf(tried);
  if (best === undefined) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: no engine works on this device. ${tried.map(({ report }) => `${titles[report.name]}: ${report.note}`).join(' ')}`,
    );
  }
  for (const { candidate, ours } of tried) if (ours && candidate !== best.candidate) discard(candidate);
  const reports = tried.map(({ report }) => report);
  const choice = await use(best.candidate, {
    name: best.candidate.name,
    backend: best.candidate.backend,
    purpose,
    reason: reasonOf(best.report, reports),
    threads: around.threads,
    reports,
    advice: around.advice,
    remembered: false,
  });
  if (mayRemember) await remember(choice);
  return choice;
}

interface Trial {
  readonly purpose: EnginePurpose;
  readonly start: StartSettings;
  readonly around: Surroundings;
  readonly patience: number;
}

interface Tried {
  readonly candidate: Candidate;
  readonly report: EngineReport;
  /** Whether this call has registered the backend, and may remove it. */
  readonly ours: boolean;
}

/** Tries engines in their order. Those that cannot be the best are skipped. */
async function tryAll(wanted: readonly Candidate[], trial: Trial): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const candidate of wanted) {
    const skipped = skipReason(candidate, tried);
    if (skipped === undefined) tried.push(await tryOne(candidate, trial));
    else
      tried.push({
        candidate,
        ours: false,
        report: { name: candidate.name, status: 'skipped', note: skipped },
      });
  }
  return tried;
}

/** Why an engine need not be measured. */
function skipReason({ name, onGPU }: Candidate, tried: readonly Tried[]): string | undefined {
  const best = bestOf(tried)?.report;
  if (best === undefined) return undefined;
  if (name === 'tfjs-cpu') return 'It is always slower.';
  const works = (other: EngineName) =>
    tried.some(({ report }) => report.name === other && report.status === 'measured');
  if (name === 'tfjs-webgl' && (works('onnxruntime-webgpu') || works('tfjs-webgpu'))) {
    return 'WebGPU works on the same graphics card, and is faster.';
  }
  if (!onGPU && best.milliseconds! < fastEnough) {
    return `${titles[best.name]} is fast enough that the CPU cannot be faster. This saves its download.`;
  }
  return undefined;
}

async function tryOne(candidate: Candidate, trial: Trial, repeat?: number): Promise<Tried> {
  const { name, backend } = candidate;
  const { purpose, start, around, patience } = trial;
  const missing = candidate.missing(around);
  if (missing !== undefined)
    return { candidate, ours: false, report: { name, status: 'unavailable', note: missing } };
  let ours = false;
  const began = performance.now();
  try {
    ours = await within(patience, candidate.register(start));
    const run = async (): Promise<Measurement | undefined> => {
      if (!(await tf.setBackend(backend))) {
        throw new Error(
          `It does not start on this device${candidate.onGPU ? ': the browser finds no graphics card that it can use' : ''}.`,
        );
      }
      return name === 'tfjs-cpu' ? undefined : await measure(purpose, repeat);
    };
    const loaded = performance.now() - began;
    const times = await within(patience, run());
    if (times === undefined) {
      const note = 'Not measured: it works everywhere, and is slow.';
      return { candidate, ours, report: { name, status: 'measured', note } };
    }
    const milliseconds = Math.round(10 * times.milliseconds) / 10;
    const startMilliseconds = Math.round(loaded + times.firstMilliseconds);
    const note = `${milliseconds} ms.`;
    return { candidate, ours, report: { name, status: 'measured', note, milliseconds, startMilliseconds } };
  } catch (error) {
    if (ours) discard(candidate);
    return { candidate, ours: false, report: { name, status: 'failed', note: (error as Error).message } };
  }
}

/** Frees the memory of an engine that is not used. */
function discard({ name, backend }: Candidate): void {
  if (backend === 'cpu') return; // it helps others
  const factory = tf.findBackendFactory(backend);
  tf.removeBackend(backend);
  if (name === `tfjs-${backend}`) tf.registerBackend(backend, factory); // its package does so only once
}

const bestOf = (tried: readonly Tried[]): Tried | undefined =>
  tried
    .filter(({ report }) => report.status === 'measured')
    .reduce<Tried | undefined>(
      (best, each) => (best === undefined || timeOf(each) < timeOf(best) ? each : best),
      undefined,
    );

const timeOf = ({ report: { milliseconds = Infinity } }: Tried): number => milliseconds;

async function use({ backend }: Candidate, choice: EngineChoice): Promise<EngineChoice> {
  await tf.setBackend(backend);
  return choice;
}

/** The reason of a choice, in sentences. */
function reasonOf(best: EngineReport, reports: readonly EngineReport[]): string {
  const others = reports.filter(({ name }) => name !== best.name);
  const measured = others.filter(({ milliseconds }) => milliseconds !== undefined);
  const without = others.filter(({ milliseconds }) => milliseconds === undefined);
  const own =
    best.milliseconds === undefined || others.length === 0
      ? `${titles[best.name]} is the only engine that ${others.length === 0 ? 'was asked for' : 'works here'}.`
      : `${titles[best.name]} needs ${best.milliseconds} ms for a sample computation${
          measured.length === 0
            ? '.'
            : `; ${measured.map(({ name, milliseconds }) => `${titles[name]} needs ${milliseconds} ms`).join(', ')}.`
        }`;
  return [own, ...without.map(({ name, note }) => `${titles[name]}: ${note}`)].join(' ');
}

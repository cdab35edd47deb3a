/** `metrics.jsonl` of a run folder: a JSON object for each step. */
import { readFile } from 'node:fs/promises';
import { codeOf } from '../files/error-code.js';
import { writeFileAtomically } from '../files/write-file.js';
import { openToAppend } from './append-file.js';

/** The values of one step. */
export interface StepMetrics {
  /** Completed steps, from 1. */
  step: number;
  /** The epoch, from 1. */
  epoch: number;
  /** The learning rate of the generators in this step. */
  lr: number;
  /** Seconds of training since the start of the run, over all sessions. */
  seconds: number;
  /** Losses by name. */
  [loss: string]: number;
}

/** A metrics file that is written to. */
export interface MetricsFile {
  append(metrics: StepMetrics): void;
  close(): void;
}

/** Opens the file for appending. An incomplete line, for example on a full disk, is removed. */
export function openMetrics(path: string): MetricsFile {
  const file = openToAppend(path, 'a');
  return {
    append: (metrics) => file.append(Buffer.from(`${JSON.stringify(metrics)}\n`)),
    close: () => file.close(),
  };
}

/** Removes the lines of steps after `step`, which will be repeated, and broken lines. */
export async function cutMetrics(path: string, step: number): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return;
  const kept = parseLines(text).filter((metrics) => metrics.step <= step);
  const content = kept.map((metrics) => `${JSON.stringify(metrics)}\n`).join('');
  if (content !== text) await writeFileAtomically(path, content);
}

function parseLines(text: string): StepMetrics[] {
  return text.split('\n').flatMap((line) => {
    try {
      const metrics = JSON.parse(line) as StepMetrics | null;
      return typeof metrics?.step === 'number' ? [metrics] : [];
    } catch {
      return [];
    }
  });
}

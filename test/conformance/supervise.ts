/**
 * Runs the specs in a worker and watches it. If it crashes or makes no progress, the spec that it was in has
 * failed, and another worker goes on with the rest.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job, Message, Spec } from './messages.js';

export interface Result extends Spec {
  status: 'passed' | 'failed' | 'pending' | 'never ran';
  why: readonly string[];
}

export interface Outcome {
  readonly results: readonly Result[];
  /** What went wrong outside of specs. */
  readonly problems: readonly string[];
}

/** How long a worker may take to load the specs, in milliseconds: the machine may be busy. */
const START_MS = 60_000;

/** @param hangMs how long a worker may say nothing once the specs are loaded */
export async function supervise(job: Omit<Job, 'done'>, hangMs: number): Promise<Outcome> {
  const results = new Map<string, Result>();
  const problems = new Set<string>();
  for (;;) {
    const done = [...results.values()].filter(({ status }) => status !== 'never ran').map(({ id }) => id);
    const { end, running } = await runWorker({ ...job, done }, hangMs, results, problems);
    if (end === undefined) break;
    const guilty = running === undefined ? undefined : results.get(running);
    if (guilty === undefined) {
      problems.add(`the worker ended outside of specs: ${end}`);
      break;
    }
    Object.assign(guilty, { status: 'failed', why: [end] });
  }
  return { results: [...results.values()], problems: [...problems] };
}

/** One worker, to its end: why it ended before all was done, and the spec that was running then. */
function runWorker(
  job: Job,
  hangMs: number,
  results: Map<string, Result>,
  problems: Set<string>,
): Promise<{ end: string | undefined; running: string | undefined }> {
  return new Promise((resolve) => {
    const worker = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let running: string | undefined;
    let end: string | undefined;
    let finished = false;
    let errors = '';
    let timer: NodeJS.Timeout | undefined;
    const watch = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        end = `no progress for ${ms / 1000} s`;
        worker.kill('SIGKILL');
      }, ms);
    };
    worker.stderr!.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
    worker.on('message', (message: Message) => {
      watch(hangMs);
      switch (message.type) {
        case 'specs':
          for (const spec of message.specs) {
            if (!results.has(spec.id)) results.set(spec.id, { ...spec, status: 'never ran', why: [] });
          }
          break;
        case 'started':
          running = message.id;
          break;
        case 'done':
          running = undefined;
          Object.assign(results.get(message.id)!, { status: message.status, why: message.why });
          break;
        case 'not loaded':
          problems.add(`${message.file} cannot be loaded: ${message.why}`);
          break;
        case 'suite failed':
          problems.add(`${message.name}: ${message.why}`);
          break;
        case 'finished':
          finished = true;
      }
    });
    worker.on('close', (code, signal) => {
      clearTimeout(timer);
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      const crash = `the process ended ${how}\n${errors}`.trim();
      resolve({ end: finished && code === 0 ? undefined : (end ?? crash), running });
    });
    watch(START_MS);
    worker.send(job);
  });
}

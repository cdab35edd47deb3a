/** `watch`: serves a page that shows runs while they train. */
import { Worker } from 'node:worker_threads';
import { CycleGANError } from '../core/errors.js';
import {
  optional,
  resolveOptions,
  satisfying,
  show,
  text,
  wholeNumber,
  withDefault,
} from '../core/options.js';
import { watchFiles } from './files.js';
import type { ServeOptions } from './server/serve.js';
import type { FromThread } from './server/thread-messages.js';

/** Options of {@link watch}. */
export interface WatchOptions {
  /** Paths of run folders. The page shows a run as soon as its folder exists. */
  runs: readonly string[];
  /**
   * The address to listen on. With any other than the default, other machines can see the runs.
   * @default '127.0.0.1'
   */
  host?: string;
  /**
   * The port to listen on, or 0 for any free port.
   * @default 6480, or any free port if that is in use
   */
  port?: number;
  /** Closes the server. */
  signal?: AbortSignal;
}

/** The result of {@link watch}. */
export interface Watching {
  /** The address of the page. */
  readonly url: string;
  /** Ends the server. Open pages wait for the next one at this address. */
  readonly close: () => Promise<void>;
}

const defaultPort = 6480;

const isFolders = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((path) => typeof path === 'string' && path !== '' && !path.includes('\0'));
const entries = {
  runs: satisfying<readonly string[]>(isFolders, 'an array with the path of at least one run folder'),
  host: withDefault(text(), '127.0.0.1'),
  port: optional(wholeNumber(0, 65535)),
  signal: optional(satisfying<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal')),
};

/**
 * Serves a page that shows runs while they train: losses, learning rate, speed, sample images, and notes on what goes wrong. The
 * server runs in a thread of its own, so the page stays quick during training steps. It only reads the run folders.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, also for an address that this machine does not have; `BUSY` if
 * the port is in use
 */
export async function watch(options: WatchOptions): Promise<Watching> {
  // a frozen copy of a signal would not be one
  const signal = (options as Partial<WatchOptions> | undefined)?.signal;
  const { runs, host, port } = resolveOptions('watch', entries, options);
  const { page, thread } = await watchFiles();
  const start = (wanted: number) => startThread(thread, { runs, host, port: wanted, page });
  const { worker, port: bound } = await start(port ?? defaultPort).catch((error: unknown) => {
    if (port !== undefined || !isInUse(error)) throw explained(error, host, port ?? defaultPort);
    return start(0).catch((later: unknown) => {
      throw explained(later, host, 0);
    });
  });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= end(worker));
  if (signal?.aborted) await close();
  else signal?.addEventListener('abort', () => void close(), { once: true });
  return { url: `http://${shownHost(host)}:${bound}/`, close };
}

/** 0.0.0.0 is every address of this machine; browsers need one of them. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** Starts the thread, and waits until it listens. If it fails later, training continues. */
async function startThread(program: string, data: ServeOptions): Promise<{ worker: Worker; port: number }> {
  const worker = new Worker(program, { eval: true, workerData: data, execArgv: [] });
  const answer = await new Promise<FromThread>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  worker.on('error', (error) => {
    process.stderr.write(`watch: the page has ended with an error, training continues: ${String(error)}\n`);
  });
  if (answer.kind === 'listening') return { worker, port: answer.port };
  await worker.terminate();
  throw Object.assign(new Error(answer.message), { code: answer.code });
}

async function end(worker: Worker): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage('close');
  await ended;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
const isInUse = (error: unknown): boolean => codeOf(error) === 'EADDRINUSE';

function explained(error: unknown, host: string, port: number): unknown {
  if (isInUse(error)) {
    return new CycleGANError(
      'BUSY',
      `watch: port ${port} of ${host} is in use by another program. End it, or pass another port, or 0 for any free port.`,
    );
  }
  if (codeOf(error) === 'EACCES') {
    return new CycleGANError(
      'INVALID_OPTION',
      `watch: port ${port} of ${host} needs more rights than this program has. Pass a port from 1024, or 0 for any free port.`,
    );
  }
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'].includes(codeOf(error) ?? '')) {
    return new CycleGANError(
      'INVALID_OPTION',
      `watch: option "host" must be an address of this machine, got ${show(host)}. ` +
        'Pass "127.0.0.1" for this machine only, or "0.0.0.0" for all of its addresses.',
    );
  }
  return error;
}

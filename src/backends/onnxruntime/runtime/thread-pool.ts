/** Worker threads whose sessions run at the same time, each with an equal share of the cores. */
import { backend_util } from '@tensorflow/tfjs-core';
import { type OrtThread } from './ort-thread.js';
import { type RuntimeThreads } from './runtime.js';
import { type SessionMemory, type SessionOptions } from './session-options.js';
import { ThreadIsHeld } from './thread-start.js';

/** Each thread takes tens of megabytes and some time to begin. */
const MOST_THREADS = 2;

/** Whether a debugger has held a thread: it would hold the next one too. */
let threadsAreHeld = false;

/**
 * Begins a first thread. Others begin when `concurrency` is asked for.
 *
 * @param begin begins a thread
 * @param cores how many cores the sessions may use
 * @returns undefined if no thread begins
 */
export function threadPool(
  begin: () => OrtThread,
  cores: number,
  options: Omit<SessionOptions, keyof SessionMemory>,
  most: number = MOST_THREADS,
): RuntimeThreads | undefined {
  const threads: OrtThread[] = [];
  let limit = Math.min(cores, most);
  const beginUpTo = (count: number): number => {
    while (threads.length < Math.min(count, limit)) {
      if (threadsAreHeld) limit = threads.length;
      else {
        try {
          threads.push(begin());
        } catch (error) {
          limit = threads.length; // what would run there runs elsewhere
          if (error instanceof ThreadIsHeld) {
            threadsAreHeld = true;
            backend_util.warn(error.message);
          }
        }
      }
    }
    return threads.length;
  };
  if (beginUpTo(1) === 0) return undefined;
  return {
    get concurrency() {
      return beginUpTo(limit);
    },
    at: (index) => threads[index]!,
    get arrays() {
      return threads.reduce((sum, thread) => sum + thread.arrays, 0);
    },
    createSession(model, memory, { index, count }, inputs, outputs) {
      const share = count === 1 ? {} : { intraOpNumThreads: Math.max(1, Math.floor(cores / count)) };
      return threads[index]!.createSession(model, { ...options, ...share, ...memory }, inputs, outputs);
    },
    dispose() {
      for (const thread of threads) thread.dispose();
    },
  };
}

/** Writes to the same path run one after another. */
import { resolve } from 'node:path';
import { Queue } from '../../core/queue.js';

const queues = new Map<string, Queue>();

/** Runs `action` after all earlier actions for this path have ended, also if they failed. */
export async function inTurn<T>(path: string, action: () => Promise<T>): Promise<T> {
  const key = resolve(path);
  const queue = queues.get(key) ?? new Queue();
  queues.set(key, queue);
  try {
    return await queue.run(action);
  } finally {
    if (!queue.isBusy) queues.delete(key);
  }
}

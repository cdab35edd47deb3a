/** What is written to one place waits until earlier writes to it have ended. */
import { resolve } from 'node:path';
import { Queue } from '../core/queue.js';

const queues = new Map<string, Queue>();

/** Runs `action` when all earlier ones for this path have ended, whether they failed or not. */
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

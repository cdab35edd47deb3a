/** One after the other: what is written to one place waits until what was asked for before is done. */
import { resolve } from 'node:path';

const last = new Map<string, Promise<unknown>>();

/** Runs `action` when all earlier ones for this path have ended, well or not. */
export async function inTurn<T>(path: string, action: () => Promise<T>): Promise<T> {
  const key = resolve(path);
  const before = last.get(key);
  const mine = (async () => {
    await before?.catch(() => undefined);
    return await action();
  })();
  last.set(key, mine);
  try {
    return await mine;
  } finally {
    if (last.get(key) === mine) last.delete(key);
  }
}

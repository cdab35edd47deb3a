/** Several items are read at the same time, in order, and nothing is left behind. */
import { expect, test } from 'vitest';
import { readAhead } from '../../src/data/read-ahead.js';

/** Items from 0 that are read when `finish` is called. Items of `skipped` are skipped, item `failing` fails. */
function source(count: number, { skipped = [] as number[], failing = -1 } = {}) {
  const log: string[] = [];
  const waiting = new Map<number, () => void>();
  const read = async (item: number): Promise<string | undefined> => {
    log.push(`read ${item}`);
    await new Promise<void>((resolve) => waiting.set(item, resolve));
    if (item === failing) throw new Error(`item ${item} is broken`);
    return skipped.includes(item) ? undefined : `item ${item}`;
  };
  return {
    log,
    read,
    turns: Array.from({ length: count }, (_, i) => i)[Symbol.iterator](),
    dispose: (item: string) => void log.push(`disposed ${item}`),
    finish: (...items: number[]) => {
      for (const item of items) waiting.get(item)!();
    },
  };
}

const taken = (log: string[]) => log.splice(0);

test('as many as the depth at the same time; in order, also if a later one is read faster', async () => {
  const { turns, read, dispose, log, finish } = source(5);
  const items = readAhead(turns, { read, dispose, depth: 3 });
  const first = items.next();
  expect(taken(log)).toEqual(['read 0', 'read 1', 'read 2']);
  finish(2, 1);
  await Promise.resolve();
  finish(0);
  expect(await first).toEqual({ done: false, value: 'item 0' });
  expect(taken(log)).toEqual(['read 3']); // before the consumer is done with item 0
  expect((await items.next()).value).toBe('item 1');
  expect((await items.next()).value).toBe('item 2');
  expect(taken(log)).toEqual(['read 4']);
  finish(3, 4);
  expect((await items.next()).value).toBe('item 3');
  expect((await items.next()).value).toBe('item 4');
  expect(await items.next()).toEqual({ done: true, value: undefined });
  expect(taken(log)).toEqual([]);
});

test('skipped items make room for others; no more than the limit are read', async () => {
  const { turns, read, dispose, log, finish } = source(9, { skipped: [0, 2] });
  const items = readAhead(turns, { read, dispose, depth: 4, limit: 2 });
  const first = items.next();
  expect(taken(log)).toEqual(['read 0', 'read 1']);
  finish(0, 1);
  expect((await first).value).toBe('item 1');
  const second = items.next();
  expect(taken(log)).toEqual(['read 2']);
  finish(2);
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(taken(log)).toEqual(['read 3']);
  finish(3);
  expect((await second).value).toBe('item 3');
  expect(await items.next()).toEqual({ done: true, value: undefined });
  expect(taken(log)).toEqual([]);
});

test('an error is thrown when its turn comes; items after it are disposed', async () => {
  const { turns, read, dispose, log, finish } = source(5, { failing: 1 });
  const items = readAhead(turns, { read, dispose, depth: 3 });
  const first = items.next();
  finish(1, 2);
  await Promise.resolve();
  finish(0);
  expect((await first).value).toBe('item 0');
  const second = items.next();
  finish(3);
  await expect(second).rejects.toThrow('item 1 is broken');
  expect(log).toEqual(['read 0', 'read 1', 'read 2', 'read 3', 'disposed item 2', 'disposed item 3']);
});

test('items that were read ahead are disposed when the consumer leaves; their errors are dropped', async () => {
  const { turns, read, dispose, log, finish } = source(5, { failing: 2 });
  const items = readAhead(turns, { read, dispose, depth: 3 });
  const first = items.next();
  finish(0, 1, 2);
  await first;
  const left = items.return();
  finish(3);
  await left;
  expect(log).toEqual(['read 0', 'read 1', 'read 2', 'read 3', 'disposed item 1', 'disposed item 3']);
});

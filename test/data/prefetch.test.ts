/** Reading ahead: one item, not further than a limit, and nothing left behind. */
import { expect, test } from 'vitest';
import { prefetch } from '../../src/data/prefetch.js';

/** Numbers from 0, of which it is known when each is read, and one of which may fail. */
function source(count: number, failing = -1) {
  const log: string[] = [];
  const items = async function* () {
    try {
      for (let i = 0; i < count; i++) {
        log.push(`read ${i}`);
        await Promise.resolve();
        if (i === failing) throw new Error(`item ${i} is broken`);
        yield i;
      }
    } finally {
      log.push('closed');
    }
  };
  return { log, items: items(), dispose: (item: number) => void log.push(`disposed ${item}`) };
}
const later = () => new Promise((resolve) => setTimeout(resolve, 1));

test('while an item is used the next one is read', async () => {
  const { log, items, dispose } = source(3);
  for await (const item of prefetch(items, dispose)) {
    log.push(`use ${item}`);
    await later();
    log.push(`used ${item}`);
  }
  expect(log).toEqual([
    'read 0', 'read 1', 'use 0', 'used 0', 'read 2', 'use 1', 'used 1', 'closed', 'use 2', 'used 2',
  ]); // prettier-ignore
});

test('what was read ahead is disposed when the consumer leaves, by break or by an error', async () => {
  const { log, items, dispose } = source(9);
  for await (const item of prefetch(items, dispose)) {
    await later();
    if (item === 1) break;
  }
  expect(log).toEqual(['read 0', 'read 1', 'read 2', 'disposed 2', 'closed']);
  const other = source(9);
  await expect(async () => {
    for await (const item of prefetch(other.items, other.dispose)) throw new Error(`no use for ${item}`);
  }).rejects.toThrow('no use for 0');
  expect(other.log).toEqual(['read 0', 'read 1', 'disposed 1', 'closed']);
});

test('an error is thrown when its turn comes, not before', async () => {
  const { log, items, dispose } = source(9, 2);
  const used: number[] = [];
  await expect(async () => {
    for await (const item of prefetch(items, dispose)) {
      await later();
      used.push(item);
    }
  }).rejects.toThrow('item 2 is broken');
  expect(used).toEqual([0, 1]);
  expect(log).toEqual(['read 0', 'read 1', 'read 2', 'closed']);
});

test('an error that was read ahead is dropped when the consumer leaves before', async () => {
  const { items, dispose } = source(9, 1);
  for await (const item of prefetch(items, dispose)) {
    await later();
    expect(item).toBe(0);
    break;
  }
});

test('it ends at the limit and reads nothing behind it', async () => {
  const { log, items, dispose } = source(9);
  const used: number[] = [];
  for await (const item of prefetch(items, dispose, 2)) {
    used.push(item);
    await later();
  }
  expect([used, log]).toEqual([[0, 1], ['read 0', 'read 1', 'closed']]); // prettier-ignore
  const none = source(9);
  for await (const item of prefetch(none.items, none.dispose, 0)) expect(item).toBe('nothing');
  expect(none.log).toEqual([]);
});

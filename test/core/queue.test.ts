import { describe, expect, it } from 'vitest';
import { Queue } from '../../src/core/queue.js';

describe('Queue', () => {
  it('begins at once when idle, runs jobs in order, and goes on after a failure', async () => {
    const queue = new Queue();
    const log: string[] = [];
    const job = (name: string, fails = false) =>
      queue.run(async () => {
        log.push(`${name} begins`);
        await Promise.resolve();
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const first = job('first');
    expect(log).toEqual(['first begins']);
    const [second, third] = [job('second', true), job('third')];
    expect(queue.isBusy).toBe(true);
    expect(await Promise.allSettled([first, second, third])).toEqual([
      { status: 'fulfilled', value: 'first' },
      { status: 'rejected', reason: new Error('second') },
      { status: 'fulfilled', value: 'third' },
    ]);
    expect(log).toEqual([
      'first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends',
    ]); // prettier-ignore
    expect(queue.isBusy).toBe(false);
  });
});

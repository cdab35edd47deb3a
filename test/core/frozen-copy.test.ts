import { describe, expect, it } from 'vitest';
import { frozenCopy, frozenView } from '../../src/core/frozen-copy.js';

describe('frozenCopy', () => {
  it('copies plain data deeply, and freezes the copy alone', () => {
    const given = { shape: [8, 8, 3], rates: { generator: 1 } };
    const copy = frozenCopy(given);
    given.shape[0] = 5;
    given.rates.generator = 2;
    expect(copy).toEqual({ shape: [8, 8, 3], rates: { generator: 1 } });
    expect(() => (copy.shape[0] = 1)).toThrow(TypeError);
    expect(() => (copy.rates.generator = 1)).toThrow(TypeError);
  });

  it('leaves what may need to be itself: instances, typed arrays, objects with functions', () => {
    for (const given of [
      new Map(),
      new Float32Array(2),
      { run: () => 1 },
      (): number => 2,
      null,
      undefined,
    ]) {
      expect(frozenCopy(given)).toBe(given);
      expect(frozenCopy([given])[0]).toBe(given);
    }
  });
});

describe('frozenView', () => {
  it('stays as the object was, while its functions still work on it', () => {
    class Counter {
      count = 0;
      limits = [1, 2];
      next(): number {
        return ++this.count;
      }
    }
    const counter = new Counter();
    const view = frozenView(counter, ['limits', 'next']);
    counter.next = () => -1;
    counter.limits[0] = 7;
    expect([view.next(), counter.count, view.limits]).toEqual([1, 1, [1, 2]]);
    expect(() => (view.limits = [])).toThrow(TypeError);
    expect(() => (view.limits[0] = 7)).toThrow(TypeError);
    counter.limits = []; // the object itself is not frozen
  });
});

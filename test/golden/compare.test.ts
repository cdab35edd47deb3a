/** What counts as wrong, and by how much: worked out by hand. */
import { describe, expect, test } from 'vitest';
import { compare, list, scalar, type Results } from './compare.js';
import type { GoldenCase } from './format.js';

/** A case that expects x = [1, 2, 3, 4] by `rule`. */
const expecting = (rule: GoldenCase['expected'][string]): GoldenCase => ({
  case: 'case',
  kind: 'kind',
  source: 'P',
  layout: 'plain',
  config: {},
  inputs: [],
  weights: {},
  expected: { x: rule },
  scalars: {},
  lists: {},
  folder: '',
  tensors: new Map([['x', { shape: [4], data: Float32Array.of(1, 2, 3, 4) }]]),
  json: {},
});

const errorOf = (rule: GoldenCase['expected'][string], x: number[], shape?: number[]) =>
  compare(expecting(rule), new Map([['x', list(x, shape)]])).error;

describe('a tensor', () => {
  test('has the error of its largest difference', () => {
    expect(errorOf({ atol: 0.5 }, [1, 2.25, 3, 3])).toBe(2);
  });

  test('with a quantile may have outliers, up to atolAll', () => {
    const rule = { atol: 0.5, quantile: 0.75, atolAll: 4 };
    expect(errorOf(rule, [1, 2.25, 3, 6])).toBe(0.5); // third smallest: 0.25 of 0.5; largest: 2 of 4
    expect(errorOf(rule, [1, 2.25, 4, 6])).toBe(2);
    expect(errorOf(rule, [1, 2, 3, 12])).toBe(2);
  });

  test.for([NaN, Infinity, -Infinity])('is wrong if it contains %s', (value) => {
    expect(errorOf({ atol: 1 }, [1, 2, 3, value])).toBe(Infinity);
  });

  test('is wrong in another shape', () => {
    expect(errorOf({ atol: 1 }, [1, 2, 3, 4], [2, 2])).toBe(Infinity);
    expect(errorOf({ atol: 1 }, [1, 2, 3])).toBe(Infinity);
    expect(errorOf({ atol: 1 }, [1, 2, 3], [4])).toBe(Infinity);
  });

  test('is wrong if it is missing', () => {
    expect(compare(expecting({ atol: 1 }), new Map())).toEqual({ name: 'x', error: Infinity });
  });

  test('must be equal if the tolerance is 0', () => {
    expect(errorOf({ atol: 0 }, [1, 2, 3, 4])).toBe(0);
    expect(errorOf({ atol: 0 }, [1, 2, 3, 4.5])).toBe(Infinity);
  });
});

describe('a case', () => {
  const golden: GoldenCase = {
    ...expecting({ atol: 1 }),
    scalars: { loss: { value: 2, atol: 0.5 } },
    lists: { factor: { values: [1, 0.5], atol: 0.125 } },
  };
  const right = (): Results =>
    new Map([
      ['x', list([1, 2, 3, 4])],
      ['loss', scalar(2)],
      ['factor', list([1, 0.5])],
    ]);

  test('has the error of its worst tensor', () => {
    expect(compare(golden, right()).error).toBe(0);
    expect(compare(golden, right().set('loss', scalar(2.25)))).toEqual({ name: 'loss', error: 0.5 });
    expect(compare(golden, right().set('factor', list([1, 0.25])))).toEqual({ name: 'factor', error: 2 });
  });

  test('has exact tables', () => {
    const row = (got: unknown) => right().set('keys', { got, want: [['weight', [1]]] });
    expect(compare(golden, row([['weight', [1]]])).error).toBe(0);
    expect(compare(golden, row([['weight', [2]]]))).toEqual({ name: 'keys', error: Infinity });
  });
});

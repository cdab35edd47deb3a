import * as tf from '@tensorflow/tfjs';
import type { CycleGANError } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import {
  finiteNumber,
  flag,
  listOf,
  nearest,
  oneOf,
  optional,
  resolveOptions,
  satisfying,
  shareBelowOne,
  show,
  text,
  wholeNumber,
  withDefault,
} from '../../src/core/options.js';

const entries = {
  filters: withDefault(wholeNumber(1, 8), 4),
  rate: optional(finiteNumber(0)),
  decay: withDefault(shareBelowOne(), 0.5),
  mode: withDefault(oneOf('lsgan', 'hinge'), 'lsgan'),
  shuffle: withDefault(flag(), true),
  name: optional(text()),
  size: optional(listOf(wholeNumber(1), 2, '[height, width]')),
  hook: optional(satisfying<() => void>((value) => typeof value === 'function', 'a function')),
  offset: optional(finiteNumber()),
};
const resolve = (options: unknown) => resolveOptions('Thing', entries, options);

describe('resolveOptions', () => {
  it('fills in defaults, and leaves out what is undefined', () => {
    const defaults = { filters: 4, decay: 0.5, mode: 'lsgan', shuffle: true };
    expect(resolve(undefined)).toEqual(defaults);
    expect(resolve(null)).toEqual(defaults);
    expect(resolve({ filters: undefined, rate: undefined })).toEqual(defaults);
    expect(Object.isFrozen(resolve({}))).toBe(true);
  });

  it('keeps what is given, null and zero and false too', () => {
    const hook = () => undefined;
    const given = {
      filters: 8,
      rate: 0,
      decay: 0,
      mode: 'hinge',
      shuffle: false,
      name: 'x',
      size: [1, 2],
      hook,
      offset: -3,
    };
    expect(resolve(given)).toEqual(given);
  });

  it.each<[unknown, string]>([
    [7, 'Thing: options must be an object, got 7.'],
    [[1], 'Thing: options must be an object, got [1].'],
    [{ filter: 1 }, 'Thing: unknown option "filter". Did you mean "filters"?'],
    [{ FILTERS: 1 }, 'Thing: unknown option "FILTERS". Did you mean "filters"?'],
    [
      { whatever: 1 },
      'Thing: unknown option "whatever". Known: filters, rate, decay, mode, shuffle, name, size, hook, offset.',
    ],
    [{ filters: 0 }, 'Thing: option "filters" must be a whole number from 1 to 8, got 0.'],
    [{ filters: 9 }, 'Thing: option "filters" must be a whole number from 1 to 8, got 9.'],
    [{ filters: 1.5 }, 'Thing: option "filters" must be a whole number from 1 to 8, got 1.5.'],
    [{ filters: '4' }, 'Thing: option "filters" must be a whole number from 1 to 8, got "4".'],
    [{ filters: null }, 'Thing: option "filters" must be a whole number from 1 to 8, got null.'],
    [{ rate: -1 }, 'Thing: option "rate" must be a number from 0, got -1.'],
    [{ rate: Infinity }, 'Thing: option "rate" must be a number from 0, got Infinity.'],
    [{ offset: NaN }, 'Thing: option "offset" must be a number, got NaN.'],
    [{ decay: 1 }, 'Thing: option "decay" must be a number from 0, below 1, got 1.'],
    [{ mode: 'lsgam' }, 'Thing: option "mode" must be one of "lsgan", "hinge", got "lsgam".'],
    [{ shuffle: 1 }, 'Thing: option "shuffle" must be true or false, got 1.'],
    [{ name: '' }, 'Thing: option "name" must be a text that is not empty, got "".'],
    [{ size: [1] }, 'Thing: option "size" must be [height, width], got [1].'],
    [{ size: 1 }, 'Thing: option "size" must be [height, width], got 1.'],
    [{ hook: {} }, 'Thing: option "hook" must be a function, got an object.'],
    [
      { constructor: 1 },
      'Thing: unknown option "constructor". Known: filters, rate, decay, mode, shuffle, name, size, hook, offset.',
    ],
  ])('refuses %o', (options, message) => {
    expect(() => resolve(options)).toThrow(expect.objectContaining({ name: 'CycleGANError', message }));
  });

  it('tells programs what kind of refusal it is', () => {
    const codeOf = (options: unknown) => {
      try {
        resolve(options);
      } catch (error) {
        return (error as CycleGANError).code;
      }
    };
    expect(codeOf(7)).toBe('INVALID_ARGUMENT');
    expect(codeOf({ filter: 1 })).toBe('UNKNOWN_OPTION');
    expect(codeOf({ filters: 0 })).toBe('INVALID_OPTION');
  });
});

describe('show', () => {
  it('writes any value in a few words', () => {
    const x = tf.tensor1d([1]);
    const endless: unknown[] = [1];
    endless.push(endless);
    const values = [
      'text', 1.5, NaN, null, undefined, true, () => 1, {}, Object.create(null), [], [1, ['a']], Array(9).fill(0),
      new Float32Array(3), new Date(0), x, 10n, Symbol('s'), endless,
    ]; // prettier-ignore
    expect(values.map(show)).toEqual([
      '"text"', '1.5', 'NaN', 'null', 'undefined', 'true', 'a function', 'an object', 'an object', '[]', '[1, ["a"]]',
      'an array of 9', 'a Float32Array', 'a Date', 'a Tensor', '10', 'Symbol(s)', '[1, [1, [1, an array of 2]]]',
    ]); // prettier-ignore
    x.dispose();
  });
});

describe('nearest', () => {
  it('names the nearest, or all where none is near', () => {
    expect(nearest('seeed', ['seed', 'size'])).toBe('Did you mean "seed"?');
    expect(nearest('epochs', ['seed', 'size'])).toBe('Known: seed, size.');
    expect(nearest('x', [])).toBe('Known: .');
  });
});

/**
 * Checks options before anything is allocated. Unknown names, wrong types and values out of range throw a `CycleGANError`.
 *
 * The schemas are valibot's. The helpers below add a phrase to each, so that all messages have one form:
 * `CycleGAN: option "filters" must be a whole number from 1, got 0.`
 */
import { closest, distance } from 'fastest-levenshtein';
import * as v from 'valibot';
import { CycleGANError } from './errors.js';
import { frozenCopy } from './frozen-copy.js';

type Schema = v.GenericSchema;
/** Option schemas by option name. */
export type Entries = Record<string, Schema>;
/** The result of {@link resolveOptions} for a table of schemas. */
export type Resolved<E extends Entries> = { [K in keyof E]: v.InferOutput<E[K]> };

const range = (min: number, max: number): string =>
  max === Infinity ? (min === -Infinity ? '' : ` from ${min}`) : ` from ${min} to ${max}`;

/** A whole number from `min` to `max`, inclusive. */
export function wholeNumber(min: number, max = Infinity) {
  const phrase = `a whole number${range(min, max)}`;
  return v.pipe(
    v.number(phrase),
    v.integer(phrase),
    v.minValue(min, phrase),
    v.maxValue(max === Infinity ? Number.MAX_SAFE_INTEGER : max, phrase),
  );
}

/** A finite number from `min` to `max`, inclusive. */
export function finiteNumber(min = -Infinity, max = Infinity) {
  const phrase = `a number${range(min, max)}`;
  return v.pipe(v.number(phrase), v.finite(phrase), v.minValue(min, phrase), v.maxValue(max, phrase));
}

/** A finite number above 0. */
export function positiveNumber() {
  const phrase = 'a number above 0';
  return v.pipe(v.number(phrase), v.finite(phrase), v.gtValue(0, phrase));
}

/** One of the given words. */
export function oneOf<const T extends readonly string[]>(...words: T) {
  return v.picklist(words, `one of ${words.map((word) => `"${word}"`).join(', ')}`);
}

/** `true` or `false`. */
export const flag = () => v.boolean('true or false');

/** A non-empty text. */
export const text = () => v.pipe(v.string('a text'), v.nonEmpty('a text that is not empty'));

/** A value that passes `test`; `phrase` describes it in messages. */
export function satisfying<T>(test: (value: unknown) => boolean, phrase: string) {
  return v.custom<T>(test, phrase);
}

/** A number in [0, 1), such as a dropout rate or the decay of an average. */
export const shareBelowOne = () =>
  satisfying<number>((x) => typeof x === 'number' && x >= 0 && x < 1, 'a number from 0, below 1');

/** An array of `length` items of one schema; `phrase` describes the array in messages. */
export function listOf<S extends Schema>(item: S, length: number, phrase: string) {
  return v.pipe(v.array(item, phrase), v.length(length, phrase));
}

/** `schema`, or undefined. */
export const optional = <S extends Schema>(schema: S) => v.optional(schema);

/** `schema`, or `fallback` if undefined. */
export const withDefault = <S extends Schema, D extends v.InferInput<S>>(schema: S, fallback: D) =>
  v.optional(schema, fallback as never) as v.OptionalSchema<S, D>;

/** A short text for a received value in an error message. */
export const show = (value: unknown): string => shown(value, 3);

/** Nested arrays are written out up to a depth, because an array may contain itself. */
function shown(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (Array.isArray(value)) {
    if (value.length > 8 || depth === 0) return `an array of ${value.length}`;
    return `[${value.map((item) => shown(item, depth - 1)).join(', ')}]`;
  }
  const name = (value.constructor as { name?: string } | undefined)?.name;
  return name === undefined || name === 'Object' ? 'an object' : `a ${name}`;
}

/** A hint about the nearest known name, or all names if none is near. */
export function nearest(name: string, names: readonly string[]): string {
  const best = names.length > 0 ? closest(name, names) : '';
  const near = best !== '' && distance(name.toLowerCase(), best.toLowerCase()) <= 1 + best.length / 3;
  return near ? `Did you mean "${best}"?` : `Known: ${names.join(', ')}.`;
}

/**
 * Checks `options` against `entries` and fills in the defaults.
 * An option that is `undefined` is treated as missing. Plain objects and arrays are copied, and the result is frozen.
 *
 * @param where the class or function that has these options, for messages
 * @throws CycleGANError `UNKNOWN_OPTION` or `INVALID_OPTION`
 */
export function resolveOptions<E extends Entries>(
  where: string,
  entries: E,
  options: unknown,
): Readonly<Resolved<E>> {
  const given = options ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new CycleGANError('INVALID_ARGUMENT', `${where}: options must be an object, got ${show(given)}.`);
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(entries, name)) {
      const hint = nearest(name, Object.keys(entries));
      throw new CycleGANError('UNKNOWN_OPTION', `${where}: unknown option "${name}". ${hint}`);
    }
  }
  const resolved: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(entries)) {
    const value = (given as Record<string, unknown>)[name];
    const result = v.safeParse(schema, value);
    if (!result.success) {
      const phrase = result.issues[0].message;
      throw new CycleGANError(
        'INVALID_OPTION',
        `${where}: option "${name}" must be ${phrase}, got ${show(value)}.`,
      );
    }
    if (result.output !== undefined) resolved[name] = frozenCopy(result.output);
  }
  return Object.freeze(resolved) as Resolved<E>;
}

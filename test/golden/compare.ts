/**
 * Compares what a case expects with what came out. An error is relative to its tolerance: up to 1
 * passes. NaN, infinity, another shape and a number that is missing count as infinitely wrong.
 */
import { isDeepStrictEqual } from 'node:util';
import { tensorOf, type GoldenCase, type Rule } from './format.js';

/** A tensor's numbers in row-major order. */
export interface Numbers {
  shape: number[];
  data: Float32Array | Float64Array;
}

/** A row of a table, which must come out exactly. */
export interface Row {
  got: unknown;
  want: unknown;
}

/** What running a case gives: numbers under the names that the case expects, and rows of tables. */
export type Results = Map<string, Numbers | Row>;

/** The largest error relative to its tolerance, and the name it belongs to. */
export interface Worst {
  error: number;
  name: string;
}

/** A single number as a tensor of shape []; float64, as some tolerances are below float32's. */
export const scalar = (value: number) => list([value], []);

/** Numbers in float64; the shape of a list unless another is given. */
export function list(values: readonly number[], shape = [values.length]): Numbers {
  return { shape, data: Float64Array.from(values) };
}

/** The worst of everything that a case expects. */
export function compare(golden: GoldenCase, results: Results): Worst {
  const errors: Worst[] = [];
  const add = (name: string, want: Numbers, rule: Rule) => {
    const got = results.get(name);
    errors.push({ name, error: got && 'data' in got ? errorOf(got, want, rule) : Infinity });
  };
  for (const [name, rule] of Object.entries(golden.expected)) add(name, tensorOf(golden, name), rule);
  for (const [name, { value, atol }] of Object.entries(golden.scalars)) add(name, scalar(value), { atol });
  for (const [name, { values, atol }] of Object.entries(golden.lists)) add(name, list(values), { atol });
  for (const [name, result] of results) {
    if ('want' in result)
      errors.push({ name, error: isDeepStrictEqual(result.got, result.want) ? 0 : Infinity });
  }
  const nothing = { name: '(nothing to compare)', error: Infinity };
  return errors.length === 0 ? nothing : errors.reduce((a, b) => (b.error > a.error ? b : a));
}

function errorOf(got: Numbers, want: Numbers, rule: Rule): number {
  if (!isDeepStrictEqual(got.shape, want.shape) || got.data.length !== want.data.length) return Infinity;
  const differences = Float64Array.from(got.data, (value, i) => Math.abs(value - want.data[i]!));
  if (!differences.every(Number.isFinite)) return Infinity;
  differences.sort();
  const within = (atol: number, index: number) => relative(differences[index] ?? 0, atol);
  const last = differences.length - 1;
  if (!('quantile' in rule)) return within(rule.atol, last);
  return Math.max(
    within(rule.atol, Math.ceil(rule.quantile * differences.length) - 1),
    within(rule.atolAll, last),
  );
}

const relative = (difference: number, atol: number) => (difference === 0 ? 0 : difference / atol);

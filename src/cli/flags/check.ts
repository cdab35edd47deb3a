/** Checks values of flags and of configuration files, with the library's schemas. */
import * as v from 'valibot';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';

/** The number that a text stands for, or the text itself, so that the check can quote it. */
export function parseNumber(text: string): number | string {
  const trimmed = text.trim();
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
}

/**
 * Checks a value with a schema.
 *
 * @param title where the value comes from: `--filters`
 * @throws CycleGANError `INVALID_OPTION`: `--filters must be a whole number from 1, got "abc".`
 */
export function checkValue<S extends v.GenericSchema>(
  title: string,
  schema: S,
  value: unknown,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${title} must be ${result.issues[0].message}, got ${show(value)}.`,
  );
}

/** Divides what was given among the command, the model, the trainer, its `fit` and the reading of images. */
import type * as v from 'valibot';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { options } from '../options.generated.js';
import type { Given } from './add-flags.js';
import { checkValue } from './check.js';
import { type Algorithm, algorithms, type Part, parts } from './generated-option.js';
import { wordOf } from './names.js';
import { ownOptions, type OwnValues } from './own-options.js';
import { entriesOf } from './tables.js';

/** The options of the library, by part. */
export type ByPart = Record<Part, Record<string, unknown>>;

/** The values of the options of the command, checked. */
export function ownValues(given: ReadonlyMap<string, Given>): OwnValues {
  const own = Object.entries<{ schema: v.GenericSchema }>(ownOptions).flatMap(([word, { schema }]) => {
    const found = given.get(word);
    return found === undefined ? [] : [[word, checkValue(found.title, schema, found.value)] as const];
  });
  return Object.fromEntries(own);
}

/**
 * The options of the library for an algorithm, each checked by the schema of its part.
 *
 * @throws CycleGANError `INVALID_OPTION` for values out of range, and for options of other algorithms
 */
export function libraryOptions(given: ReadonlyMap<string, Given>, algorithm: Algorithm): ByPart {
  const entries = entriesOf(algorithm);
  const result = Object.fromEntries(parts.map((part) => [part, {}])) as ByPart;
  for (const [name, { choices, parts: owners }] of Object.entries(options)) {
    const found = given.get(wordOf(name));
    if (found === undefined || wordOf(name) in ownOptions) continue;
    const { title, value } = found;
    const own = owners[algorithm];
    if (own === undefined) {
      const others = algorithms.filter((other) => owners[other] !== undefined);
      throw new CycleGANError(
        'INVALID_OPTION',
        `${title} does not apply to ${algorithm}, but to ${others.join(' and ')}. Leave it out, or choose --algorithm ${others[0]!}.`,
      );
    }
    if (choices !== undefined && typeof value === 'string' && !choices.includes(value)) {
      const words = choices.map((choice) => `"${choice}"`).join(', ');
      throw new CycleGANError('INVALID_OPTION', `${title} must be one of ${words}, got ${show(value)}.`);
    }
    for (const part of own) result[part][name] = checkValue(title, entries[part][name]!, value);
  }
  return result;
}

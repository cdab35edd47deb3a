/** Resumes a run: which options may change, and which are refused. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { RunConfig } from '../../node/index.js';
import type { Given } from '../flags/add-flags.js';
import { options } from '../options.generated.js';
import { flagOf, wordOf } from '../flags/names.js';
import { ownOptions } from '../flags/own-options.js';

/** Options of the trainer that may change when a run is resumed. */
const changeable = [
  'learningRate',
  'epochs',
  'schedule',
  'lambdaA',
  'lambdaB',
  'lambdaIdentity',
  'lambdaL1',
  'memory',
];
/** Options of the command that may not. */
const fixed = ['algorithm', 'size'];

/** The value that a run has for a word. */
function valueOf(word: string, { algorithm, model, trainer, command }: RunConfig): unknown {
  const before = (command as Record<string, unknown> | undefined)?.[word];
  if (before !== undefined) return before;
  if (word === 'algorithm') return algorithm;
  if (word === 'size') return ((model?.inputShape ?? model?.imageShape) as number[] | undefined)?.[0];
  const name = Object.keys(options).find((option) => wordOf(option) === word) ?? word;
  return model?.[name] ?? trainer[name];
}

const mayChange = (word: string): boolean =>
  word in ownOptions ? !fixed.includes(word) : changeable.includes(word);

/**
 * Refuses options that a run cannot change.
 *
 * @throws CycleGANError `INVALID_OPTION`
 */
export function checkChanges(folder: string, given: ReadonlyMap<string, Given>, config: RunConfig): void {
  for (const [word, { value, title }] of given) {
    if (mayChange(word) || word === 'data') continue;
    const before = valueOf(word, config);
    if (JSON.stringify(before) === JSON.stringify(value)) continue;
    const has = before === undefined ? 'its default' : show(before);
    throw new CycleGANError(
      'INVALID_OPTION',
      `${title} cannot change in a run: ${show(folder)} has ${has}, got ${show(value)}. ` +
        `Leave ${flagOf(word)} out, or start a new run.`,
    );
  }
}

/** The changed options of the trainer. With other steps, the schedule that depends on them changes, too. */
export function changesOf(
  given: ReadonlyMap<string, Given>,
  trainer: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const names = changeable.filter(
    (name) => given.has(wordOf(name)) || (name === 'schedule' && given.has('steps') && name in trainer),
  );
  return Object.fromEntries(names.map((name) => [name, trainer[name]]));
}

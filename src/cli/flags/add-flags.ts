/** Adds flags to a command, and reads what was given. */
import { type Command, Option } from 'commander';
import { helpOf, usageOf } from './describe.js';
import { parseNumber } from './check.js';
import { groups } from './own-options.js';
import type { Flag } from './train-flags.js';

/** A value and where it comes from, for error messages: `--filters`, or `"filters" of my.json`. */
export interface Given {
  value: unknown;
  title: string;
}

/** Adds the flags under the headings of their groups. */
export function addFlags(command: Command, flags: readonly Flag[]): void {
  for (const group of groups) {
    for (const flag of flags.filter((one) => one.group === group && one.kind !== 'json')) {
      command.addOption(new Option(usageOf(flag), helpOf(flag)).helpGroup(`${group}:`));
      if (flag.kind === 'boolean' && flag.fallback !== undefined) {
        command.addOption(new Option(flag.flag.replace('--', '--no-'), `Turns ${flag.flag} off.`).hideHelp());
      }
    }
  }
}

/** The value of a flag from its text. A text that does not fit stays a text, so that the check can quote it. */
function parse({ kind }: Flag, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (kind === 'number') return parseNumber(text);
  if (kind === 'list') return text.split(',').map((item) => item.trim());
  if (kind !== 'rates') return text;
  const rates = text.split(',').map(parseNumber);
  if (rates.length !== 2) return parseNumber(text);
  const [generator, discriminator] = rates;
  return { generator, discriminator };
}

/** What was given on the command line, by word. */
export function givenFlags(command: Command, flags: readonly Flag[]): Map<string, Given> {
  const values = command.opts<Record<string, unknown>>();
  const given = flags.filter(({ word }) => command.getOptionValueSource(word) === 'cli');
  return new Map(
    given.map((flag) => [flag.word, { value: parse(flag, values[flag.word]), title: flag.flag }]),
  );
}

/** A flag in words, for the help and for the documentation. */
import { algorithms } from './generated-option.js';
import type { Flag } from './train-flags.js';

/** The flag and the name of its value: `--filters <number>`. Flags without a value can be turned off: `--no-dropout`. */
export const usageOf = ({ flag, value }: Pick<Flag, 'flag' | 'value'>): string =>
  value === '' ? flag : `${flag} <${value}>`;

/** The text of the help, the choices, the default, and the algorithms if it does not belong to all. */
export function helpOf({ help, kind, choices, value, fallback, algorithms: own }: Flag): string {
  const which = kind === 'list' ? 'some of, separated by commas:' : 'one of';
  const listed = choices.length > 0 && !value.includes('|') ? [`${which} ${choices.join(', ')}`] : [];
  const only = own.length < algorithms.length ? [`${own.join(' and ')} only`] : [];
  const notes = [...listed, ...(fallback === undefined ? [] : [`default: ${fallback}`]), ...only];
  return notes.length === 0 ? help : `${help} (${notes.join('; ')})`;
}

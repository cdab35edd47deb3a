/** `--quick`: the library's `quickPreset`, as if each of its options were given. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { quickPreset } from '../../trainer/algorithms/cyclegan/quick-preset.js';
import type { Given } from '../flags/add-flags.js';
import { wordOf } from '../flags/names.js';

/** The options by word. */
export const quickWords: Readonly<Record<string, unknown>> = {
  algorithm: 'cyclegan',
  ...Object.fromEntries(
    Object.entries({ ...quickPreset.model, ...quickPreset.trainer }).map(([name, value]) => [
      wordOf(name),
      value,
    ]),
  ),
};

/**
 * Replaces `quick` by its options. What was given besides wins.
 *
 * @throws CycleGANError `INVALID_OPTION` for another algorithm
 */
export function withQuick(given: ReadonlyMap<string, Given>): Map<string, Given> {
  const all = new Map(given);
  const quick = all.get('quick');
  if (quick?.value !== true) return all;
  const { title = '', value = 'cyclegan' } = all.get('algorithm') ?? {};
  if (value !== 'cyclegan') {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${quick.title} applies to cyclegan only, but ${title} is ${show(value)}. Leave one of them out.`,
    );
  }
  all.delete('quick');
  const words = Object.entries(quickWords).map(
    ([word, value]) => [word, { value, title: quick.title }] as const,
  );
  return new Map([...words, ...all]);
}

/** Judges results by the list of exclusions. */
import { type Exclusion, MOST_EXCLUSIONS } from './exclusions.js';
import type { Outcome, Result } from './supervise.js';

export interface Verdict {
  readonly passed: number;
  readonly failed: readonly Result[];
  readonly excluded: number;
  /** Specs that say themselves that they do not run here. */
  readonly skipped: number;
  /** Everything else that must not be. */
  readonly complaints: readonly string[];
  readonly ok: boolean;
}

/** How a spec is called in the list of exclusions. */
export const labelOf = ({ file, name }: { file: string; name: string }): string => `${file} > ${name}`;

/** @param whole whether all specs ran, so that an excluded spec must be among them */
export function judge(
  { results, problems }: Outcome,
  exclusions: readonly Exclusion[],
  whole: boolean,
): Verdict {
  const complaints = [...problems];
  if (exclusions.length > MOST_EXCLUSIONS) {
    complaints.push(`${exclusions.length} specs are excluded; at most ${MOST_EXCLUSIONS} may be`);
  }
  if (results.length === 0) complaints.push('no spec ran');
  const failed: Result[] = [];
  let [passed, excluded, skipped] = [0, 0, 0];
  const unseen = new Set(exclusions.map(({ spec }) => spec));
  for (const result of results) {
    const label = labelOf(result);
    const isExcluded = exclusions.some(({ spec }) => spec === label);
    unseen.delete(label);
    if (isExcluded && result.status === 'passed') {
      complaints.push(`passes, so need not be excluded: ${label}`);
    } else if (isExcluded && result.status === 'pending') {
      complaints.push(`skips itself, so need not be excluded: ${label}`);
    }
    if (isExcluded) excluded++;
    else if (result.status === 'passed') passed++;
    else if (result.status === 'pending') skipped++;
    else failed.push(result);
  }
  if (whole) for (const spec of unseen) complaints.push(`is excluded, but there is no such spec: ${spec}`);
  const ok = failed.length === 0 && complaints.length === 0;
  return { passed, failed, excluded, skipped, complaints, ok };
}

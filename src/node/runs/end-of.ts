/** When the training of a run ends, as far as its `config.json` says. The file may be of a later version, or damaged. */

/** The end in steps and in epochs, whichever comes first; null without such a limit. */
export interface RunEnd {
  readonly steps: number | null;
  readonly epochs: number | null;
}

/** @param config the content of `config.json` */
export function endOf(config: Readonly<Record<string, unknown>> | undefined): RunEnd {
  const [limits, plan, trainer] = [
    objectOf(config?.limits),
    objectOf(config?.plan),
    objectOf(config?.trainer),
  ];
  const [limit, perEpoch] = [countOf(limits.steps), countOf(plan.stepsPerEpoch)];
  // a limit in steps replaces the epochs of the trainer, and one in epochs those of both
  const planned = limit === null ? countOf(plan.epochs ?? trainer.epochs) : null;
  const epochs = countOf(limits.epochs) ?? planned;
  const byEpochs = epochs === null || perEpoch === null ? null : epochs * perEpoch;
  return { steps: byEpochs === null ? limit : Math.min(byEpochs, limit ?? Infinity), epochs };
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** A count; null for other values, and for the largest, which means that there is no end. */
const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < Number.MAX_SAFE_INTEGER
    ? value
    : null;

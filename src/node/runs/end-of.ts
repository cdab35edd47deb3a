/** When the training of a run ends, as far as its `config.json` says. The file may be of a later version, or damaged. */

/** The end in steps and in epochs, whichever comes first; null without such a limit. */
export interface RunEnd {
  readonly steps: number | null;
  readonly epochs: number | null;
}

/** @param config the content of `config.json` */
export function endOf(config: Readonly<Record<string, unknown>> | undefined): RunEnd {
  const [limits, trainer] = [objectOf(config?.limits), objectOf(config?.trainer)];
  const steps = countOf(limits.steps);
  // a limit in steps replaces the epochs of the trainer, and one in epochs those of both
  return { steps, epochs: countOf(limits.epochs) ?? (steps === null ? countOf(trainer.epochs) : null) };
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;

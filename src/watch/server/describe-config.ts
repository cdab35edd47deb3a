/** What the page shows of a run's `config.json`. The file may be of a later version, or damaged, so nothing is taken for granted. */
import { endOf } from '../../node/runs/end-of.js';

/** Parts of the configuration. null: not in the file. */
export interface Description {
  readonly algorithm: string | null;
  readonly engine: string | null;
  /** The name of the adversarial loss. */
  readonly adversarial: string | null;
  readonly created: string | null;
  /** The step at which training ends. */
  readonly totalSteps: number | null;
  /** The epoch at which training ends. */
  readonly totalEpochs: number | null;
}

type Json = Record<string, unknown> | undefined;
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.length <= 100 ? value : null;
const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;

/** A loss is saved as its name, or as an object with a name. */
const lossName = (value: unknown): string | null => textOf(value) ?? textOf(objectOf(value)?.name);

export function describeConfig(config: Json): Description {
  const [trainer, model] = [objectOf(config?.trainer), objectOf(config?.model)];
  const end = endOf(config);
  return {
    algorithm: textOf(config?.algorithm),
    engine: textOf(config?.engine),
    adversarial:
      lossName(trainer?.adversarial) ??
      lossName(objectOf(trainer?.loss)?.adversarial) ??
      lossName(trainer?.loss) ??
      lossName(model?.loss),
    created: textOf(config?.created),
    totalSteps: end.steps,
    totalEpochs: end.epochs,
  };
}

/**
 * The schemas of a state and its parts, and the check that names the invalid part. `state.ts` checks whether a state fits its
 * trainer.
 */
import * as v from 'valibot';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { isRandomState } from '../../core/random.js';
import { isFloat32Array } from '../../core/typed-arrays.js';

/** A message for {@link checkForm}, which puts the path before it. */
const must =
  (phrase: string) =>
  ({ input }: { input: unknown }): string =>
    `must be ${phrase}, got ${show(input)}.`;

const wholeNumber = (min = 0) => {
  const message = must(`a whole number from ${min}`);
  return v.pipe(v.number(message), v.safeInteger(message), v.minValue(min, message));
};

const finiteNumber = (min = -Infinity) => {
  const message = must(min === 0 ? 'a finite number from 0' : 'a finite number');
  return v.pipe(v.number(message), v.finite(message), v.minValue(min, message));
};

/** The first value that is not finite, or below `min`. */
function firstBad(data: Float32Array, min: number): number | undefined {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]) || data[i]! < min) return data[i]!;
  return undefined;
}

/** A tensor of finite values not below `min`. */
export const tensor = (min = -Infinity) =>
  v.pipe(
    v.object({ shape: v.array(wholeNumber()), data: v.custom<Float32Array>(isFloat32Array) }),
    v.check(({ shape, data }) => data.length === shape.reduce((size, n) => size * n, 1)),
    v.check(
      ({ data }) => firstBad(data, min) === undefined,
      ({ input }) =>
        `must contain only ${min === 0 ? 'finite values from 0' : 'finite values'}, got ${firstBad(input.data, min)}.`,
    ),
  );

/** {@link AdamState}. */
export const adamState = v.pipe(
  v.object({ steps: wholeNumber(), slots: v.array(v.object({ m: tensor(), v: tensor(0) })) }),
  v.check(
    ({ steps, slots }) => steps === 0 || slots.length > 0,
    ({ input }) => `must have slots after ${input.steps} steps.`,
  ),
);

/** {@link MovingAverageState}. */
export const averageState = v.object({ updates: wholeNumber(), weights: v.record(v.string(), tensor()) });

const tensors = v.record(v.string(), tensor());

/** {@link TrainedNetworkState}. The slots of a weight depend on the optimizer. */
const trainedState = v.object({
  optimizer: v.record(v.string(), v.object({ steps: wholeNumber(1), slots: v.record(v.string(), tensor()) })),
  accumulated: v.pipe(
    v.object({ steps: wholeNumber(), sums: tensors }),
    v.check(
      ({ steps, sums }) => (steps === 0) === (Object.keys(sums).length === 0),
      ({ input }) =>
        `must have sums if it has steps, got ${Object.keys(input.sums).length} sums of ${input.steps} steps.`,
    ),
  ),
});

const showing = v.object({ name: v.string(), round: wholeNumber() });

/** {@link EpochProgress}. */
const progress = v.object({
  seed: v.pipe(wholeNumber(), v.maxValue(2 ** 31 - 1, must('a whole number below 2147483648'))),
  steps: wholeNumber(),
  position: v.optional(v.record(v.string(), showing)),
  sums: v.record(v.string(), finiteNumber()),
});

const scheduleState = v.object({
  plan: v.optional(v.string()),
  updates: wholeNumber(),
  factor: finiteNumber(0),
  plateau: v.optional(v.object({ best: v.nullable(finiteNumber()), waited: wholeNumber() })),
});

/** {@link TrainerState} without `format` and `version`. */
export const trainerState = v.pipe(
  v.object({
    algorithm: v.object({ name: v.string(), options: v.record(v.string(), v.unknown()) }),
    epoch: wholeNumber(),
    step: wholeNumber(),
    networks: v.record(v.string(), tensors),
    trained: v.record(v.string(), trainedState),
    stateful: v.record(v.string(), v.unknown()),
    averages: v.record(v.string(), averageState),
    schedule: scheduleState,
    running: v.nullable(progress),
    random: v.custom<number[]>(isRandomState),
    callbacks: v.record(v.string(), v.unknown()),
  }),
  v.check(
    ({ step, running }) => (running?.steps ?? 0) <= step,
    ({ input }) => `must not have more steps in the current epoch than its ${input.step} steps.`,
  ),
);

/**
 * Refuses values that do not match a schema.
 *
 * @param whole the name of the whole value in messages
 * @throws CycleGANError `INVALID_STATE`, naming the part
 */
export function checkForm(where: string, schema: v.GenericSchema, value: unknown, whole = 'the state'): void {
  const { issues } = v.safeParse(schema, value);
  if (issues === undefined) return;
  const [{ message }] = issues;
  const wrong = message.startsWith('Invalid') // valibot's own
    ? 'is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays.'
    : message;
  throw new CycleGANError('INVALID_STATE', `${where}: ${v.getDotPath(issues[0]) ?? whole} ${wrong}`);
}

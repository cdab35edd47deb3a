/**
 * What a state looks like, part by part, whoever restores it: the schemas, and the check that names what is wrong.
 * `state.ts` asks besides whether a state fits its trainer.
 */
import * as v from 'valibot';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { isRandomState } from '../core/random.js';
import { isFloat32Array } from '../core/typed-arrays.js';

/** A message in the form that {@link checkForm} expects: what follows the path. */
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

/** A tensor of finite values, from `min` on. */
const tensor = (min = -Infinity) =>
  v.pipe(
    v.object({ shape: v.array(wholeNumber()), data: v.custom<Float32Array>(isFloat32Array) }),
    v.check(({ shape, data }) => data.length === shape.reduce((size, n) => size * n, 1)),
    v.check(
      ({ data }) => firstBad(data, min) === undefined,
      ({ input }) =>
        `must hold ${min === 0 ? 'finite values from 0' : 'finite values'}, got ${firstBad(input.data, min)}.`,
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

/** {@link GradientAccumulatorState}. */
const accumulatorState = v.object({ steps: wholeNumber(), sums: v.array(tensor()) });

/** {@link ImagePoolState}. */
export const poolState = v.object({
  images: v.array(
    v.pipe(
      tensor(),
      v.check(
        ({ shape }) => shape.length === 4 && shape[0] === 1 && !shape.includes(0),
        ({ input }) => `must have shape [1, height, width, channels], got ${show(input.shape)}.`,
      ),
    ),
  ),
});

/** {@link MovingAverageState}. */
export const averageState = v.object({ updates: wholeNumber(), weights: v.array(tensor()) });

const playerState = v.object({ adam: adamState, accumulated: accumulatorState });

const lossNames = ['D_A', 'G_A', 'cycle_A', 'idt_A', 'D_B', 'G_B', 'cycle_B', 'idt_B'] as const;

const showing = v.object({ name: v.string(), round: wholeNumber() });

/** {@link EpochProgress}. */
const progress = v.pipe(
  v.object({
    seed: v.pipe(wholeNumber(), v.maxValue(2 ** 31 - 1, must('a whole number below 2147483648'))),
    steps: wholeNumber(),
    position: v.optional(v.object({ a: showing, b: v.optional(showing) })),
    sums: v.record(v.picklist([...lossNames, 'gp_D_A', 'gp_D_B']), finiteNumber()),
  }),
  v.check(
    ({ steps, sums }) =>
      steps === 0 ? Object.keys(sums).length === 0 : lossNames.every((name) => Object.hasOwn(sums, name)),
    ({ input }) => `must have the sum of each loss if it has steps, got ${input.steps} steps.`,
  ),
);

const scheduleState = v.object({
  plan: v.optional(v.string()),
  updates: wholeNumber(),
  factor: finiteNumber(0),
  plateau: v.optional(v.object({ best: v.nullable(finiteNumber()), waited: wholeNumber() })),
});

/** {@link TrainerState}, but for its first two fields. */
export const trainerState = v.pipe(
  v.object({
    epoch: wholeNumber(),
    step: wholeNumber(),
    networks: v.object({
      generatorG: v.array(tensor()),
      generatorF: v.array(tensor()),
      discriminatorX: v.array(tensor()),
      discriminatorY: v.array(tensor()),
    }),
    generators: playerState,
    discriminators: playerState,
    pools: v.object({ A: poolState, B: poolState }),
    averages: v.array(averageState),
    schedule: scheduleState,
    running: v.nullable(progress),
    random: v.custom<number[]>(isRandomState),
  }),
  v.check(
    ({ step, running, generators, discriminators, averages }) =>
      [
        running?.steps ?? 0,
        generators.adam.steps,
        discriminators.adam.steps,
        ...averages.map(({ updates }) => updates),
      ].every((steps) => steps <= step),
    ({ input }) => `must not count more steps in a part than its ${input.step} steps.`,
  ),
);

/**
 * Refuses what does not have the form of a state.
 *
 * @param whole what the whole is called, for messages
 * @throws CycleGANError `INVALID_STATE`, naming the part
 */
export function checkForm(where: string, schema: v.GenericSchema, value: unknown, whole = 'the state'): void {
  const { issues } = v.safeParse(schema, value);
  if (issues === undefined) return;
  const [{ message }] = issues;
  const wrong = message.startsWith('Invalid') // valibot's own
    ? 'is missing or damaged. Keep states with saveState or structuredClone: JSON does not keep typed arrays.'
    : message;
  throw new CycleGANError('INVALID_STATE', `${where}: ${v.getDotPath(issues[0]) ?? whole} ${wrong}`);
}

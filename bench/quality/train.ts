/** Trains recipes on the demo's images, and scores them on its test pairs. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { CUT, CUTTrainer, CycleGAN, CycleGANTrainer, type Direction } from 'ts-cyclegan';
import { imageFolder } from 'ts-cyclegan/node';
import { evaluate } from '../../src/cli/demo/evaluate.js';
import { median } from '../measure.js';
import { optionsOf, type Recipe, size } from './recipes.js';
import type { Scores } from './results.js';

/** A trainer of one direction or both. */
interface Subject {
  model: CycleGAN | CUT;
  trainer: CycleGANTrainer | CUTTrainer;
  directions: readonly Direction[];
  dispose: () => void;
}

/** New models of a recipe that together translate in both directions, with their trainers. */
function subjectsOf(recipe: Recipe, seed: number, steps: number): Subject[] {
  const { cut, ...cyclegan } = optionsOf(recipe, seed, steps);
  if (cut === undefined) {
    const model = new CycleGAN(cyclegan.model);
    return [subject(model, new CycleGANTrainer(model, cyclegan.trainer), ['AtoB', 'BtoA'])];
  }
  return (['AtoB', 'BtoA'] as const).map((direction) => {
    const model = new CUT(cut.model);
    return subject(model, new CUTTrainer(model, cut.trainer), [direction]);
  });
}

const subject = (
  model: Subject['model'],
  trainer: Subject['trainer'],
  directions: readonly Direction[],
): Subject => ({
  model,
  trainer,
  directions,
  dispose() {
    trainer.dispose();
    model.dispose();
  },
});

/** Trains new models for `steps` steps, with scores at the steps `at`, of the averaged generators. */
export async function train(
  recipe: Recipe,
  seed: number,
  images: string,
  at: readonly number[],
): Promise<Map<number, Scores>> {
  const options = optionsOf(recipe, seed, at.at(-1)!);
  const folder = (name: string, training = true) =>
    imageFolder(join(images, name), { ...options.images, ...(!training && { training, loadSize: size }) });
  const sets = {
    AtoB: [folder('trainA'), folder('trainB'), folder('testA', false), folder('testB', false)],
    BtoA: [folder('trainB'), folder('trainA'), folder('testB', false), folder('testA', false)],
  } as const;
  const scores = new Map<number, Partial<Scores>>(at.map((step) => [step, {}]));
  for (const { model, trainer, directions, dispose } of subjectsOf(recipe, seed, at.at(-1)!)) {
    const score = async (step: number) => {
      if (!at.includes(step)) return;
      trainer.stopTraining = step === at.at(-1);
      for (const direction of directions) {
        const [, , from, to] = sets[direction];
        const { doNothing: _, ...own } = await trainer.withAverages(() =>
          evaluate(model, direction, from, to, from.length),
        );
        scores.get(step)![direction] = own;
      }
    };
    const [from, to] = sets[directions[0]!];
    const fit = {
      epochs: Number.MAX_SAFE_INTEGER,
      batchSize: recipe.batch ?? 1,
      callbacks: { onStepEnd: score },
    };
    try {
      await trainer.fit(from, to, fit);
    } finally {
      dispose();
    }
  }
  return scores as Map<number, Scores>;
}

/** Steps before the clock starts, turns, and steps in a turn. */
const [warmUp, turns, inTurn] = [3, 7, 4];

/**
 * How much longer a step of `recipe` takes than one of `base`: the median over turns, in which both take the same count of steps.
 * Time of the processor, which does not depend on other programs as much. CUT takes one step for each direction.
 */
export async function relativeTime(base: Recipe, recipe: Recipe): Promise<number> {
  const sides = [base, recipe].map((of) => {
    const subjects = subjectsOf(of, 1, 1000);
    const shape = [of.batch ?? 1, size, size, 3] as const;
    const [a, b] = [1, 2].map((seed) => tf.randomUniform<tf.Rank.R4>([...shape], -1, 1, 'float32', seed));
    const step = async () => {
      for (const { trainer } of subjects) await trainer.trainStep(a!, b!);
    };
    const dispose = () => {
      for (const subject of subjects) subject.dispose();
      tf.dispose([a!, b!]);
    };
    return { step, dispose };
  });
  try {
    for (const { step } of sides) for (let i = 0; i < warmUp; i++) await step();
    const times: [number, number][] = [];
    for (let turn = 0; turn < turns; turn++) {
      const pair: number[] = [];
      for (const { step } of sides) {
        const start = process.cpuUsage();
        for (let i = 0; i < inTurn; i++) await step();
        const { user, system } = process.cpuUsage(start);
        pair.push((user + system) / 1000 / inTurn);
      }
      times.push(pair as [number, number]);
    }
    return median(times.map(([a, b]) => b / a));
  } finally {
    for (const { dispose } of sides) dispose();
  }
}

/** Scores of a model on test pairs, while it is trained. */
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { resolveOptions, satisfying, show, wholeNumber, withDefault } from '../../core/options.js';
import { Random } from '../../core/random.js';
import type { PairSource } from '../../data/pairs.js';
import { CUT } from '../../models/cut.js';
import { CycleGAN } from '../../models/cyclegan.js';
import { Pix2Pix } from '../../models/pix2pix.js';
import type { Training } from '../../trainer/engine/training.js';
import type { TranslatingModel } from '../../translate/translate-image.js';
import { meanScores, type Scores, scoresOf } from '../evaluate/scores.js';
import { directionsOf, disposeOf, translated } from '../evaluate/translated.js';

/** What `runFolder` measures on test pairs. */
export interface RunEvaluation {
  /** Held-out pairs of A and B, such as `pairedFolder({ a: 'testA', b: 'testB' })`. */
  pairs: PairSource;
  /**
   * Steps between two measurements.
   * @default 1000
   */
  every?: number;
  /**
   * How many pairs are used, from the first on.
   * @default 16
   */
  count?: number;
}

const entries = {
  pairs: satisfying<PairSource>(
    (value) => typeof value === 'object' && value !== null && (value as Partial<PairSource>).pairs === true,
    'a set of pairs, such as pairedFolder(…)',
  ),
  every: withDefault(wholeNumber(1), 1000),
  count: withDefault(wholeNumber(1), 16),
};

/** Measurements on test pairs. */
export interface Evaluator {
  /** @throws CycleGANError `INVALID_ARGUMENT` if the model translates no images */
  check(trainer: Training): void;
  /** Measures the model after some steps; otherwise the result is empty. */
  measure(step: number, trainer: Training): Promise<Record<string, number>>;
}

/** @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION` */
export function runEvaluation(where: string, options: RunEvaluation): Evaluator {
  const { every, count, pairs } = resolveOptions(where, entries, options);
  const modelOf = ({ model, algorithm }: Training): TranslatingModel => {
    if (model instanceof CycleGAN || model instanceof Pix2Pix || model instanceof CUT) return model;
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: only CycleGAN, Pix2Pix and CUT translate pairs, got a trainer of ${show(algorithm)}. Leave "evaluate" out.`,
    );
  };
  return {
    check: (trainer) => void modelOf(trainer),
    measure: async (step, trainer) => {
      if (step % every !== 0) return {};
      return trainer.withAverages(() => measured(modelOf(trainer), pairs, count));
    },
  };
}

/** Names of the scores in `metrics.jsonl`: `test_l1`; of a CycleGAN `test_l1_A` for A to B, `test_l1_B` for B to A. */
async function measured(
  model: TranslatingModel,
  pairs: PairSource,
  count: number,
): Promise<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const direction of directionsOf(model)) {
    const all: Scores[] = [];
    for (let index = 0; index < Math.min(count, pairs.length); index++) {
      const pair = await readPair(pairs, index);
      if (pair === undefined) continue;
      const [input, truth] = direction === 'AtoB' ? pair : ([pair[1], pair[0]] as const);
      const images = translated(model, direction, input, truth);
      const { translation } = await scoresOf(`pair ${index}`, images).finally(() => disposeOf(images));
      all.push(translation);
    }
    const suffix = model instanceof CycleGAN ? (direction === 'AtoB' ? '_A' : '_B') : '';
    const { l1, psnr, ssim, cycle } = meanScores(all);
    for (const [name, value] of Object.entries({ l1, psnr, ssim, cycle })) {
      if (value !== undefined) result[`test_${name}${suffix}`] = value;
    }
  }
  return result;
}

/** A pair, or undefined if it cannot be read and such images are skipped. */
async function readPair(pairs: PairSource, index: number) {
  try {
    return await pairs.get(index, new Random(0));
  } catch (error) {
    const isBroken = (['INVALID_DATA', 'INVALID_SHAPE', 'NOT_FOUND'] as const).some((code) => isCycleGANError(error, code)); // prettier-ignore
    if (isBroken && pairs.onError === 'skip') return undefined;
    throw error;
  }
}

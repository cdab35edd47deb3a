/** A callback that writes sheets of pairs while a pix2pix trains: input, output, truth. */
import * as tf from '@tensorflow/tfjs-core';
import { oneOf, resolveOptions, satisfying, withDefault } from '../../core/options.js';
import { Random } from '../../core/random.js';
import { isPairSource, type PairSource } from '../../data/pairs.js';
import { samplePairs } from '../../trainer/algorithms/pix2pix/sample-pairs.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import {
  firstItems,
  sheetCallback,
  sheetEntries,
  type SheetExtras,
  type SheetOptions,
  stacked,
} from './sheet-callback.js';

const where = 'pairSheets';

type Pair = readonly [input: tf.Tensor3D, target: tf.Tensor3D];

/** Options of {@link pairSheets}. */
export interface PairSheetsOptions extends SheetOptions {
  /** A set of pairs (`pairedFolder`), or an array of pairs of tensors [h, w, c] in [−1, 1]. All have one size, and 1 or 3 channels. */
  pairs: PairSource | readonly (readonly [input: tf.Tensor3D, target: tf.Tensor3D])[];
  /**
   * How the model translates; see `Pix2Pix.translate`.
   * @default 'train'
   */
  mode?: 'train' | 'eval';
}

const isPair = (value: unknown) =>
  Array.isArray(value) && value.length === 2 && value.every((image) => image instanceof tf.Tensor);
const entries = {
  pairs: satisfying<PairSource | readonly Pair[]>(
    (value) =>
      (isPairSource(value) || (Array.isArray(value) && value.every(isPair))) &&
      (value as { length: number }).length > 0,
    'a set of pairs or an array of pairs of tensors, not empty',
  ),
  mode: withDefault(oneOf('train', 'eval'), 'train'),
  ...sheetEntries,
};

/**
 * A callback that writes sheets of some fixed pairs to a folder while a pix2pix trains, `step-00000100.png` and so on. Each row has an
 * input, the output of the generator, and the target. It uses the averaged generator if there is an average.
 *
 * @param folder path of the folder; it is created if needed
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`; from `fit`: whatever reading, translating and
 * writing throw
 * @example
 * ```ts
 * import { pairedFolder, pairSheets } from 'ts-cyclegan/node';
 * const sheets = async () => pairSheets('run', {
 *   pairs: await pairedFolder('facades/test', { direction: 'BtoA', training: false }),
 *   every: 100,
 * });
 * ```
 */
export const pairSheets = (folder: string, options: PairSheetsOptions): TrainerCallback =>
  sheetsOfPairs(folder, options);

/** {@link pairSheets} as a part of a run folder. */
export function sheetsOfPairs(
  folder: string,
  options: PairSheetsOptions,
  extras: SheetExtras = {},
): TrainerCallback {
  const { pairs, mode, count, every, scale } = resolveOptions(where, entries, options);
  return sheetCallback({
    where,
    folder,
    header: ['input', 'output', 'truth'],
    scale,
    extras,
    async begin(hold, write) {
      const read = async (i: number) => {
        if (isPairSource(pairs)) return await pairs.get(i, new Random(i));
        return pairs[i]!.map((image) => tf.clone(image)) as [tf.Tensor3D, tf.Tensor3D];
      };
      const found = await firstItems(where, 'pairs', pairs as PairSource, count, read);
      const input = hold(stacked(found.map(([image]) => image)));
      const target = hold(stacked(found.map(([, image]) => image)));
      return samplePairs({
        input,
        target,
        every,
        mode,
        onSample: ({ output }, time) => write([[input, output, target]], time),
      });
    },
  });
}

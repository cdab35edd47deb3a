/** Callbacks that write sheets of translated images during the training of a CycleGAN or a CUT. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { optional, resolveOptions, satisfying } from '../../core/options.js';
import { Random } from '../../core/random.js';
import { isSource, type ImageSource } from '../../data/images.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { sampleTranslations } from '../../trainer/algorithms/cut/sample-translations.js';
import { sampleImages } from '../../trainer/algorithms/cyclegan/sample-images.js';
import {
  firstItems,
  sheetCallback,
  sheetEntries,
  type SheetExtras,
  type SheetOptions,
  stacked,
} from './sheet-callback.js';

/** Options of {@link sampleSheets}. */
export interface SampleSheetsOptions extends SheetOptions {
  /**
   * Images of A, all of the same size: a folder (`imageFolder`), or an array of tensors [h, w, c] in [−1, 1]. Of a folder with
   * `onError: 'skip'`, images that cannot be read are left out.
   */
  A?: ImageSource | readonly tf.Tensor3D[];
  /** Images of B, likewise. */
  B?: ImageSource | readonly tf.Tensor3D[];
}

const where = 'sampleSheets';

type ImageSet = NonNullable<SampleSheetsOptions['A']>;
const isSet = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) || 'get' in value) &&
  (value as { length: number }).length > 0;
const images = satisfying<ImageSet>(isSet, 'a folder of images or a non-empty array of tensors');
const entries = { A: optional(images), B: optional(images), ...sheetEntries };
const oneSidedEntries = { A: images, ...sheetEntries };

/** The first images of a set as a batch [n, h, w, c]. */
async function batchOf(name: 'A' | 'B', set: ImageSet, count: number): Promise<tf.Tensor4D> {
  const random = new Random(0);
  const read = isSource(set as ImageSource)
    ? (i: number) => (set as ImageSource).get(i, random)
    : (i: number) => tf.clone((set as readonly tf.Tensor3D[])[i]!);
  return stacked(await firstItems<tf.Tensor3D>(where, name, set, count, read));
}

/**
 * A callback that writes sheets of some fixed images to a folder during training: `step-00000100.png` and so on. Each row shows an
 * image, its translation, and the translation back. Averaged generators are used if there are averages.
 *
 * @param folder path of the folder, which is created if needed
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT` without images; from `fit`: whatever reading,
 * translating and writing throw
 * @example
 * ```ts
 * import { imageFolder, sampleSheets } from 'ts-cyclegan/node';
 * const sheets = () => sampleSheets('run', {
 *   A: imageFolder('data/testA', { cropSize: 64, training: false }),
 *   B: imageFolder('data/testB', { cropSize: 64, training: false }),
 *   every: 100,
 * });
 * ```
 */
export const sampleSheets = (folder: string, options: SampleSheetsOptions): TrainerCallback =>
  translationSheets(folder, options);

/** {@link sampleSheets} as a part of a run folder. */
export function translationSheets(
  folder: string,
  options: SampleSheetsOptions,
  extras: SheetExtras = {},
): TrainerCallback {
  const { A, B, count, every, scale } = resolveOptions(where, entries, options);
  if (A === undefined && B === undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      'sampleSheets: expected images in option "A", "B", or both, got none.',
    );
  }
  return sheetCallback({
    where,
    folder,
    header: ['input', 'translated', 'back again'],
    scale,
    extras,
    async begin(hold, write) {
      const inputs: { A?: tf.Tensor4D; B?: tf.Tensor4D } = {};
      if (A !== undefined) inputs.A = hold(await batchOf('A', A, count));
      if (B !== undefined) inputs.B = hold(await batchOf('B', B, count));
      return sampleImages({
        images: inputs,
        every,
        onSample: ({ real_A, fake_B, rec_A, real_B, fake_A, rec_B }, time) =>
          write(
            [
              [real_A, fake_B, rec_A],
              [real_B, fake_A, rec_B],
            ].filter(([real]) => real !== undefined) as tf.Tensor4D[][],
            time,
          ),
      });
    },
  });
}

/** Sheets of a CUT as a part of a run folder: each row shows an image of A and its translation. */
export function oneSidedSheets(
  folder: string,
  options: Omit<SampleSheetsOptions, 'B'>,
  extras: SheetExtras = {},
): TrainerCallback {
  const { A, count, every, scale } = resolveOptions(where, oneSidedEntries, options);
  return sheetCallback({
    where,
    folder,
    header: ['input', 'translated'],
    scale,
    extras,
    async begin(hold, write) {
      const images = hold(await batchOf('A', A, count));
      return sampleTranslations({
        images,
        every,
        onSample: ({ real_A, fake_B }, time) => write([[real_A, fake_B]], time),
      });
    },
  });
}

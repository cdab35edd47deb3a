/** A callback that writes sheets of translated images during training. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';
import { CycleGANError } from '../core/errors.js';
import { optional, resolveOptions, satisfying, show, wholeNumber, withDefault } from '../core/options.js';
import { Random } from '../core/random.js';
import { isSource, type ImageSource } from '../data/images.js';
import type { TrainerCallback } from '../trainer/engine/callback.js';
import { sampleImages } from '../trainer/algorithms/cyclegan/sample-images.js';
import { contactSheet } from './contact-sheet.js';

/** Options of {@link sampleSheets}. */
export interface SampleSheetsOptions {
  /** Images of A, all of the same size: a folder (`imageFolder`), or an array of tensors [h, w, c] in [−1, 1]. */
  A?: ImageSource | readonly tf.Tensor3D[];
  /** Images of B, likewise. */
  B?: ImageSource | readonly tf.Tensor3D[];
  /**
   * Number of images of each domain. The first ones are used.
   * @default 4
   */
  count?: number;
  /**
   * At the end of each epoch, or the number of steps between sheets.
   * @default 'epoch'
   */
  every?: 'epoch' | number;
  /**
   * Factor by which images are enlarged.
   * @default 1
   */
  scale?: number;
}

type ImageSet = NonNullable<SampleSheetsOptions['A']>;
const isSet = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) || 'get' in value) &&
  (value as { length: number }).length > 0;
const images = () =>
  optional(satisfying<ImageSet>(isSet, 'a folder of images or a non-empty array of tensors'));
const entries = {
  A: images(),
  B: images(),
  count: withDefault(wholeNumber(1), 4),
  every: withDefault(
    v.union([v.literal('epoch'), wholeNumber(1)], '"epoch" or a whole number from 1'),
    'epoch',
  ),
  scale: withDefault(wholeNumber(1), 1),
};

/** The first images of a set as a batch [n, h, w, c]. */
async function batchOf(set: ImageSet, count: number): Promise<tf.Tensor4D> {
  const source: ImageSource = isSource(set as ImageSource) ? (set as ImageSource) : { length: set.length, get: (i) => tf.clone((set as readonly tf.Tensor3D[])[i]!) }; // prettier-ignore
  const random = new Random(0);
  const read: tf.Tensor3D[] = [];
  try {
    for (let i = 0; i < Math.min(count, source.length); i++) read.push(await source.get(i, random));
    return tf.stack(read) as tf.Tensor4D;
  } finally {
    tf.dispose(read);
  }
}

/**
 * A callback that writes sheets of some fixed images to a folder during training: `step-000100.png` and so on. Each row shows an
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
export function sampleSheets(folder: string, options: SampleSheetsOptions): TrainerCallback {
  const { A, B, count, every, scale } = resolveOptions('sampleSheets', entries, options);
  if (typeof (folder as unknown) !== 'string' || folder === '') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `sampleSheets: folder must be the path of a folder, got ${show(folder)}.`,
    );
  }
  if (A === undefined && B === undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      'sampleSheets: expected images in option "A", "B", or both, got none.',
    );
  }
  let inputs: { A?: tf.Tensor4D; B?: tf.Tensor4D } = {};
  let sampler: TrainerCallback = {};
  return {
    async onTrainBegin() {
      if (A !== undefined) inputs.A = await batchOf(A, count);
      if (B !== undefined) inputs.B = await batchOf(B, count);
      sampler = sampleImages({
        images: inputs,
        every,
        async onSample({ real_A, fake_B, rec_A, real_B, fake_A, rec_B }, { step }) {
          const ways = [[real_A, fake_B, rec_A], [real_B, fake_A, rec_B]].filter(([real]) => real !== undefined) as tf.Tensor4D[][]; // prettier-ignore
          const rows = tf.tidy(() => ways.flatMap((way) => {
            const [first, ...others] = way.map((batch) => tf.unstack(batch) as tf.Tensor3D[]);
            return first!.map((input, i) => [input, ...others.map((list) => list[i]!)]);
          }) as never) as tf.Tensor3D[][]; // prettier-ignore
          try {
            const name = `step-${String(step).padStart(6, '0')}.png`;
            await contactSheet(join(folder, name), rows, {
              header: ['input', 'translated', 'back again'],
              scale,
            });
          } finally {
            tf.dispose(rows);
          }
        },
      });
    },
    onStepEnd: (...step) => sampler.onStepEnd?.(...step),
    onEpochEnd: (...epoch) => sampler.onEpochEnd?.(...epoch),
    onTrainEnd() {
      tf.dispose([inputs.A, inputs.B].filter((batch) => batch !== undefined));
      inputs = {};
    },
  };
}

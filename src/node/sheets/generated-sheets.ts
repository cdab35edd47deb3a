/** A callback that writes sheets of generated images during the training of a GAN. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { resolveOptions, wholeNumber, withDefault } from '../../core/options.js';
import type { GAN } from '../../models/gan.js';
import { samplingCallback } from '../../trainer/algorithms/sampling.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { sheetCallback, sheetEntries, type SheetExtras, type SheetOptions } from './sheet-callback.js';

/** Options of {@link generatedSheets}. */
export interface GeneratedSheetsOptions extends SheetOptions {
  /**
   * Number of images. Conditional GANs show their classes in turn.
   * @default 16
   */
  count?: number;
  /**
   * Seed of the noise, which is the same for all sheets.
   * @default 1
   */
  seed?: number;
}

const entries = {
  ...sheetEntries,
  count: withDefault(wholeNumber(1), 16),
  seed: withDefault(wholeNumber(0), 1),
};

/**
 * A callback that writes sheets of images from the same noise to a folder during training: `step-00000100.png` and so on. The
 * averaged generator is used if there is an average.
 *
 * @param folder path of the folder, which is created if needed
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`; from `fit`: whatever generating and writing throw
 * @example
 * ```ts
 * import { generatedSheets } from 'ts-cyclegan/node';
 * const sheets = () => generatedSheets('run', { count: 16, every: 100 });
 * ```
 */
export const generatedSheets = (folder: string, options: GeneratedSheetsOptions = {}): TrainerCallback =>
  sheetsOfNoise(folder, options);

/** {@link generatedSheets} as a part of a run folder. */
export function sheetsOfNoise(
  folder: string,
  options: GeneratedSheetsOptions,
  extras: SheetExtras = {},
): TrainerCallback {
  const { count, seed, every, scale } = resolveOptions('generatedSheets', entries, options);
  const columns = Math.ceil(Math.sqrt(count));
  return sheetCallback({
    where: 'generatedSheets',
    folder,
    header: [],
    scale,
    extras,
    begin: (_hold, write) =>
      Promise.resolve(
        samplingCallback(every, async (trainer, time) => {
          const model = trainer.model as Partial<GAN>;
          if (model.generate === undefined) {
            throw new CycleGANError(
              'INVALID_ARGUMENT',
              'generatedSheets: this callback samples a GAN, got a trainer of another model. Use the callback for your trainer.',
            );
          }
          const { classes } = (model as GAN).structure.latent;
          const labels = Array.from({ length: count }, (_, i) => i % classes);
          const images = await trainer.withAverages(() =>
            (model as GAN).generate({ seed, ...(classes > 0 ? { labels } : { count }) }),
          );
          const batches = inColumns(images, columns);
          images.dispose();
          try {
            await write([batches], time);
          } finally {
            tf.dispose(batches);
          }
        }),
      ),
  });
}

/** Images [n, h, w, c] as batches, one for each column of a sheet: image i is in row ⌊i / columns⌋. */
const inColumns = (images: tf.Tensor4D, columns: number): tf.Tensor4D[] =>
  Array.from({ length: columns }, (_, column) => {
    const own = Array.from({ length: images.shape[0] }, (_, i) => i).filter((i) => i % columns === column);
    return tf.tidy(() => tf.gather(images, tf.tensor1d(own, 'int32')));
  });

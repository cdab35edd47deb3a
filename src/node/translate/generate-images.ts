/** Generates images with a GAN, and writes them as numbered files and as one sheet. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import {
  flag,
  optional,
  resolveOptions,
  satisfying,
  show,
  text,
  wholeNumber,
  withDefault,
} from '../../core/options.js';
import { anySeed, Random } from '../../core/random.js';
import { checkGenerate } from '../../models/check-generate.js';
import { GAN, type GenerateOptions } from '../../models/gan.js';
import { drawLatent, latentTensor } from '../../models/latent.js';
import { loadSharp } from '../images/sharp.js';
import { writeImage } from '../images/write-image.js';
import { contactSheet } from '../sheets/contact-sheet.js';

/** Options of {@link generateImages}. */
export interface GenerateImagesOptions extends GenerateOptions {
  /** The folder of the files. It is created if needed. */
  out: string;
  /**
   * Columns of the sheet, which shows the first images, in at most as many rows.
   * @default for labels their count of classes up to 10, else the square root of `count`, at most 8
   */
  columns?: number;
  /**
   * Pixels of the sheet for each pixel of an image.
   * @default 1
   */
  scale?: number;
  /**
   * Whether existing files are replaced. Otherwise nothing is written if one of them exists.
   * @default false
   */
  force?: boolean;
}

/** The result of {@link generateImages}. */
export interface GenerateImagesResult {
  /** The paths of the images. */
  readonly files: readonly string[];
  /** The path of the sheet. */
  readonly sheet: string;
  /** The seed. The same seed generates the same images. */
  readonly seed: number;
}

const where = 'generateImages';
const entries = {
  out: text(),
  count: optional(wholeNumber(1)),
  labels: optional(satisfying<readonly number[]>(Array.isArray, 'an array of one class for each image')),
  codes: optional(
    satisfying<readonly (readonly number[])[]>(Array.isArray, 'an array of one list of codes for each image'),
  ),
  seed: optional(wholeNumber(0)),
  columns: optional(wholeNumber(1)),
  scale: withDefault(wholeNumber(1), 1),
  force: withDefault(flag(), false),
};

/** Images that are generated at a time. */
const atOnce = 16;

/**
 * Generates images with a GAN and writes them to a folder: `0001.png`, `0002.png`, …, and `sheet.png`. Each write is atomic.
 *
 * @throws CycleGANError before anything is written: `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`; `INVALID_ARGUMENT`, also if a
 * file exists; `UNSUPPORTED` without sharp, or for images of other than 1 or 3 channels
 * @example
 * ```ts
 * import { GAN } from 'ts-cyclegan';
 * import { fileSystem, generateImages } from 'ts-cyclegan/node';
 * const run = async () => {
 *   const model = await GAN.load(fileSystem('runs/digits/model'));
 *   await generateImages(model, { labels: [0, 1, 2, 3, 4], out: 'digits', seed: 1 });
 * };
 * ```
 */
export async function generateImages(
  model: GAN,
  options: GenerateImagesOptions,
): Promise<GenerateImagesResult> {
  const settings = resolveOptions(where, entries, options);
  const { out, labels, codes, scale, force, seed = anySeed() } = settings;
  checkModel(model);
  const { latent } = model.structure;
  const count = settings.count ?? labels?.length ?? codes?.length ?? 1;
  checkGenerate(where, latent, count, labels, codes);
  const digits = Math.max(4, String(count).length);
  const files = Array.from({ length: count }, (_, i) =>
    join(out, `${String(i + 1).padStart(digits, '0')}.png`),
  );
  const sheet = join(out, 'sheet.png');
  const existing = force ? undefined : [...files, sheet].find((file) => existsSync(file));
  if (existing !== undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: the file ${show(existing)} exists. Use another folder for out, or pass force: true to replace it.`,
    );
  }
  await loadSharp();
  const natural =
    labels !== undefined && latent.classes <= 10 ? latent.classes : Math.min(8, Math.ceil(Math.sqrt(count)));
  const columns = Math.min(count, settings.columns ?? natural);
  const random = new Random(seed);
  const shown: tf.Tensor3D[] = [];
  try {
    for (let from = 0; from < count; from += atOnce) {
      const to = Math.min(count, from + atOnce);
      const given = { labels: labels?.slice(from, to), codes: codes?.slice(from, to) };
      const values = drawLatent(latent, to - from, random, given);
      const images = tf.tidy(() => {
        const input = latentTensor(latent, to - from, values);
        const batch = model.generator.apply(input, { training: false }) as tf.Tensor4D;
        return tf.unstack(tf.clipByValue(batch, -1, 1)) as tf.Tensor3D[];
      });
      for (const [i, image] of images.entries()) {
        if (from + i < columns * columns) shown.push(image);
      }
      try {
        for (const [i, image] of images.entries()) await writeImage(files[from + i]!, image);
      } finally {
        tf.dispose(images.filter((image) => !shown.includes(image)));
      }
    }
    const rows = Array.from({ length: Math.ceil(shown.length / columns) }, (_, row) =>
      shown.slice(row * columns, (row + 1) * columns),
    );
    await contactSheet(sheet, rows, { scale });
  } finally {
    tf.dispose(shown);
  }
  return { files, sheet, seed };
}

function checkModel(model: GAN): void {
  const given: unknown = model;
  if (!(given instanceof GAN)) {
    throw new CycleGANError('INVALID_ARGUMENT', `${where}: model must be a GAN, got ${show(given)}.`);
  }
  if (given.disposed) {
    throw new CycleGANError('DISPOSED', `${where}: the model has been disposed. Build or load a new one.`);
  }
  const channels = given.generator.outputs[0]!.shape.at(-1);
  if (channels === 1 || channels === 3) return;
  throw new CycleGANError(
    'UNSUPPORTED',
    `${where}: the model must generate images of 1 or 3 channels, got ${channels}. Use model.generate.`,
  );
}

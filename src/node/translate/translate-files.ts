/**
 * Translates image files. While an image is translated, the next one is decoded and the one before is encoded, in sharp's
 * threads.
 */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { nextTask } from '../../core/next-task.js';
import {
  flag,
  oneOf,
  optional,
  resolveOptions,
  satisfying,
  text,
  wholeNumber,
  withDefault,
} from '../../core/options.js';
import { normalizeImage } from '../../data/preprocess.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import {
  chosenGenerator,
  translateImage,
  translateImageEntries,
  type TranslateImageOptions,
  type TranslatingModel,
} from '../../translate/translate-image.js';
import { isUnfinished, removeLeftovers, writeFileAtomically } from '../files/write-file.js';
import { type DecodedImage, naming, openImage } from '../images/decode.js';
import { loadSharp } from '../images/sharp.js';
import { levelsOf } from '../images/write-image.js';
import { encoded, type Format } from './encode.js';
import { listInputs } from './inputs.js';
import { checkOut, type Job, planOutputs } from './outputs.js';

/** A file that {@link translateFiles} has come to, in the order of their names. */
export interface TranslatedFile {
  /** The path of the image. */
  readonly path: string;
  /** The path of its result. */
  readonly output: string;
  readonly status: 'translated' | 'skipped' | 'failed';
  /** Why it was skipped or has failed. */
  readonly reason?: string;
  /** Its position among `count` files, from 1. */
  readonly index: number;
  readonly count: number;
}

/** Options of {@link translateFiles}. */
export interface TranslateFilesOptions extends TranslateImageOptions {
  /** The direction of the translation; undefined for a `Pix2Pix`. */
  direction?: Direction;
  /** The folder of the results. It is created if needed. */
  out: string;
  /**
   * The format of the results. `png` is lossless.
   * @default 'png'
   */
  format?: Format;
  /**
   * The quality of `webp` and `jpeg`, from 1 to 100.
   * @default 90
   */
  quality?: number;
  /**
   * Resizes each image before its translation: the length of its shorter side, or its height and width. Models work best on
   * images of the scale that they were trained on.
   * @default the size of the file
   */
  size?: number | readonly [height: number, width: number];
  /**
   * Whether existing results are replaced. Otherwise they are skipped, so a second run translates what is missing. Inputs are
   * never replaced.
   * @default false
   */
  force?: boolean;
  /**
   * Translates one part of the files: `{ index: 2, count: 8 }` is the second of eight parts. All parts together are all files,
   * each once.
   */
  shard?: { readonly index: number; readonly count: number };
  /** Is called after each file. */
  onFile?: (file: TranslatedFile) => void;
  /** Ends the work after the current file. */
  signal?: AbortSignal;
}

/** The result of {@link translateFiles}. */
export interface TranslateFilesResult {
  /** The paths of new results. */
  readonly translated: readonly string[];
  /** The paths of results that existed before. */
  readonly skipped: readonly string[];
  /** The images that could not be read or translated. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  /** Whether `signal` has ended the work before the last file. */
  readonly aborted: boolean;
}

const isSide = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isSize = (value: unknown): boolean =>
  isSide(value) || (Array.isArray(value) && value.length === 2 && value.every(isSide));
function isShard(value: unknown): boolean {
  const { index, count, ...others } = (value ?? {}) as Record<string, number>;
  return isSide(index) && isSide(count) && index! <= count! && Object.keys(others).length === 0;
}

const where = 'translateFiles';
const entries = {
  ...translateImageEntries,
  direction: optional(oneOf('AtoB', 'BtoA')),
  out: text(),
  format: withDefault(oneOf('png', 'webp', 'jpeg'), 'png'),
  quality: optional(wholeNumber(1, 100)),
  size: optional(
    satisfying<NonNullable<TranslateFilesOptions['size']>>(
      isSize,
      'a whole number of pixels from 1, or [height, width]',
    ),
  ),
  force: withDefault(flag(), false),
  shard: optional(
    satisfying<NonNullable<TranslateFilesOptions['shard']>>(
      isShard,
      '{ index, count } with whole numbers, index from 1 to count',
    ),
  ),
  onFile: optional(
    satisfying<NonNullable<TranslateFilesOptions['onFile']>>(
      (value) => typeof value === 'function',
      'a function',
    ),
  ),
  signal: optional(satisfying<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal')),
};

/**
 * Translates image files of any size, and writes the results to a folder under the same names and in the same subfolders.
 *
 * Images are decoded as in `imageFolder`: rotated by EXIF, converted to sRGB, and transparent pixels become white. An image that
 * cannot be read or translated is reported, and the work goes on. Writes are atomic: a result is complete or does not exist, also
 * if the program is killed. Run it again to translate what is missing.
 *
 * @param model a `CycleGAN`, `Pix2Pix` or `Translator`
 * @param inputs a file, a folder (with its subfolders) or a glob, or an array of them. Names are relative to the folder, or to the
 * part of the glob before its first wildcard
 * @returns what was translated, skipped and failed, in the order of the names: `frame2` comes before `frame10`
 * @throws CycleGANError before work begins: `UNKNOWN_OPTION`, `INVALID_OPTION`; `INVALID_ARGUMENT`, also if two images would have
 * the same result, or a result would replace an input; `NOT_FOUND`; `INVALID_DATA` for a folder without images; `DISPOSED`;
 * `UNSUPPORTED` without sharp, or for a model whose channels cannot be read from or written to files. File system errors if a
 * result cannot be written
 * @example
 * ```ts
 * import { CycleGAN } from 'ts-cyclegan';
 * import { fileSystem, translateFiles } from 'ts-cyclegan/node';
 * const run = async () => {
 *   const model = await CycleGAN.load(fileSystem('runs/first/model'));
 *   const { translated, failed } = await translateFiles(model, 'photos/**\/*.jpg', {
 *     direction: 'AtoB',
 *     out: 'paintings',
 *   });
 *   console.log(translated.length, failed);
 * };
 * ```
 */
export async function translateFiles(
  model: TranslatingModel,
  inputs: string | readonly string[],
  options: TranslateFilesOptions,
): Promise<TranslateFilesResult> {
  const { signal, ...others } =
    (options as TranslateFilesOptions | undefined) ?? ({} as TranslateFilesOptions);
  const resolved = resolveOptions(where, entries, others); // which would copy the signal
  resolveOptions(where, { signal: entries.signal }, { signal });
  const settings = { ...resolved, channels: checkModel(model, resolved) };
  checkOut(where, settings.out);
  const all = planOutputs(where, listInputs(where, inputs, settings.out), settings.out, settings.format);
  const { index = 1, count = 1 } = settings.shard ?? {};
  const jobs = all.filter((_, i) => i % count === index - 1);
  await loadSharp();
  return await new Translation(model, settings, jobs, signal).run();
}

type Settings = Omit<ReturnType<typeof resolveOptions<typeof entries>>, 'signal'> & { channels: 1 | 3 | 4 };

/** Checks that images of the model can be read and written. Returns the channels of the inputs. */
function checkModel(
  model: TranslatingModel,
  { direction, mode, seed, format, quality }: ReturnType<typeof resolveOptions<typeof entries>>,
): 1 | 3 | 4 {
  if (quality !== undefined && format === 'png') {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "quality" belongs to the formats webp and jpeg, but format is "png", which is lossless. ` +
        'Leave "quality" out, or choose another format.',
    );
  }
  const { generator } = chosenGenerator(where, model, direction, { mode, seed });
  const input = generator.inputs[0]!.shape.at(-1)!;
  const output = generator.outputs[0]!.shape.at(-1)!;
  const writable = format === 'jpeg' ? [1, 3] : [1, 3, 4];
  if (![1, 3, 4].includes(input) || !writable.includes(output)) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: the model must read images of 1, 3 or 4 channels and return ${writable.join(', ').replace(/, (\d)$/, ' or $1')} ` +
        `for ${format}, got ${input} and ${output}. Use translateImage with your own files.`,
    );
  }
  return input as 1 | 3 | 4;
}

/** The state of a call. */
class Translation {
  readonly #translated: string[] = [];
  readonly #skipped: string[] = [];
  readonly #failed: { path: string; reason: string }[] = [];
  /** The result that is being encoded and written. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly model: TranslatingModel,
    private readonly settings: Settings,
    private readonly jobs: readonly Job[],
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<TranslateFilesResult> {
    let at = 0;
    try {
      let next = await this.#begin(0);
      for (; at < this.jobs.length && !this.#isAborted(); at++) {
        const current = next;
        next = await this.#begin(at + 1); // its header is read now, its pixels during the translation
        await this.#translate(at, current);
        await nextTask();
      }
      await next?.image.catch(() => undefined);
    } finally {
      await this.#writing;
    }
    await this.#tidyUp();
    return {
      translated: this.#translated,
      skipped: this.#skipped,
      failed: this.#failed,
      aborted: at < this.jobs.length,
    };
  }

  #isAborted(): boolean {
    return this.signal?.aborted === true;
  }

  /** Begins to decode an image. */
  async #begin(index: number): Promise<{ image: Promise<DecodedImage> } | undefined> {
    const job = this.jobs[index];
    if (job === undefined || this.#isAborted() || this.#exists(job)) return undefined;
    const image = naming(where, job.input, 'Repair or remove the file.', async () => {
      const file = await openImage(job.input, {
        channels: this.settings.channels,
        background: [255, 255, 255],
      });
      return { pixels: file.decode(this.#sizeOf(file.size)) };
    });
    const decoded = image.then(({ pixels }) =>
      naming(where, job.input, 'Repair or remove the file.', () => pixels),
    );
    decoded.catch(() => undefined); // reported when its turn comes
    await image.catch(() => undefined);
    return { image: decoded };
  }

  #exists({ output }: Job): boolean {
    return !this.settings.force && existsSync(output);
  }

  /** The size to which an image is resized, if any. */
  #sizeOf([height, width]: readonly [number, number]): [number, number] | undefined {
    const { size } = this.settings;
    if (size === undefined) return undefined;
    if (typeof size !== 'number') return [...size];
    const factor = size / Math.min(height, width);
    return [Math.max(1, Math.round(height * factor)), Math.max(1, Math.round(width * factor))];
  }

  async #translate(index: number, begun: { image: Promise<DecodedImage> } | undefined): Promise<void> {
    const job = this.jobs[index]!;
    if (begun === undefined) {
      await this.#writing; // files are reported in order
      this.#skipped.push(job.output);
      this.#report(job, index, 'skipped', 'the result exists');
      return;
    }
    let levels;
    try {
      levels = await this.#levels(await begun.image);
    } catch (error) {
      // the same for all images
      if (isCycleGANError(error, 'DISPOSED') || isCycleGANError(error, 'UNSUPPORTED')) throw error;
      const reason = (error as Error).message;
      await this.#writing;
      this.#failed.push({ path: job.input, reason });
      this.#report(job, index, 'failed', reason);
      return;
    }
    await this.#writing;
    const { format, quality = 90 } = this.settings;
    this.#writing = encoded(levels, format, quality)
      .then((file) => writeFileAtomically(job.output, file))
      .then(() => {
        this.#translated.push(job.output);
        this.#report(job, index, 'translated');
      });
    this.#writing.catch(() => undefined); // thrown where it is awaited
  }

  /** Translates an image, and rounds the result to levels. */
  async #levels({ levels, shape }: DecodedImage) {
    const { direction, tile, mode, seed } = this.settings;
    const image = tf.tidy(() => normalizeImage(tf.tensor3d(levels, shape)));
    let translated: tf.Tensor3D | undefined;
    try {
      translated = await translateImage(this.model, image, direction, { tile, mode, seed });
      return await levelsOf(where, translated);
    } finally {
      tf.dispose([image, ...(translated ? [translated] : [])]);
    }
  }

  #report(job: Job, index: number, status: TranslatedFile['status'], reason?: string): void {
    this.settings.onFile?.({
      path: job.input,
      output: job.output,
      status,
      ...(reason !== undefined && { reason }),
      index: index + 1,
      count: this.jobs.length,
    });
  }

  /** Removes unfinished files of killed programs from the folders of the results. */
  async #tidyUp(): Promise<void> {
    const names = new Map<string, Set<string>>();
    for (const { output } of this.jobs) {
      const folder = dirname(output);
      names.set(folder, (names.get(folder) ?? new Set()).add(basename(output)));
    }
    const fresh = new Map(this.#translated.map((output) => [dirname(output), output]));
    for (const [folder, file] of fresh) {
      const ours = names.get(folder)!;
      await removeLeftovers(folder, (name) => isUnfinished(name, (target) => ours.has(target)), file);
    }
  }
}

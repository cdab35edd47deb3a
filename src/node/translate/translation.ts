/**
 * Translates files one by one. While an image is translated, the next one is decoded and the one before is encoded, in sharp's
 * threads.
 */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { isCycleGANError } from '../../core/errors.js';
import { nextTask } from '../../core/next-task.js';
import { resolveOptions } from '../../core/options.js';
import { normalizeImage } from '../../data/preprocess.js';
import { translateImage, type TranslatingModel } from '../../translate/translate-image.js';
import { isUnfinished, removeLeftovers, writeFileAtomically } from '../files/write-file.js';
import { decodeEntries, type DecodedImage } from '../../data/image-file.js';
import { naming, openImage } from '../images/decode.js';
import { levelsOfTensor } from '../../data/levels-of-tensor.js';
import { encoded } from './encode.js';
import type { Job } from './outputs.js';
import { type Settings, type TranslatedFile, type TranslateFilesResult, where } from './translate-options.js';

/** The state of a call. */
export class Translation {
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
      const { channels } = this.settings;
      const file = await openImage(job.input, resolveOptions(where, decodeEntries, { channels }));
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
      return await levelsOfTensor(where, translated);
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

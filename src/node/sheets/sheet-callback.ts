/** What callbacks that write sheets of images have in common: the files, and the images that they hold while training. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { show, wholeNumber, withDefault } from '../../core/options.js';
import { isUnreadable } from '../../data/reader.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { everyEntry } from '../../trainer/algorithms/sampling.js';
import { contactSheet } from './contact-sheet.js';

/** Options of all of these callbacks. */
export interface SheetOptions {
  /**
   * How many images are shown, from the first.
   * @default 4
   */
  count?: number;
  /**
   * At the end of each epoch, or after this number of steps.
   * @default 'epoch'
   */
  every?: 'epoch' | number;
  /**
   * Pixels of the sheet for each pixel of an image.
   * @default 1
   */
  scale?: number;
}

/** Schemas of {@link SheetOptions}. */
export const sheetEntries = {
  count: withDefault(wholeNumber(1), 4),
  every: everyEntry,
  scale: withDefault(wholeNumber(1), 1),
};

/** Writes a sheet. Each group of batches [n, h, w, c] becomes n rows, a column for each batch. */
export type WriteSheet = (
  groups: readonly (readonly tf.Tensor4D[])[],
  time: { step: number },
) => Promise<void>;

/** Called with the images of a sheet after it was written. */
export type OnSheet = (
  groups: readonly (readonly tf.Tensor4D[])[],
  time: { step: number },
  file: string,
) => Promise<void>;

/** What a run folder adds to sheets. */
export interface SheetExtras {
  readonly onSheet?: OnSheet;
  /** Runs the write of a sheet, for example until the disk has space. */
  readonly attempt?: (write: () => Promise<void>) => Promise<void>;
}

/** What a sheet shows, and where it goes. */
export interface Sheets {
  /** For messages. */
  readonly where: string;
  readonly folder: string;
  /** The labels of the columns. */
  readonly header: readonly string[];
  readonly scale: number;
  readonly extras: SheetExtras;
  /**
   * Reads the images when training begins.
   *
   * @param hold keeps tensors until training ends
   * @returns a callback that samples the model and has sheets written
   */
  readonly begin: (
    hold: <T extends tf.Tensor>(images: T) => T,
    write: WriteSheet,
  ) => Promise<TrainerCallback>;
}

/** @throws CycleGANError `INVALID_ARGUMENT` */
export function sheetCallback({ where, folder, header, scale, begin, extras }: Sheets): TrainerCallback {
  if (typeof (folder as unknown) !== 'string' || folder === '') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: folder must be the path of a folder, got ${show(folder)}.`,
    );
  }
  const { onSheet, attempt = (action: () => Promise<void>) => action() } = extras;
  const held: tf.Tensor[] = [];
  let sampler: TrainerCallback = {};
  const hold = <T extends tf.Tensor>(images: T): T => {
    held.push(images);
    return images;
  };
  const write: WriteSheet = async (groups, { step }) => {
    const rows = tf.tidy(() => groups.flatMap(rowsOf) as never) as tf.Tensor3D[][];
    try {
      const file = join(folder, `step-${String(step).padStart(8, '0')}.png`);
      await attempt(() => contactSheet(file, rows, { header, scale }));
      await onSheet?.(groups, { step }, file);
    } finally {
      tf.dispose(rows);
    }
  };
  return {
    async onTrainBegin() {
      sampler = await begin(hold, write);
    },
    onStepEnd: (...step) => sampler.onStepEnd?.(...step),
    onEpochEnd: (...epoch) => sampler.onEpochEnd?.(...epoch),
    onTrainEnd() {
      tf.dispose(held);
      held.length = 0;
    },
  };
}

/** Image i of every batch in row i. The last batches may have fewer images. */
function rowsOf(batches: readonly tf.Tensor4D[]): tf.Tensor3D[][] {
  const [first, ...others] = batches.map((batch) => tf.unstack(batch) as tf.Tensor3D[]);
  return first!.map((image, i) => [image, ...others.flatMap((list) => list[i] ?? [])]);
}

/** A set of images or pairs: a source, or an array. */
interface Items {
  readonly length: number;
  readonly onError?: 'throw' | 'skip';
}

/**
 * The first items of a set. With `onError: 'skip'`, those that cannot be read are left out, as in training.
 *
 * @throws CycleGANError `INVALID_DATA` if none can be read; the errors of `read`
 */
export async function firstItems<T extends tf.TensorContainer>(
  where: string,
  name: string,
  { length, onError }: Items,
  count: number,
  read: (index: number) => T | Promise<T>,
): Promise<T[]> {
  const items: T[] = [];
  try {
    for (let i = 0; i < length && items.length < count; i++) {
      try {
        items.push(await read(i));
      } catch (error) {
        if (onError !== 'skip' || !isUnreadable(error)) throw error;
      }
    }
  } catch (error) {
    tf.dispose(items);
    throw error;
  }
  if (items.length > 0) return items;
  throw new CycleGANError(
    'INVALID_DATA',
    `${where}: option "${name}" must have at least one image that can be read, got none among ${length}. ` +
      'Repair the files, or pass other images.',
  );
}

/** Images [h, w, c] as a batch [n, h, w, c]. The images are disposed. */
export function stacked(images: readonly tf.Tensor3D[]): tf.Tensor4D {
  try {
    return tf.stack([...images]) as tf.Tensor4D;
  } finally {
    tf.dispose([...images]);
  }
}

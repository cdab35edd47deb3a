/** Reads all images of a folder as training would, and reports what it found. */
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import {
  oneOf,
  optional,
  resolveOptions,
  satisfying,
  show,
  wholeNumber,
  withDefault,
} from '../../core/options.js';
import { codeOf } from '../files/error-code.js';
import { decodeEntries } from '../../data/image-file.js';
import { damageOf, lostReason } from '../images/decode.js';
import { extensions, listImages, type SkippedFile } from '../images/list-images.js';
import { difference, findDuplicates, mostFine } from './duplicates.js';
import { type FolderLayout, folderParts } from './folder-parts.js';
import { type DecodeSettings, fineThumbnail, imageFacts, type Inspected } from './image-facts.js';
import { inspectedPart } from './inspected-part.js';
import type { Duplicates, Inspection } from './inspection.js';

/** Options of {@link inspectFolder}. */
export interface InspectOptions {
  /**
   * The training size in pixels. Images whose shorter side is smaller are counted.
   * @default 256
   */
  size?: number;
  /**
   * How the folder is arranged.
   * @default by its subfolders: `'unpaired'` with `trainA` or `trainB`, `'pairs'` with `train`, `val` or `test`, otherwise `'images'`
   */
  layout?: FolderLayout;
  /** Is called after each image. */
  onProgress?: (done: number, total: number) => void;
  /** Ends the inspection. */
  signal?: AbortSignal;
}

const where = 'inspectFolder';
const isFunction = (value: unknown) => typeof value === 'function';
const entries = {
  size: withDefault(wholeNumber(1), 256),
  layout: optional(oneOf('unpaired', 'pairs', 'images')),
  onProgress: optional(satisfying<(done: number, total: number) => void>(isFunction, 'a function')),
  signal: optional(satisfying<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal')),
};

/**
 * Inspects a folder of images: counts, sizes, formats and colours of each subfolder, broken images with reasons, images that occur
 * more than once or look the same, also between training and test. Each image is decoded once, in the threads of sharp, one for each
 * core of the machine at a time.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `NOT_FOUND`, `INVALID_ARGUMENT` for a path that is not a folder,
 * `INVALID_DATA` for a folder without images, `UNSUPPORTED` without sharp; the reason of `signal`
 * @example
 * ```ts
 * import { inspectFolder } from 'ts-cyclegan/node';
 * const { parts, duplicates } = await inspectFolder('data', { size: 64 });
 * for (const { name, images, sizes } of parts) console.log(name, images, sizes?.median);
 * console.log(duplicates.filter(({ kind }) => kind === 'train-test'));
 * ```
 */
export async function inspectFolder(folder: string, options: InspectOptions = {}): Promise<Inspection> {
  const { size, layout: wanted, onProgress, signal } = resolveOptions(where, entries, options);
  const { layout, parts, ignored } = folderParts(where, folder, wanted);
  const settings = resolveOptions(where, decodeEntries, {});

  const images: Inspected[] = [];
  const skipped: SkippedFile[] = [];
  for (const part of parts) {
    const root = join(folder, part.name);
    const listing = listImages(root);
    const prefix = part.name === '.' ? '' : `${part.name}/`;
    for (const name of listing.names) images.push({ name: prefix + name, part });
    for (const { path, reason } of listing.skipped) {
      skipped.push({ path: prefix + relative(root, path).replaceAll('\\', '/'), reason });
    }
  }
  if (images.length === 0) {
    const names = parts.map(({ name }) => name).join(', ');
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: ${show(folder)} must have at least one image (${extensions.join(', ')}), got none in ${names}.`,
    );
  }

  const reasons = new Map<string, string>();
  const examine = async (image: Inspected): Promise<void> => {
    try {
      image.facts = await imageFacts(join(folder, image.name), settings, layout === 'pairs');
      reasons.delete(image.name);
    } catch (error) {
      if (isCycleGANError(error, 'UNSUPPORTED')) throw error; // sharp is missing
      reasons.set(image.name, reasonOf(error));
    }
  };
  let done = 0;
  await inParallel(images, signal, async (image) => {
    await examine(image);
    onProgress?.(++done, images.length);
  });
  // one by one, as another image that is read at the same time may remove the message of sharp
  for (const image of images) if (reasons.get(image.name) === lostReason) await examine(image);
  return {
    folder,
    layout,
    size,
    parts: parts.map((part) =>
      inspectedPart(
        part,
        images.filter((image) => image.part === part),
        size,
      ),
    ),
    broken: images.flatMap(({ name }) => {
      const reason = reasons.get(name);
      return reason === undefined ? [] : [{ path: name, reason }];
    }),
    skipped,
    ignored,
    duplicates: await duplicatesOf(folder, images, settings, signal),
  };
}

/** Runs `work` for each item, as many at a time as there are cores. The first error ends it. */
async function inParallel<T>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      signal?.throwIfAborted();
      try {
        await work(items[next++]!);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
  const failed = workers.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'it has disappeared';
  if (code === 'EACCES') return 'the permission is missing';
  return damageOf(error).replace(/\s*\n\s*/g, '; ');
}

async function duplicatesOf(
  folder: string,
  all: readonly Inspected[],
  settings: DecodeSettings,
  signal: AbortSignal | undefined,
): Promise<Duplicates[]> {
  const images = all.filter((image) => image.facts !== undefined);
  const look = (i: number) => fineThumbnail(join(folder, images[i]!.name), settings);
  const looksAlike = async (a: number, b: number) =>
    difference(...(await Promise.all([look(a), look(b)]))) <= mostFine;
  const groups = await findDuplicates(
    images.map(({ facts }) => facts!),
    (a, b) => looksAlike(a, b).catch(() => false), // a file has changed since
    signal,
  );
  return groups.map(({ exact, indices }) => {
    const members = indices.map((i) => images[i]!);
    const differ = (key: 'split' | 'domain') => new Set(members.map(({ part }) => part[key])).size > 1;
    return {
      files: members.map(({ name }) => name),
      exact,
      kind: differ('split') ? 'train-test' : differ('domain') ? 'domains' : 'within',
    };
  });
}

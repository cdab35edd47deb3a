/** The options and the result of `translateFiles`. */
import {
  flag,
  oneOf,
  optional,
  type Resolved,
  satisfying,
  text,
  wholeNumber,
  withDefault,
} from '../../core/options.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { translateImageEntries, type TranslateImageOptions } from '../../translate/translate-image.js';

/** A file that {@link translateFiles} has processed, in the order of the names. */
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
  /** The direction of the translation; undefined for a `Pix2Pix` or a `CUT`. */
  direction?: Direction;
  /** The folder of the results. It is created if needed. */
  out: string;
  /**
   * The format of the results. `png` is lossless.
   * @default 'png'
   */
  format?: 'png' | 'webp' | 'jpeg';
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
   * Whether existing results are replaced. Otherwise they are skipped, so a second run translates the missing ones. Inputs are
   * never replaced.
   * @default false
   */
  force?: boolean;
  /**
   * Translates one part of the files: `{ index: 2, count: 8 }` is the second of eight parts. All parts together are all files,
   * each once. The part of a file depends on a hash of its name, so it stays the same if other files are added or removed. Parts
   * differ a little in size.
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

/** The name of the function in messages. */
export const where = 'translateFiles';
export const entries = {
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

/** Resolved options, and the channels in which images are read. */
export type Settings = Readonly<Omit<Resolved<typeof entries>, 'signal'>> & { readonly channels: 1 | 3 | 4 };

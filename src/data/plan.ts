/**
 * What happens to one picture before training, as plain numbers: all random draws are made here, so that
 * tensor functions, sharp or a canvas can carry out the same plan.
 * P: resize, crop, flip, with Pillow's bicubic; K: flip, resize, crop, with TensorFlow's bilinear.
 * Source: P `data/base_dataset.py` (get_params, get_transform); K `preprocess_train_image`.
 */
import { type Convention, conventionEntry } from '../core/convention.js';
import { CycleGANError } from '../core/errors.js';
import {
  finiteNumber,
  flag,
  oneOf,
  optional,
  resolveOptions,
  type Resolved,
  wholeNumber,
  withDefault,
} from '../core/options.js';
import type { RandomSource } from '../core/random.js';
import type { ResizeFilter } from './resample.js';

/** A window of a picture: [top, left, height, width] in pixels. */
export type CropWindow = readonly [top: number, left: number, height: number, width: number];

/** What to do with one picture. */
export interface PreprocessPlan {
  /** [height, width] to resize to, or null to leave the size alone. */
  readonly resize: readonly [height: number, width: number] | null;
  /** How to resize. */
  readonly filter: ResizeFilter;
  /** The window to cut out after resizing, or null. It may reach beyond the picture, where all is black. */
  readonly crop: CropWindow | null;
  /** Whether to mirror the picture left to right, and when: before the resize (K) or after the crop (P). */
  readonly flip: 'first' | 'last' | false;
}

/** Options of {@link planPreprocess}. */
export interface PreprocessOptions {
  /**
   * K's way (flip, bilinear resize, crop) or P's (bicubic resize, crop, flip).
   * @default 'keras'
   */
  convention?: Convention;
  /**
   * Random crop and flip, or neither: then pictures become `cropSize` at once, as P and K do for testing.
   * @default true
   */
  training?: boolean;
  /**
   * P's `--preprocess`:
   * `resize_and_crop`: to loadSize × loadSize, then a crop; `crop`: a crop of the picture as it is;
   * `scale_width`: to loadSize in width, at least cropSize in height; `scale_width_and_crop`: that, then a crop;
   * `none`: only to multiples of 4, which the networks need. `scale_width`, and images that are smaller than the
   * crop, become multiples of 4 as well, where P leaves sizes that its networks cannot take.
   * @default 'resize_and_crop'
   */
  mode?: 'resize_and_crop' | 'crop' | 'scale_width' | 'scale_width_and_crop' | 'none';
  /**
   * Pixels after the resize.
   * @default 286 for crops of 256 in training, and in proportion; else `cropSize`
   */
  loadSize?: number;
  /**
   * Pixels of the crop.
   * @default 256
   */
  cropSize?: number;
  /**
   * How often a picture is mirrored, 0 to 1.
   * @default 0.5 in training, else 0
   */
  flip?: number;
}

/** The schemas of {@link PreprocessOptions}, for functions that take them among others. */
export const preprocessEntries = {
  convention: conventionEntry('keras'),
  training: withDefault(flag(), true),
  mode: withDefault(
    oneOf('resize_and_crop', 'crop', 'scale_width', 'scale_width_and_crop', 'none'),
    'resize_and_crop',
  ),
  loadSize: optional(wholeNumber(1)),
  cropSize: withDefault(wholeNumber(1), 256),
  flip: optional(finiteNumber(0, 1)),
};

type Settings = Readonly<Resolved<typeof preprocessEntries>>;
type Size = [height: number, width: number];

/**
 * The size that P gives an image. {@link planPreprocess} rounds it to multiples of 4 where it depends on the image.
 *
 * @param size [height, width] of the picture
 * @returns [height, width]
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`; `INVALID_SHAPE` where nothing would be left of it
 */
export function preprocessSize(
  options: PreprocessOptions,
  size: readonly [number, number],
): [height: number, width: number] {
  const settings = resolveOptions('preprocessSize', preprocessEntries, options);
  const resized = sizeAfterResize(settings, size);
  return isCropped(settings, resized) ? [settings.cropSize, settings.cropSize] : resized;
}

/**
 * Decides what to do with a picture, drawing where to crop it and whether to mirror it.
 *
 * @param size [height, width] of the picture
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`; `INVALID_SHAPE` where nothing would be left of it
 */
export function planPreprocess(
  options: PreprocessOptions,
  size: readonly [number, number],
  random: RandomSource,
): PreprocessPlan {
  return planOne(resolveOptions('planPreprocess', preprocessEntries, options), size, random);
}

/** {@link planPreprocess} for options that have been checked. */
export function planOne(
  settings: Settings,
  size: readonly [number, number],
  random: RandomSource,
): PreprocessPlan {
  const { convention, mode, training, cropSize, flip = training ? 0.5 : 0 } = settings;
  const resized = sizeAfterResize(settings, size);
  const cropped = isCropped(settings, resized);
  const fixed = cropped || mode === 'resize_and_crop'; // by the options: the same for every image
  const [height, width] = fixed ? resized : multiplesOf4(mode, resized);
  // Any place is as likely as any other; for testing it is the middle.
  const place = (room: number) => (training ? random.index(room + 1) : Math.floor(room / 2));
  const left = place(Math.max(0, width - cropSize));
  const top = place(Math.max(0, height - cropSize));
  const flipped = random.uniform() < flip;
  return {
    resize: height === size[0] && width === size[1] ? null : [height, width],
    filter: convention === 'keras' ? 'bilinear' : 'bicubic',
    crop: cropped ? [top, left, cropSize, cropSize] : null,
    flip: flipped && (convention === 'keras' ? 'first' : 'last'),
  };
}

function sizeAfterResize(settings: Settings, [height, width]: readonly [number, number]): Size {
  const { mode, training, cropSize } = settings;
  const { loadSize = training ? Math.round((cropSize * 286) / 256) : cropSize } = settings;
  switch (mode) {
    case 'resize_and_crop':
      return [loadSize, loadSize];
    case 'scale_width':
    case 'scale_width_and_crop':
      if (width === loadSize && height >= cropSize) return [height, width];
      return [Math.floor(Math.max((loadSize * height) / width, cropSize)), loadSize];
    case 'crop':
      return [height, width];
    case 'none':
      return multiplesOf4(mode, [height, width]);
  }
}

/** Where it is larger than the crop on either side; P leaves smaller pictures alone. */
const isCropped = ({ mode, cropSize }: Settings, size: Size): boolean =>
  mode.includes('crop') && Math.max(...size) > cropSize;

/** @throws CycleGANError `INVALID_SHAPE` if nothing is left */
function multiplesOf4(mode: string, [height, width]: Size): Size {
  const size: Size = [multipleOf4(height), multipleOf4(width)];
  if (!size.includes(0)) return size;
  throw new CycleGANError(
    'INVALID_SHAPE',
    `preprocessing: mode "${mode}" rounds sizes to multiples of 4, and of ${height}×${width} pixels nothing ` +
      'is left. Leave the picture out, or choose another mode.',
  );
}

/** The nearest multiple of 4; of two, the multiple of 8, as Python rounds halves to even. */
function multipleOf4(size: number): number {
  return size % 8 === 2 ? size - 2 : 4 * Math.round(size / 4);
}

/**
 * The plan for preprocessing one image, as plain data. All random draws are made here, so tensor functions, sharp or a canvas can
 * run the same plan.
 *
 * PyTorch: resize (Pillow's bicubic), crop, flip; source: `data/base_dataset.py` (get_params, get_transform).
 * Keras: flip, resize (TensorFlow's bilinear), crop; source: `preprocess_train_image`.
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

/** A window of an image: [top, left, height, width] in pixels. */
export type CropWindow = readonly [top: number, left: number, height: number, width: number];

/** The preprocessing of one image. */
export interface PreprocessPlan {
  /** [height, width] to resize to, or null to keep the size. */
  readonly resize: readonly [height: number, width: number] | null;
  /** The filter of the resize. */
  readonly filter: ResizeFilter;
  /** The window to crop after resizing, or null. Pixels outside the image are black. */
  readonly crop: CropWindow | null;
  /** Whether to mirror the image horizontally: before the resize (`first`, Keras) or after the crop (`last`, PyTorch). */
  readonly flip: 'first' | 'last' | false;
}

/** Options of {@link planPreprocess}. */
export interface PreprocessOptions {
  /**
   * The order and filter of the Keras example (flip, bilinear resize, crop) or of the PyTorch program (bicubic resize, crop,
   * flip).
   * @default 'keras'
   */
  convention?: Convention;
  /**
   * Whether to crop and flip at random. Otherwise images are resized to `cropSize` directly, as in both programs' tests.
   * @default true
   */
  training?: boolean;
  /**
   * How to reach the final size. PyTorch: `--preprocess`.
   * - `resize_and_crop`: resizes to loadSize × loadSize, then crops.
   * - `crop`: crops without resizing.
   * - `scale_width`: resizes to a width of loadSize, and a height of at least cropSize.
   * - `scale_width_and_crop`: resizes like `scale_width`, then crops.
   * - `none`: rounds sizes to multiples of 4, which the networks require.
   *
   * Sizes that depend on the image are rounded to multiples of 4 in all modes. (PyTorch does so in `none` only.)
   * @default 'resize_and_crop'
   */
  mode?: 'resize_and_crop' | 'crop' | 'scale_width' | 'scale_width_and_crop' | 'none';
  /**
   * Size after resizing, in pixels.
   * @default in training 286/256 of `cropSize`, otherwise `cropSize`
   */
  loadSize?: number;
  /**
   * Size of the crop, in pixels.
   * @default 256
   */
  cropSize?: number;
  /**
   * Probability of mirroring an image, from 0 to 1.
   * @default 0.5 in training, otherwise 0
   */
  flip?: number;
}

/** Schemas of {@link PreprocessOptions}. */
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
 * The size of an image after preprocessing in PyTorch. {@link planPreprocess} rounds sizes that depend on the image to multiples
 * of 4.
 *
 * @param size [height, width] of the image
 * @returns [height, width]
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`; `INVALID_SHAPE` for images of less than 3 pixels per side
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
 * Plans the preprocessing of an image. The crop and the flip are drawn from `random`.
 *
 * @param size [height, width] of the image
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`; `INVALID_SHAPE` for images of less than 3 pixels per side
 */
export function planPreprocess(
  options: PreprocessOptions,
  size: readonly [number, number],
  random: RandomSource,
): PreprocessPlan {
  return planOne(resolveOptions('planPreprocess', preprocessEntries, options), size, random);
}

/** {@link planPreprocess} for checked options. */
export function planOne(
  settings: Settings,
  size: readonly [number, number],
  random: RandomSource,
): PreprocessPlan {
  const { convention, mode, training, cropSize, flip = training ? 0.5 : 0 } = settings;
  const resized = sizeAfterResize(settings, size);
  const cropped = isCropped(settings, resized);
  const fixed = cropped || mode === 'resize_and_crop'; // by the options, for all images
  const [height, width] = fixed ? resized : multiplesOf4(mode, resized);
  // uniform in training, otherwise the middle
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

/** The option `loadSize`, or its default. */
export function loadSizeOf({ loadSize, training, cropSize }: Settings): number {
  return loadSize ?? (training ? Math.round((cropSize * 286) / 256) : cropSize);
}

function sizeAfterResize(settings: Settings, [height, width]: readonly [number, number]): Size {
  const { mode, cropSize } = settings;
  const loadSize = loadSizeOf(settings);
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

/** Whether a side is larger than the crop. Like PyTorch, smaller images are not cropped. */
const isCropped = ({ mode, cropSize }: Settings, size: Size): boolean =>
  mode.includes('crop') && Math.max(...size) > cropSize;

/** @throws CycleGANError `INVALID_SHAPE` if a side becomes 0 */
function multiplesOf4(mode: string, [height, width]: Size): Size {
  const size: Size = [multipleOf4(height), multipleOf4(width)];
  if (!size.includes(0)) return size;
  throw new CycleGANError(
    'INVALID_SHAPE',
    `preprocessing: mode "${mode}" rounds sizes to multiples of 4, so images must have at least 3 pixels per side, ` +
      `got ${height}×${width}. Remove the image, or choose another mode.`,
  );
}

/** The nearest multiple of 4. Between two, the multiple of 8: Python rounds halves to even. */
function multipleOf4(size: number): number {
  return size % 8 === 2 ? size - 2 : 4 * Math.round(size / 4);
}

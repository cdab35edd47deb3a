/** Image files that have been opened by a decoder: sharp in Node, the browser's own in pages. */
import { listOf, satisfying, wholeNumber, withDefault } from '../core/options.js';

/** Options of all functions that read images. */
export interface DecodeOptions {
  /**
   * 1 for grey (ITU-R 601 luma, as in Pillow and PyTorch), 3 for RGB, 4 for RGB and alpha.
   * @default 3
   */
  channels?: 1 | 3 | 4;
  /**
   * The colour behind transparent pixels, as levels of red, green and blue. Not used with 4 channels.
   * @default [255, 255, 255]
   */
  background?: readonly [red: number, green: number, blue: number];
  /**
   * Images with more pixels are refused before they are decoded: a small file can claim a size that fills the memory.
   * @default 268402689, sharp's limit (16383 × 16383)
   */
  pixelLimit?: number;
}

/** Schemas of {@link DecodeOptions}. */
export const decodeEntries = {
  channels: withDefault(
    satisfying<1 | 3 | 4>((value) => value === 1 || value === 3 || value === 4, '1, 3 or 4'),
    3,
  ),
  background: withDefault(listOf(wholeNumber(0, 255), 3, 'three levels from 0 to 255'), [255, 255, 255]),
  pixelLimit: withDefault(wholeNumber(1), 0x3fff ** 2),
};

/** Levels 0..255 of an image, [h, w, c]. */
export interface DecodedImage {
  levels: Uint8Array;
  shape: [height: number, width: number, channels: number];
}

/** An image file whose header has been read. */
export interface ImageFile {
  size: [height: number, width: number];
  /** Whether the image has no pixels of its own (SVG): it is drawn at the size that {@link ImageFile.decode} is given. */
  isDrawn: boolean;
  /** Decodes the image, optionally resized to `size`. Files with any damage are refused. */
  decode(size?: readonly [height: number, width: number]): Promise<DecodedImage>;
}

/** Converts RGB to grey with Pillow's integer arithmetic. */
export function luma(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = (19595 * rgb[3 * i]! + 38470 * rgb[3 * i + 1]! + 7471 * rgb[3 * i + 2]! + 0x8000) >> 16;
  }
  return grey;
}

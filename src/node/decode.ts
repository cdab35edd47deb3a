/**
 * Reads picture files with sharp, off the main thread: turned upright as EXIF says, transparency laid on a plain
 * background, every colour space and depth brought to 8-bit sRGB. sharp's limit on the number of pixels stays on.
 */
import { existsSync } from 'node:fs';
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { listOf, type Resolved, satisfying, wholeNumber, withDefault } from '../core/options.js';
import type { CropWindow } from '../data/plan.js';
import { loadSharp } from './sharp.js';

/** Options of everything that reads pictures. */
export interface DecodeOptions {
  /**
   * 1: grey (ITU-R 601 luma, as Pillow and P have it), 3: RGB, 4: RGB and opacity.
   * @default 3
   */
  channels?: 1 | 3 | 4;
  /**
   * The colour behind transparent pixels, as levels of red, green and blue; not used with 4 channels.
   * @default [255, 255, 255]
   */
  background?: readonly [red: number, green: number, blue: number];
}

export const decodeEntries = {
  channels: withDefault(
    satisfying<1 | 3 | 4>((value) => value === 1 || value === 3 || value === 4, '1, 3 or 4'),
    3,
  ),
  background: withDefault(listOf(wholeNumber(0, 255), 3, 'three levels from 0 to 255'), [255, 255, 255]),
};

/** Levels 0..255 of a picture, [h, w, c]. */
export interface Picture {
  levels: Uint8Array;
  shape: [height: number, width: number, channels: number];
}

/** A picture file of which the header has been read. */
export interface PictureFile {
  size: [height: number, width: number];
  /** Reads the pixels: all of them, those of a window, or the whole shrunk to `size`. */
  decode(part?: {
    window?: CropWindow | undefined;
    size?: readonly [height: number, width: number] | undefined;
  }): Promise<Picture>;
}

/** Reads the header of a picture file. */
export async function openPicture(
  path: string,
  { channels, background }: Readonly<Resolved<typeof decodeEntries>>,
): Promise<PictureFile> {
  const sharp = await loadSharp();
  const image = sharp(path).autoOrient();
  const { autoOrient } = await image.metadata();
  return {
    size: [autoOrient.height, autoOrient.width],
    async decode({ window, size } = {}) {
      const [r = 0, g = 0, b = 0] = background;
      image.toColourspace('srgb');
      if (channels === 4) image.ensureAlpha();
      else image.flatten({ background: { r, g, b } });
      if (window) {
        const [top, left, height, width] = window;
        image.extract({ top, left, height, width });
      }
      if (size) image.resize({ height: size[0], width: size[1], fit: 'fill', kernel: 'cubic' });
      const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
      const levels = channels === 1 ? luma(data) : data;
      return { levels, shape: [info.height, info.width, channels] };
    },
  };
}

/** Grey from RGB in Pillow's whole numbers. */
function luma(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = (19595 * rgb[3 * i]! + 38470 * rgb[3 * i + 1]! + 7471 * rgb[3 * i + 2]! + 0x8000) >> 16;
  }
  return grey;
}

/** Runs `read` and names the file in whatever goes wrong. */
export async function naming<T>(where: string, path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const file = JSON.stringify(path);
    if (isCycleGANError(cause, 'UNSUPPORTED')) throw cause; // sharp is missing
    if (isCycleGANError(cause))
      throw new CycleGANError(cause.code, `${where}: ${file}: ${cause.message}`, { cause });
    if (!existsSync(path)) {
      throw new CycleGANError('NOT_FOUND', `${where}: there is no file ${file}.`, { cause });
    }
    const message = (cause as Error).message.replace(/\.$/, '');
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: cannot read ${file}: ${message}. Repair the file or take it away.`,
      { cause },
    );
  }
}

/**
 * Reads image files with sharp, in its own threads. Images are rotated according to EXIF, transparency is flattened onto a
 * background, and all colour spaces and depths become 8-bit sRGB. SVGs are drawn at the size that is asked for.
 */
import { readFile } from 'node:fs/promises';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import type { Resolved } from '../../core/options.js';
import { type decodeEntries, type ImageFile, luma } from '../../data/image-file.js';
import { loadSharp } from './sharp.js';
import { densityFor, drawnSize, openDrawing } from './svg.js';

/** Accepts files with libjpeg warnings (bytes before a marker, Samsung's SOS), as Pillow and browsers do, but no truncated ones. */
const failOn = 'error';

/** Converts 16-bit images to 8 bits before the colour profile is applied: with 16 bits sharp uses P3 or ignores the profile. */
const eightBit: Partial<Record<string, string>> = { rgb16: 'srgb', grey16: 'b-w' };

/**
 * Reads the header of an image file.
 *
 * @param shortSide for SVG: the size of the image is that of a drawing whose shorter side has this length in pixels. By default it
 * is the SVG's own size
 * @throws CycleGANError `INVALID_DATA` for too many pixels, `UNSUPPORTED` without sharp; sharp's errors
 */
export async function openImage(
  path: string,
  { channels, background, pixelLimit }: Readonly<Resolved<typeof decodeEntries>>,
  shortSide?: number,
): Promise<ImageFile> {
  const sharp = await loadSharp();
  const file = await readFile(path); // given a path, sharp may return an older version of the file from its cache
  const { autoOrient, space, format } = await sharp(file, { failOn, limitInputPixels: false }).metadata();
  const drawing = (format as string) === 'svg' ? await openDrawing(sharp, file, autoOrient) : undefined;
  const { height, width } = drawing ?? autoOrient;
  if (height * width > pixelLimit) {
    throw new CycleGANError(
      'INVALID_DATA',
      `the image has ${Math.ceil(width)}×${Math.ceil(height)} pixels, more than the limit of ${pixelLimit}. ` +
        'Resize it with another program, remove the file, or raise the option pixelLimit.',
    );
  }
  const own: [number, number] = drawing ? drawnSize(drawing, shortSide) : [height, width];
  return {
    size: own,
    isDrawn: drawing !== undefined,
    async decode(size = drawing && own) {
      const density = drawing && { density: densityFor(drawing, size!) };
      const image = sharp(file, { failOn, limitInputPixels: pixelLimit, ...density }).autoOrient();
      if (eightBit[space] !== undefined) image.pipelineColourspace(eightBit[space]);
      image.toColourspace('srgb');
      const [r = 0, g = 0, b = 0] = background;
      if (channels === 4) image.ensureAlpha();
      else image.flatten({ background: { r, g, b } });
      if (size) image.resize({ height: size[0], width: size[1], fit: 'fill', kernel: 'cubic' });
      const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
      const levels = channels === 1 ? luma(data) : data;
      return { levels, shape: [info.height, info.width, channels] };
    },
  };
}

/**
 * Runs `read`. Errors name the file.
 *
 * @param advice what to do if the file cannot be read
 */
export async function naming<T>(
  where: string,
  path: string,
  advice: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const file = JSON.stringify(path);
    if (isCycleGANError(cause, 'UNSUPPORTED')) throw cause; // sharp is missing
    if (isCycleGANError(cause))
      throw new CycleGANError(cause.code, `${where}: ${file}: ${cause.message}`, { cause });
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new CycleGANError('NOT_FOUND', `${where}: there is no file ${file}.`, { cause });
    }
    const reason = damageOf(cause);
    throw new CycleGANError('INVALID_DATA', `${where}: cannot read ${file}: ${reason}. ${advice}`, { cause });
  }
}

/** The reason if sharp gives none. */
export const lostReason = 'truncated or damaged';

/**
 * The reason why sharp cannot read a file. sharp's library keeps its messages in one place for all threads, so another image that is
 * read at the same time may remove them.
 */
export function damageOf(error: unknown): string {
  const message = (error as Error).message.trim().replace(/\.$/, '');
  return ['', 'Unknown error'].includes(message) ? lostReason : message;
}

/** Rows of images on one white sheet, for example input, translation and cycle. */
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { resolveOptions, satisfying, show, wholeNumber, withDefault } from '../../core/options.js';
import { drawText, glyphHeight, glyphWidth, wrap } from './font.js';
import { type Levels, levelsOfTensor } from '../../data/levels-of-tensor.js';
import { checkPng, writePng } from '../images/write-image.js';

/** Options of {@link contactSheet}. */
export interface ContactSheetOptions {
  /**
   * A label for each column: ASCII and →. Labels wrap between words, and a column is at least as wide as its longest word.
   * @default no labels
   */
  header?: readonly string[];
  /**
   * Width of the white space between and around images, in pixels.
   * @default 4
   */
  gap?: number;
  /**
   * Factor by which images are enlarged. Small images are easier to judge at 2 or 3.
   * @default 1
   */
  scale?: number;
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((label) => typeof label === 'string');
const entries = {
  header: withDefault(satisfying<readonly string[]>(isTexts, 'an array of strings'), []),
  gap: withDefault(wholeNumber(0), 4),
  scale: withDefault(wholeNumber(1), 1),
};

/**
 * Writes rows of images to one PNG file. The write is atomic.
 *
 * @param path ends in `.png`
 * @param rows images [h, w, c] in [−1, 1], all of the same size, with 1 or 3 channels. They stay the caller's. Rows may differ in
 * length
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `INVALID_SHAPE`, `UNSUPPORTED`
 * without sharp
 */
export async function contactSheet(
  path: string,
  rows: readonly (readonly tf.Tensor3D[])[],
  options: ContactSheetOptions = {},
): Promise<void> {
  const { header, gap, scale } = resolveOptions('contactSheet', entries, options);
  checkPng('contactSheet', path);
  const [h, w] = commonSize(rows.flat());
  const [height, width] = [h * scale, w * scale];
  const columns = Math.max(...rows.map((row) => row.length));
  if (header.length > 0 && header.length !== columns) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `contactSheet: option "header" must have a label for each of the ${columns} columns, got ${show(header)}.`,
    );
  }
  // a column is wider than its images if a word requires it
  const longest = Math.max(0, ...header.flatMap((label) => label.split(' ')).map((word) => word.length));
  const pitchFor = (letters: number, zoom: number) => (letters + 1) * glyphWidth * zoom; // a letter apart
  const zoom = width >= 96 && pitchFor(longest, 2) <= width + gap ? 2 : 1; // of letters
  const pitch = Math.max(width + gap, longest > 0 ? pitchFor(longest, zoom) : 0);
  const letters = Math.floor(pitch / zoom / glyphWidth) - 1;
  const labels = header.map((label) => wrap(label, letters));
  const lines = Math.max(0, ...labels.map((label) => label.length));
  const top = gap + lines * glyphHeight * zoom;
  const sheet = blank(top + rows.length * (height + gap), gap + columns * pitch);

  for (const [c, label] of labels.entries()) {
    label.forEach((line, i) => {
      const y = top - (label.length - i) * glyphHeight * zoom; // aligned to the images below
      drawText(line, (dx, dy) => {
        fill(sheet, y + dy * zoom, gap + c * pitch + dx * zoom, zoom, [48, 48, 48]);
      });
    });
  }
  for (const [r, row] of rows.entries()) {
    for (const [c, image] of row.entries()) {
      const levels = await levelsOfTensor('contactSheet', image);
      paste(sheet, levels, top + r * (height + gap), gap + c * pitch, scale);
    }
  }
  await writePng(path, sheet);
}

function commonSize(images: readonly tf.Tensor3D[]): [height: number, width: number] {
  const [first] = images;
  if (!first) {
    throw new CycleGANError('INVALID_ARGUMENT', 'contactSheet: rows must have at least one image, got none.');
  }
  for (const { shape } of images) {
    const fits = shape[0] === first.shape[0] && shape[1] === first.shape[1] && [1, 3].includes(shape[2]);
    if (!fits) {
      throw new CycleGANError(
        'INVALID_SHAPE',
        'contactSheet: images must have the same height and width, and 1 or 3 channels, ' +
          `got [${first.shape.join(', ')}] and [${shape.join(', ')}].`,
      );
    }
  }
  return [first.shape[0], first.shape[1]];
}

function blank(height: number, width: number): Levels {
  return { data: new Uint8Array(height * width * 3).fill(255), shape: [height, width, 3] };
}

/** Fills a square. */
function fill(
  { data, shape }: Levels,
  top: number,
  left: number,
  side: number,
  rgb: readonly number[],
): void {
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) data.set(rgb, (y * shape[1] + x) * 3);
  }
}

function paste(
  sheet: Levels,
  { data, shape: [h, w, c] }: Levels,
  top: number,
  left: number,
  scale: number,
): void {
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = (y * w + x) * c;
      const rgb = [0, 1, 2].map((k) => data[at + (k % c)]!); // repeats a grey channel
      fill(sheet, top + y * scale, left + x * scale, scale, rgb);
    }
  }
}

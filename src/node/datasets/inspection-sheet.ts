/** A sheet of thumbnails: some images of each subfolder, and training images that are also test images. */
import { join } from 'node:path';
import { resolveOptions, wholeNumber, withDefault } from '../../core/options.js';
import { decodeEntries } from '../../data/image-file.js';
import { openImage } from '../images/decode.js';
import type { Levels } from '../../data/levels-of-tensor.js';
import { checkPng, writePng } from '../images/write-image.js';
import { drawText, glyphHeight, glyphWidth } from '../sheets/font.js';
import type { Inspection, InspectedPart } from './inspection.js';

/** Options of {@link inspectionSheet}. */
export interface InspectionSheetOptions {
  /**
   * Thumbnails in a row. Each subfolder has up to two rows.
   * @default 8
   */
  columns?: number;
  /**
   * Side of the square in which a thumbnail fits, in pixels.
   * @default 112
   */
  thumbnail?: number;
}

const entries = {
  columns: withDefault(wholeNumber(2, 16), 8),
  thumbnail: withDefault(wholeNumber(16, 1024), 112),
};

const [gap, zoom] = [8, 2];
const lineHeight = glyphHeight * zoom;
const mostLeaks = 4;

interface Section {
  title: string;
  files: readonly string[];
}

/**
 * Writes a PNG with thumbnails of the inspected folder: up to 16 images of each subfolder, evenly spread, and pairs of images that
 * are in both training and test. The write is atomic.
 *
 * @param path ends in `.png`
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `UNSUPPORTED` without sharp
 * @example
 * ```ts
 * import { inspectFolder, inspectionSheet } from 'ts-cyclegan/node';
 * await inspectionSheet('sheet.png', await inspectFolder('data'));
 * ```
 */
export async function inspectionSheet(
  path: string,
  inspection: Inspection,
  options: InspectionSheetOptions = {},
): Promise<void> {
  const { columns, thumbnail } = resolveOptions('inspectionSheet', entries, options);
  checkPng('inspectionSheet', path);
  const sections = sectionsOf(inspection, columns);
  const pitch = thumbnail + gap;
  const rows = sections.reduce((sum, { files }) => sum + Math.ceil(files.length / columns), 0);
  const width = gap + columns * pitch;
  const height = gap + sections.length * (lineHeight + gap) + rows * pitch;
  const sheet: Levels = { data: new Uint8Array(width * height * 3).fill(255), shape: [height, width, 3] };

  let top = gap;
  for (const { title, files } of sections) {
    write(sheet, title, top, Math.floor((width - 2 * gap) / (glyphWidth * zoom)));
    top += lineHeight;
    for (const [i, file] of files.entries()) {
      const image = await thumbnailOf(join(inspection.folder, file), thumbnail);
      const [y, x] = [top + Math.floor(i / columns) * pitch, gap + (i % columns) * pitch];
      if (image) paste(sheet, image, y, x, thumbnail);
    }
    top += Math.ceil(files.length / columns) * pitch + gap;
  }
  await writePng(path, sheet);
}

function sectionsOf({ parts, duplicates }: Inspection, columns: number): Section[] {
  const sections = parts.map((part) => ({ title: titleOf(part), files: part.samples.slice(0, 2 * columns) }));
  const leaks = duplicates.filter(({ kind }) => kind === 'train-test');
  if (leaks.length === 0) return sections;
  // the first of training next to the first of test
  const pairs = leaks.slice(0, Math.min(mostLeaks, Math.floor(columns / 2))).map(({ files }) => {
    const [first] = files;
    return [first!, files.find((file) => file.startsWith('train') !== first!.startsWith('train'))!];
  });
  return [...sections, { title: `in train and test: ${leaks.length}`, files: pairs.flat() }];
}

/** In ASCII, which the letters of sheets have. */
function titleOf({ name, images, sizes }: InspectedPart): string {
  const [common] = sizes?.common ?? [];
  const size = common ? `, ${sizes!.distinct === 1 ? '' : 'mostly '}${common.width}x${common.height}` : '';
  return `${name === '.' ? '' : `${name}: `}${images} ${images === 1 ? 'image' : 'images'}${size}`;
}

function write({ data, shape }: Levels, text: string, top: number, letters: number): void {
  drawText(text.slice(0, letters), (dx, dy) => {
    for (let y = 0; y < zoom; y++) {
      for (let x = 0; x < zoom; x++) {
        data.fill(48, ...pixel(shape, top + dy * zoom + y, gap + dx * zoom + x));
      }
    }
  });
}

const pixel = ([, width]: Levels['shape'], y: number, x: number): [from: number, to: number] => {
  const at = (y * width + x) * 3;
  return [at, at + 3];
};

/** The image fitted into a square; undefined if it cannot be read any more. */
async function thumbnailOf(path: string, side: number): Promise<Levels | undefined> {
  try {
    const image = await openImage(path, resolveOptions('inspectionSheet', decodeEntries, {}));
    const [height, width] = image.size;
    const scale = side / Math.max(height, width);
    const fitted = [height, width].map((length) => Math.max(1, Math.round(length * scale))) as [
      number,
      number,
    ];
    const { levels, shape } = await image.decode(fitted);
    return { data: levels, shape };
  } catch {
    return undefined;
  }
}

/** Copies an image into the middle of a square. */
function paste(
  sheet: Levels,
  { data, shape: [h, w] }: Levels,
  top: number,
  left: number,
  side: number,
): void {
  const [y0, x0] = [top + ((side - h) >> 1), left + ((side - w) >> 1)];
  for (let y = 0; y < h; y++) {
    const [from] = pixel(sheet.shape, y0 + y, x0);
    sheet.data.set(data.subarray(y * w * 3, (y + 1) * w * 3), from);
  }
}

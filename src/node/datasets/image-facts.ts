/** The facts that an inspection finds about one image. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CycleGANError } from '../../core/errors.js';
import type { Resolved } from '../../core/options.js';
import type { decodeEntries } from '../../data/image-file.js';
import { openImage } from '../images/decode.js';
import { loadSharp } from '../images/sharp.js';
import type { FolderPart } from './folder-parts.js';

export interface ImageFacts {
  /** Bytes of the file. */
  bytes: number;
  /** Size that training sees: rotated according to EXIF; of one half for pairs. */
  width: number;
  height: number;
  /** sharp's name of the format, such as `jpeg`. */
  format: string;
  /** For example `8-bit RGB`, `16-bit grey with alpha`, `8-bit CMYK`, `palette`. */
  mode: string;
  rotated: boolean;
  profile: boolean;
  /** Count of frames or pages. Training uses the first. */
  frames: number;
  /** SHA-256 of the file. */
  digest: string;
  /** The image at 9 × 8 pixels, RGB, to find images that look the same. */
  thumbnail: Uint8Array;
}

/** An image of the inspected folder. */
export interface Inspected {
  /** Path relative to the folder. */
  name: string;
  part: FolderPart;
  /** Undefined for a broken image. */
  facts?: ImageFacts;
}

export type DecodeSettings = Readonly<Resolved<typeof decodeEntries>>;

/** A small copy in two sizes. Images are first compared at the coarse size, and confirmed at the fine one. */
export const fine = { width: 36, height: 32 } as const;
const block = 4;
export const coarse = { width: fine.width / block, height: fine.height / block } as const;

/**
 * Reads the whole image as training does, so that damage is found.
 *
 * @throws CycleGANError for an image that training refuses; sharp's errors
 */
export async function imageFacts(
  path: string,
  settings: DecodeSettings,
  isPair: boolean,
): Promise<ImageFacts> {
  const sharp = await loadSharp();
  const file = await readFile(path);
  const image = await openImage(path, settings);
  const [height, width] = image.size;
  if (isPair && width % 2 !== 0) {
    throw new CycleGANError(
      'INVALID_DATA',
      `the width must be even, because A and B are side by side, got ${width}×${height} pixels`,
    );
  }
  const metadata = await sharp(file, { limitInputPixels: false }).metadata();
  const { levels } = await image.decode([fine.height, fine.width]);
  return {
    bytes: file.length,
    width: isPair ? width / 2 : width,
    height,
    format: metadata.format,
    mode: modeOf(metadata),
    rotated: (metadata.orientation ?? 1) > 1,
    profile: metadata.hasProfile,
    frames: metadata.pages ?? 1,
    digest: createHash('sha256').update(file).digest('base64'),
    thumbnail: averaged(levels),
  };
}

/** The image at 36 × 32 pixels, RGB. */
export async function fineThumbnail(path: string, settings: DecodeSettings): Promise<Uint8Array> {
  return (await (await openImage(path, settings)).decode([fine.height, fine.width])).levels;
}

/** Means of blocks of 4 × 4 pixels. sharp's own reduction to 9 × 8 depends on the format, and differs too much. */
function averaged(levels: Uint8Array): Uint8Array {
  const small = new Uint8Array(coarse.width * coarse.height * 3);
  for (let i = 0; i < small.length; i++) {
    const [channel, pixel] = [i % 3, Math.floor(i / 3)];
    const [left, top] = [(pixel % coarse.width) * block, Math.floor(pixel / coarse.width) * block];
    let sum = 0;
    for (let y = top; y < top + block; y++) {
      for (let x = left; x < left + block; x++) sum += levels[(y * fine.width + x) * 3 + channel]!;
    }
    small[i] = Math.round(sum / block ** 2);
  }
  return small;
}

interface Mode {
  space?: string;
  depth?: string;
  hasAlpha?: boolean;
  isPalette?: boolean;
}

const depths: Partial<Record<string, string>> = {
  uchar: '8-bit', char: '8-bit', ushort: '16-bit', short: '16-bit', float: 'floating-point', double: 'floating-point',
}; // prettier-ignore
const spaces: Partial<Record<string, string>> = {
  'b-w': 'grey', grey16: 'grey', srgb: 'RGB', rgb: 'RGB', rgb16: 'RGB', scrgb: 'RGB', cmyk: 'CMYK', lab: 'Lab', labs: 'Lab',
}; // prettier-ignore

function modeOf({ space = '', depth = '', hasAlpha = false, isPalette = false }: Mode): string {
  const alpha = hasAlpha ? ' with alpha' : '';
  if (isPalette) return `palette${alpha}`;
  return `${depths[depth] ?? depth} ${spaces[space] ?? space}${alpha}`;
}

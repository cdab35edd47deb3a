/**
 * The demo's images: OpenMoji's line drawings (A) and colour images (B), CC BY-SA 4.0, from the npm package
 * `openmoji`. Each code point is in one of three sets: its drawing is in A, its colour image is in B, or both are test images. So no
 * image of A has a counterpart in B, and the true translation of test images is known.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { type ImageSource, Random } from 'ts-cyclegan';

const folder = join(createRequire(import.meta.url).resolve('openmoji/package.json'), '..');

/** Skipped because they are variants or letters: skin tones, ZWJ sequences, flags, keycaps, private use. */
const skipped = /1F3F[B-F]|200D|^1F1|20E3|^[EF][0-9A-F]{3}(-|\.)|^E\d{3}|^10[0-9A-F]{4}/;

/** Number of test pairs. */
const testPairs = 200;

/** Names of the SVG files that exist in black and in colour, sorted. */
export async function usableNames(): Promise<string[]> {
  const names = (await readdir(join(folder, 'black/svg'))).filter((name) => name.endsWith('.svg'));
  return names.filter((name) => !skipped.test(name) && existsSync(join(folder, 'color/svg', name))).sort();
}

/** Disjoint lists of names. */
export interface Split {
  trainA: string[];
  trainB: string[];
  test: string[];
}

/** Splits the names at random: {@link testPairs} for the test, the others for A and B in turn. */
export function split(names: readonly string[], seed: number): Split {
  const shuffled = new Random(seed).permutation(names.length).map((i) => names[i]!);
  const [test, rest] = [shuffled.slice(0, testPairs), shuffled.slice(testPairs)];
  return { test, trainA: rest.filter((_, i) => i % 2 === 0), trainB: rest.filter((_, i) => i % 2 === 1) };
}

/** Renders an image on white, as levels 0..255 [size, size, 3]. */
async function render(style: 'black' | 'color', name: string, size: number): Promise<Uint8Array> {
  return await sharp(join(folder, style, 'svg', name), { density: 200 })
    .resize(size, size, { fit: 'contain', background: '#ffffff' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
}

/** Renders the images of a list once, and keeps them as bytes. */
export async function images(
  style: 'black' | 'color',
  names: readonly string[],
  size: number,
): Promise<ImageSource> {
  const levels = await Promise.all(names.map((name) => render(style, name, size)));
  return {
    length: levels.length,
    get: (index) =>
      tf.tidy(() => tf.sub(tf.div(tf.tensor3d(levels[index]!, [size, size, 3], 'float32'), 127.5), 1)),
  };
}

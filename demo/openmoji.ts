/**
 * The demo's images: OpenMoji's line drawings (A) and colour images (B), CC BY-SA 4.0, from the npm package
 * `openmoji`. A code point is in one of three sets: its drawing trains A, its colour image trains B (so no
 * image of A has its counterpart in B: truly unpaired), or both are kept aside, where the true counterpart
 * of a translation is known pixel for pixel.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { type ImageSource, Random } from 'ts-cyclegan';

const folder = join(createRequire(import.meta.url).resolve('openmoji/package.json'), '..');

/** Left out: skin tones, sequences joined by ZWJ, flags, keycaps, private use: variants and letters, not drawings. */
const leftOut = /1F3F[B-F]|200D|^1F1|20E3|^[EF][0-9A-F]{3}(-|\.)|^E\d{3}|^10[0-9A-F]{4}/;

/** Images kept aside for the test. */
const testPairs = 200;

/** Names of the SVG files that exist in black and in colour, in order. */
export async function usableNames(): Promise<string[]> {
  const names = (await readdir(join(folder, 'black/svg'))).filter((name) => name.endsWith('.svg'));
  return names.filter((name) => !leftOut.test(name) && existsSync(join(folder, 'color/svg', name))).sort();
}

/** Disjoint lists of names. */
export interface Split {
  trainA: string[];
  trainB: string[];
  test: string[];
}

/** Deals the names out: {@link testPairs} for the test, the rest to A and B alternately. */
export function split(names: readonly string[], seed: number): Split {
  const shuffled = new Random(seed).permutation(names.length).map((i) => names[i]!);
  const [test, rest] = [shuffled.slice(0, testPairs), shuffled.slice(testPairs)];
  return { test, trainA: rest.filter((_, i) => i % 2 === 0), trainB: rest.filter((_, i) => i % 2 === 1) };
}

/** One image on white, `size` pixels square, as levels 0..255 [size, size, 3]. */
async function render(style: 'black' | 'color', name: string, size: number): Promise<Uint8Array> {
  return await sharp(join(folder, style, 'svg', name), { density: 200 })
    .resize(size, size, { fit: 'contain', background: '#ffffff' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
}

/** All images of a list, rendered once and held as bytes. */
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

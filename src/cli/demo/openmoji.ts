/**
 * The demo's images: OpenMoji's line drawings (A) and colour images (B), CC BY-SA 4.0, from the npm package `openmoji`. Each code
 * point is in one of three sets: its drawing is in A, its colour image is in B, or both are test images. So no image of A has a
 * counterpart in B, and the true translation of test images is known.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Sharp as SharpImage } from 'sharp';
import { CycleGANError } from '../../core/errors.js';
import { Random } from '../../core/random.js';
import { loadSharp } from '../../node/images/sharp.js';
import { installLine } from '../packages.js';

/** Skipped because they are variants or letters: skin tones, ZWJ sequences, flags, keycaps, private use. */
const skipped = /1F3F[B-F]|200D|^1F1|20E3|^[EF][0-9A-F]{3}(-|\.)|^E\d{3}|^10[0-9A-F]{4}/;

/** Number of test pairs. */
const testPairs = 200;

/**
 * The folder of the package `openmoji`.
 *
 * @throws CycleGANError `UNSUPPORTED` if it is not installed
 */
function openmojiFolder(): string {
  try {
    const require = createRequire(join(process.cwd(), 'package.json'));
    return join(require.resolve('openmoji/package.json'), '..');
  } catch (cause) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `the demo needs the images of OpenMoji (CC BY-SA 4.0). Run: ${installLine('openmoji')}`,
      { cause },
    );
  }
}

/** Names of the SVG files that exist in black and in colour, sorted. */
export async function usableNames(folder = openmojiFolder()): Promise<string[]> {
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

/** An image on white, as a pipeline of sharp. */
export async function drawn(style: 'black' | 'color', name: string, size: number): Promise<SharpImage> {
  const sharp = await loadSharp();
  return sharp(join(openmojiFolder(), style, 'svg', name), { density: 200 })
    .resize(size, size, { fit: 'contain', background: '#ffffff' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha();
}

/** Renders images on white to PNG files of a folder. They are named by their place in the list. */
async function render(
  style: 'black' | 'color',
  names: readonly string[],
  size: number,
  to: string,
): Promise<void> {
  await mkdir(to, { recursive: true });
  for (let i = 0; i < names.length; i += 16) {
    const some = names.slice(i, i + 16).map(async (name, j) => {
      const number = String(i + j).padStart(4, '0');
      const image = await drawn(style, name, size);
      return await image.png().toFile(join(to, `${number}-${name.replace('.svg', '.png')}`));
    });
    await Promise.all(some); // more at a time would need more memory, and be no faster
  }
}

/**
 * Renders the demo's images as a folder for `train`: trainA, trainB, and pairs in testA and testB. A folder that is there is used
 * again.
 *
 * @param folder path of the new folder; it appears when all images are in it
 */
export async function prepareImages(folder: string, size: number, seed: number): Promise<void> {
  if (existsSync(folder)) return;
  const { trainA, trainB, test } = split(await usableNames(), seed);
  const unfinished = `${folder}.${process.pid}.tmp`;
  try {
    await render('black', trainA, size, join(unfinished, 'trainA'));
    await render('color', trainB, size, join(unfinished, 'trainB'));
    await render('black', test, size, join(unfinished, 'testA'));
    await render('color', test, size, join(unfinished, 'testB'));
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // another demo was faster
  }
}

/** Pairs in files: both formats, either direction, the same crop and flip for both images, and what is refused by name. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { paired, Random } from 'ts-cyclegan';
import { pairedFolder, type PairedFolderOptions } from 'ts-cyclegan/node';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

/** A grey PNG whose level at (x, y) is what `level` says. */
async function png(
  path: string,
  width: number,
  height: number,
  level: (x: number, y: number) => number,
): Promise<void> {
  const levels = Buffer.from(
    Array.from({ length: width * height }, (_, i) => level(i % width, Math.floor(i / width))),
  );
  await mkdir(dirname(path), { recursive: true });
  await writeFile(
    path,
    await sharp(levels, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer(),
  );
}
/** No two pixels of an image of up to 10 × 10 are alike. */
const levelAt = (x: number, y: number) => 10 * y + x + 20;
/** A | B with B = 255 − A. */
const aligned = (path: string, width = 10, height = 10) =>
  png(path, 2 * width, height, (x, y) => (x < width ? levelAt(x, y) : 255 - levelAt(x - width, y)));

const grey = { channels: 1, mode: 'crop', cropSize: 4 } as const satisfies PairedFolderOptions;
const valuesOf = async (t: tf.Tensor): Promise<number[]> => {
  const values = [...(await t.data())];
  t.dispose();
  return values;
};
const levelsOf = async (t: tf.Tensor) => (await valuesOf(t)).map((value) => Math.round((value + 1) * 127.5));

/** The message with the test's folder cut out. */
const message = async (folder: string, run: () => Promise<unknown>): Promise<string> =>
  run().then(
    () => 'no error',
    (error: unknown) =>
      `${(error as { code: string }).code}: ${(error as Error).message.replaceAll(folder, 'FOLDER')}`,
  );

describe('side by side in one image', () => {
  test('A is the left half, B the right one, with the same crop and flip', () =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      await aligned(join(folder, 'x.png'));
      const pairs = await pairedFolder(folder, grey);
      const seen = new Set<string>();
      for (let seed = 0; seed < 40; seed++) {
        const [input, target] = await pairs.get(0, new Random(seed));
        expect([input.shape, target.shape]).toEqual([[4, 4, 1], [4, 4, 1]]); // prettier-ignore
        const [a, b] = [await levelsOf(input), await levelsOf(target)];
        expect(b).toEqual(a.map((level) => 255 - level));
        const [left, top] = [Math.min(a[0]!, a[3]!) % 10, Math.floor((a[0]! - 20) / 10)];
        const isFlipped = a[0]! > a[3]!;
        const columns = isFlipped ? [3, 2, 1, 0] : [0, 1, 2, 3];
        expect(a).toEqual([0, 1, 2, 3].flatMap((y) => columns.map((x) => levelAt(left + x, top + y))));
        seen.add(`${left} ${top} ${isFlipped}`);
      }
      expect(seen.size).toBeGreaterThan(20); // of 98
    }));

  test('BtoA: the right half is the input', () =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      await aligned(join(folder, 'x.png'));
      const [one, other] = [
        await pairedFolder(folder, grey),
        await pairedFolder(folder, { ...grey, direction: 'BtoA' }),
      ];
      const [input, target] = await one.get(0, new Random(3));
      const [turnedInput, turnedTarget] = await other.get(0, new Random(3));
      expect(await valuesOf(turnedInput)).toEqual(await valuesOf(target));
      expect(await valuesOf(turnedTarget)).toEqual(await valuesOf(input));
    }));

  test("sizes are PyTorch's: 286 by a bicubic resize of each half, then a crop of 256", () =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      await png(join(folder, 'x.png'), 8, 4, (x) => (x < 4 ? 0 : 255));
      const pairs = await pairedFolder(folder, { channels: 1 });
      const [input, target] = await pairs.get(0, new Random(1));
      expect([input.shape, target.shape]).toEqual([[256, 256, 1], [256, 256, 1]]); // prettier-ignore
      // a resize of the whole image would mix both where they meet
      expect([new Set(await valuesOf(input)), new Set(await valuesOf(target))]).toEqual([
        new Set([-1]),
        new Set([1]),
      ]);
    }));

  test('an odd width is refused before anything is decoded, or left out', () =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      await aligned(join(folder, 'a.png'));
      await png(join(folder, 'b.png'), 9, 4, () => 0);
      expect(await message(folder, () => pairedFolder(folder, grey))).toBe(
        'INVALID_SHAPE: pairedFolder: "FOLDER/b.png": the image must have A and B side by side, so its width must be even, got 9×4 pixels. Crop it, or remove the file.',
      );
      const pairs = await pairedFolder(folder, { ...grey, onError: 'skip' });
      let count = 0;
      for await (const pair of paired(pairs, { random: new Random(1) })) {
        count++;
        tf.dispose(pair);
      }
      expect(count).toBe(1);
      expect(pairs.broken.map(({ path }) => path)).toEqual([join(folder, 'b.png')]);
    })); // prettier-ignore
});

describe('in two folders', () => {
  const both = async (folder: string, names: [string, string][]) => {
    for (const [i, [a, b]] of names.entries()) {
      await png(join(folder, 'a', a), 10, 10, (x, y) => levelAt(x, y) + i);
      await png(join(folder, 'b', b), 10, 10, (x, y) => 255 - levelAt(x, y) - i);
    }
    return { a: join(folder, 'a'), b: join(folder, 'b') };
  };

  test('images of one name belong together, whatever their extensions are', () =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      const folders = await both(folder, [['10.png', '10.png'], ['9.png', '9.PNG'], ['x/1.png', 'x/1.png']]); // prettier-ignore
      const pairs = await pairedFolder(folders, grey);
      expect(pairs.names).toEqual(['10.png', '9.png', 'x/1.png']);
      for (let index = 0; index < 3; index++) {
        const [input, target] = await pairs.get(index, new Random(index));
        const a = await levelsOf(input);
        expect(await levelsOf(target)).toEqual(a.map((level) => 255 - level));
      }
    }));

  test.each<[string, (folder: string) => Promise<unknown>, string]>([
    ['another count and names', async (folder) => {
      const folders = await both(folder, [['1.png', '1.png'], ['2.png', '3.png']]);
      await png(join(folder, 'b/4.png'), 10, 10, () => 0);
      return pairedFolder(folders, grey);
    }, 'INVALID_DATA: pairedFolder: each image must have a partner of the same name in the other folder. "FOLDER/a" has 2 images, "FOLDER/b" has 3. Images without a partner: "FOLDER/a/2.png", "FOLDER/b/3.png", "FOLDER/b/4.png". Rename or remove them.'],
    ['two of one name', async (folder) => {
      const folders = await both(folder, [['1.png', '1.png']]);
      await png(join(folder, 'a/1.jpg'), 10, 10, () => 0);
      return pairedFolder(folders, grey);
    }, 'INVALID_DATA: pairedFolder: images are matched by their names without extension, which must be unique, got "FOLDER/a/1.jpg" and "FOLDER/a/1.png". Rename or remove one of them.'],
    ['another size', async (folder) => {
      const folders = await both(folder, [['1.png', '1.png'], ['2.png', '2.png']]);
      await png(join(folder, 'b/2.png'), 10, 8, () => 0);
      return pairedFolder(folders, grey);
    }, 'INVALID_SHAPE: pairedFolder: "FOLDER/a/2.png": both images of a pair must have the same size, got 10×10 pixels, and 10×8 for "FOLDER/b/2.png". Resize one of them, or remove both.'],
    ['a broken file', async (folder) => {
      const folders = await both(folder, [['1.png', '1.png']]);
      await writeFile(join(folder, 'b/1.png'), 'no image');
      return pairedFolder(folders, grey);
    }, 'INVALID_DATA: pairedFolder: cannot read "FOLDER/b/1.png": Input buffer contains unsupported image format. Repair or remove the file, or pass onError: "skip".'],
    ['a missing folder', async (folder) => {
      const { a } = await both(folder, [['1.png', '1.png']]);
      return pairedFolder({ a, b: join(folder, 'c') }, grey);
    }, 'NOT_FOUND: pairedFolder: path must be a folder of images, but "FOLDER/c" does not exist.'],
    ['one of two', (folder) => pairedFolder({ a: folder } as never), "INVALID_ARGUMENT: pairedFolder: expected the path of a folder, or two paths such as { a: 'drawings', b: 'paintings' }, got an object."],
    ['an unknown direction', (folder) => pairedFolder(folder, { direction: 'BA' } as never), 'INVALID_OPTION: pairedFolder: option "direction" must be one of "AtoB", "BtoA", got "BA".'],
  ])('%s: refused by name before training starts', (_, run, expected) =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      expect(await message(folder, () => run(folder))).toBe(expected);
    }),
  ); // prettier-ignore
});

/** Images that are kept in memory: the same values, from files that are read once, up to the limit. */
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { Random } from 'ts-cyclegan';
import { imageFolder, type ImageFolderOptions, pairedFolder } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

const photo = fileURLToPath(new URL('../../golden/cases/p-preprocess-down.png', import.meta.url));

async function folderOf(...names: string[]): Promise<string> {
  const folder = await emptyFolder();
  for (const name of names) await copyFile(photo, join(folder, name));
  return folder;
}

const valuesOf = (images: tf.Tensor | tf.Tensor[]): number[][] => {
  const values = [images].flat().map((image) => [...image.dataSync()]);
  tf.dispose(images);
  return values;
};

const settings: ImageFolderOptions[] = [
  { convention: 'keras', cropSize: 20, loadSize: 26 },
  { convention: 'pytorch', cropSize: 20, loadSize: 26 },
  { convention: 'pytorch', mode: 'crop', cropSize: 16 },
  { convention: 'keras', mode: 'none', channels: 1 },
];

test.each(settings)(
  '$convention, $mode: the values are those of the file, for each crop and flip',
  (options) =>
    withoutLeaks(async () => {
      const folder = await folderOf('a.png');
      const kept = imageFolder(folder, options);
      const read = imageFolder(folder, { ...options, cache: 0 });
      for (let seed = 0; seed < 6; seed++) {
        const got = valuesOf(await kept.get(0, new Random(seed)));
        expect(got).toEqual(valuesOf(await read.get(0, new Random(seed))));
      }
      await rm(join(folder, 'a.png'));
      await expect(read.get(0, new Random(1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(valuesOf(await kept.get(0, new Random(1)))).toHaveLength(1);
    }),
);

test('pairs', () =>
  withoutLeaks(async () => {
    const [a, b] = [await folderOf('a.png'), await folderOf('a.png')];
    const options = { cropSize: 20, loadSize: 26 };
    const kept = await pairedFolder({ a, b }, options);
    const read = await pairedFolder({ a, b }, { ...options, cache: 0 });
    for (let seed = 0; seed < 3; seed++) {
      const got = valuesOf(await kept.get(0, new Random(seed)));
      expect(got).toEqual(valuesOf(await read.get(0, new Random(seed))));
    }
    await rm(join(b, 'a.png'));
    await expect(read.get(0, new Random(1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(valuesOf(await kept.get(0, new Random(1)))).toHaveLength(2);
  }));

test('images that do not fit are read again', () =>
  withoutLeaks(async () => {
    const folder = await folderOf('a.png', 'b.png', 'c.png');
    // 8 × 8 levels of three channels are 192 bytes
    const source = imageFolder(folder, { convention: 'pytorch', training: false, cropSize: 8, cache: 400 });
    for (const index of [0, 1, 2]) valuesOf(await source.get(index, new Random(1)));
    await rm(folder, { recursive: true });
    for (const index of [0, 1]) valuesOf(await source.get(index, new Random(1)));
    await expect(source.get(2, new Random(1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }));

test('a limit that makes no sense is refused', () => {
  expect(() => imageFolder('x', { cache: -1 })).toThrow(
    'imageFolder: option "cache" must be a whole number from 0, got -1.',
  );
});

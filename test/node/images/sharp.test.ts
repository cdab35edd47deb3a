/** Which versions of sharp are taken. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { afterEach, expect, test, vi } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

afterEach(() => {
  vi.doUnmock('sharp');
  vi.resetModules();
});

/** The entry for Node, beside a sharp that says it is of this version. */
async function withVersion(version: string | undefined) {
  vi.resetModules();
  vi.doMock('sharp', () => ({
    default: Object.assign((...args: Parameters<typeof sharp>) => sharp(...args), {
      versions: { sharp: version },
    }),
  }));
  return await import('ts-cyclegan/node');
}

const refusal = (got: string) =>
  `ts-cyclegan/node: images are read and written with sharp, which must be 0.34.3 or newer, got ${got}. ` +
  'Run: npm install sharp@latest';

test.each([
  ['0.33.5', '0.33.5'],
  ['0.34.2', '0.34.2'],
  ['0.9.10', '0.9.10'],
  [undefined, 'an unknown version'],
])('sharp %s is refused before a file is touched, reading and writing', (version, got) =>
  withoutLeaks(async () => {
    const { imageFolder, readImage, writeImage } = await withVersion(version);
    const folder = await emptyFolder();
    const image = tf.zeros<tf.Rank.R3>([8, 8, 3]);
    await expect(writeImage(join(folder, 'a.png'), image)).rejects.toThrow(refusal(got));
    image.dispose();
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toFile(join(folder, 'b.png'));
    await expect(readImage(join(folder, 'b.png'))).rejects.toThrow(refusal(got));
    // not the image is at fault: it is neither called broken nor left out
    const source = imageFolder(folder, { onError: 'skip' });
    const { Random } = await import('ts-cyclegan');
    await expect(source.get(0, new Random(1))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: refusal(got),
    });
    expect(source.broken).toEqual([]);
  }),
);

test.each(['0.34.3', '0.34.10', '0.35.0', '0.100.0', '1.0.0'])('sharp %s is taken', (version) =>
  withoutLeaks(async () => {
    const { readImage, writeImage } = await withVersion(version);
    const path = join(await emptyFolder(), 'a.png');
    const image = tf.ones<tf.Rank.R3>([2, 2, 3]);
    await writeImage(path, image);
    const read = await readImage(path);
    expect(Array.from(read.dataSync())).toEqual(Array(12).fill(1));
    tf.dispose([image, read]);
  }),
);

test('the range of versions begins where versions are taken', () => {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { optionalDependencies } = JSON.parse(manifest) as { optionalDependencies: Record<string, string> };
  expect(optionalDependencies.sharp).toBe('>=0.34.3');
});

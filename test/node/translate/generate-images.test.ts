/** `generateImages`: numbered files and a sheet, the same images as `GAN.generate`. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { GAN } from 'ts-cyclegan';
import { generateImages } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

const tinyGAN = (options = {}) =>
  new GAN({ imageShape: [8, 8, 1], filters: 2, latentSize: 4, seed: 3, ...options });

const levelsOf = async (path: string): Promise<number[]> => [
  ...(await sharp(path).toColourspace('b-w').raw().toBuffer()),
];

const messageOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: unknown) => `${(error as { code?: string }).code ?? ''}: ${(error as Error).message}`,
  );

test('numbered files and a sheet; the images of the same seed do not depend on the count', () =>
  withoutLeaks(async () => {
    const out = join(await emptyFolder(), 'images');
    const model = tinyGAN();
    const { files, sheet, seed } = await generateImages(model, {
      count: 18,
      out,
      seed: 5,
      columns: 4,
      scale: 2,
    });
    expect(seed).toBe(5);
    expect(files.map((file) => file.slice(out.length + 1)).slice(-2)).toEqual(['0017.png', '0018.png']);
    expect((await readdir(out)).sort()).toEqual([
      ...files.map((file) => file.slice(out.length + 1)),
      'sheet.png',
    ]);
    const { width, height } = await sharp(sheet).metadata();
    expect([width, height]).toEqual([4 + 4 * (16 + 4), 4 + 4 * (16 + 4)]); // 16 of 18 images, with gaps of 4

    const images = model.generate({ count: 18, seed: 5 });
    const want = [...(await images.data())].map((value) => Math.round((value + 1) * 127.5));
    for (const [i, file] of files.entries()) {
      const got = await levelsOf(file);
      const expected = want.slice(i * 64, (i + 1) * 64);
      expect(Math.max(...got.map((level, at) => Math.abs(level - expected[at]!)))).toBeLessThanOrEqual(1);
    }
    images.dispose();
    model.dispose();
  }));

test('labels', () =>
  withoutLeaks(async () => {
    const out = await emptyFolder();
    const model = tinyGAN({ loss: 'cgan', classes: 3 });
    const { files } = await generateImages(model, { labels: [0, 1, 2, 0, 1, 2], out, seed: 1 });
    expect(files).toHaveLength(6);
    const { width, height } = await sharp(join(out, 'sheet.png')).metadata();
    expect([width, height]).toEqual([4 + 3 * 12, 4 + 2 * 12]); // a column for each class
    const images = model.generate({ labels: [0, 1, 2, 0, 1, 2], seed: 1 });
    const want = [...(await images.data())].slice(5 * 64).map((value) => Math.round((value + 1) * 127.5));
    const got = await levelsOf(files[5]!);
    expect(Math.max(...got.map((level, at) => Math.abs(level - want[at]!)))).toBeLessThanOrEqual(1);
    tf.dispose(images);
    model.dispose();
  }));

test('existing files are not replaced without force', () =>
  withoutLeaks(async () => {
    const out = await emptyFolder();
    const model = tinyGAN();
    await writeFile(join(out, '0002.png'), 'mine');
    expect(await messageOf(generateImages(model, { count: 2, out }))).toBe(
      `INVALID_ARGUMENT: generateImages: the file ${JSON.stringify(join(out, '0002.png'))} exists. ` +
        'Use another folder for out, or pass force: true to replace it.',
    );
    expect(await readdir(out)).toEqual(['0002.png']);
    await generateImages(model, { count: 2, out, force: true });
    expect((await readFile(join(out, '0002.png'))).subarray(1, 4).toString()).toBe('PNG');
    model.dispose();
  }));

test('refusals', () =>
  withoutLeaks(async () => {
    const out = await emptyFolder();
    const model = tinyGAN();
    const messages = [
      await messageOf(generateImages({} as never, { out })),
      await messageOf(generateImages(model, {} as never)),
      await messageOf(generateImages(model, { out, counts: 3 } as never)),
      await messageOf(generateImages(model, { out, labels: [1] })),
    ];
    model.dispose();
    messages.push(await messageOf(generateImages(model, { out })));
    expect(messages).toMatchInlineSnapshot(`
      [
        "INVALID_ARGUMENT: generateImages: model must be a GAN, got an object.",
        "INVALID_OPTION: generateImages: option "out" must be a text, got undefined.",
        "UNKNOWN_OPTION: generateImages: unknown option "counts". Did you mean "count"?",
        "INVALID_OPTION: generateImages: option "labels" needs a model with labels, but this model has none.",
        "DISPOSED: generateImages: the model has been disposed. Build or load a new one.",
      ]
    `);
    expect(await readdir(out)).toEqual([]);
  }));

import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { planPreprocess, preprocessImage, Random } from 'ts-cyclegan';
import { imageFolder } from 'ts-cyclegan/node';
import { describe, expect, test } from 'vitest';
import { readCase, tensorOf } from '../../golden/format.js';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

const random = () => new Random(1);
const cases = fileURLToPath(new URL('../../golden/cases/', import.meta.url));
const png = (width = 4, height = 4) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();
const jpeg = () => sharp(join(cases, 'p-preprocess-up.png')).jpeg().toBuffer();

/** The message with the test's folder cut out. */
async function message(folder: string, run: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(run)
    .then(
      () => 'no error',
      (reason: unknown) => reason,
    );
  return String(error).replaceAll(folder, 'FOLDER');
}

describe('the list', () => {
  test('recursive, sorted by code unit, images only, nothing hidden; links to files count', async () => {
    const folder = await emptyFolder();
    await mkdir(join(folder, 'b/c'), { recursive: true });
    await mkdir(join(folder, 'folder.png'));
    for (const name of [
      'b.PNG',
      'B.jpeg',
      'a10.jpg',
      'a9.webp',
      'b/c/x.png',
      '._b.png',
      'notes.txt',
      'x.GIF',
    ]) {
      await writeFile(join(folder, name), '');
    }
    await symlink(join(folder, 'b.PNG'), join(folder, 'link.png'));
    const { paths, length } = imageFolder(folder);
    expect(paths.map((path) => relative(folder, path))).toEqual([
      'B.jpeg',
      'a10.jpg',
      'a9.webp',
      'b.PNG',
      'b/c/x.png',
      'link.png',
      'x.GIF',
    ]);
    expect(length).toBe(7);
  });

  test('missing folder, file, no images: errors at once', async () => {
    const folder = await emptyFolder();
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'notes.txt'), '');
    expect(await message(folder, () => imageFolder(join(folder, 'trainA')))).toMatchInlineSnapshot(
      `"CycleGANError: imageFolder: path must be a folder of images, but "FOLDER/trainA" does not exist."`,
    );
    expect(await message(folder, () => imageFolder(join(folder, 'notes.txt')))).toMatchInlineSnapshot(
      `"CycleGANError: imageFolder: path must be a folder of images, got the file "FOLDER/notes.txt". Use imageFiles for files, and readImage to read one image."`,
    );
    expect(await message(folder, () => imageFolder(join(folder, 'empty')))).toMatchInlineSnapshot(
      `"CycleGANError: imageFolder: "FOLDER/empty" or its subfolders must have at least one image (.avif, .gif, .jfif, .jpe, .jpeg, .jpg, .png, .svg, .tif, .tiff, .webp), got none among 0 files and folders."`,
    );
    expect(await message(folder, () => imageFolder(folder))).toMatchInlineSnapshot(
      `"CycleGANError: imageFolder: "FOLDER" or its subfolders must have at least one image (.avif, .gif, .jfif, .jpe, .jpeg, .jpg, .png, .svg, .tif, .tiff, .webp), got none among 2 files and folders (unsupported format .txt: 1)."`,
    );
  });

  test('bad options: errors at once', () => {
    const open = (options: object) => () => imageFolder('nowhere', options);
    expect(open({ chanels: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: imageFolder: unknown option "chanels". Did you mean "channels"?]`,
    );
    expect(open({ channels: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: imageFolder: option "channels" must be 1, 3 or 4, got 2.]`,
    );
    expect(open({ background: [255, 255] })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: imageFolder: option "background" must be three levels from 0 to 255, got [255, 255].]`,
    );
    expect(open({ cropSize: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: imageFolder: option "cropSize" must be a whole number from 1, got 1.5.]`,
    );
  });
});

test.each(['p-preprocess-down', 'p-preprocess-up'])('%s: what Pillow read and resized', (name) =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    await copyFile(join(cases, `${name}.png`), join(folder, 'a.png'));
    const golden = readCase(cases, name);
    const [cropSize, loadSize] = golden.config.resize as [number, number]; // scale_width: cropSize high at least
    const options = { convention: 'pytorch', mode: 'scale_width', loadSize, cropSize, flip: 0 } as const;
    const y = await imageFolder(folder, options).get(0, random());
    const want = tensorOf(golden, 'out/resized').data.map((level) => level / 127.5 - 1);
    expect(await y.data()).toBeAllClose(want, { rtol: 0, atol: 1e-6 }); // no level differs
    y.dispose();
  }),
);

const modes = ['resize_and_crop', 'crop', 'scale_width', 'scale_width_and_crop', 'none'] as const;
const all = modes.flatMap(
  (mode) =>
    [
      { mode, convention: 'keras', cropSize: 24, loadSize: 30, flip: 1 },
      { mode, convention: 'pytorch', cropSize: 24, loadSize: 30, flip: 1 },
      { mode, convention: 'keras', cropSize: 48, loadSize: 44, flip: 1 }, // crops beyond the image
      { mode, convention: 'pytorch', cropSize: 48, loadSize: 44, flip: 0 },
    ] as const,
);

test.each(all)('$mode, $convention, $cropSize: the plan, carried out as the tensor functions do', (options) =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    await copyFile(join(cases, 'p-preprocess-down.png'), join(folder, 'a.png'));
    const { data, shape } = tensorOf(readCase(cases, 'p-preprocess-down'), 'input');
    const levels = tf.tensor3d(data, shape as [number, number, number]);
    const want = preprocessImage(levels, planPreprocess(options, [shape[0]!, shape[1]!], random()));
    const got = await imageFolder(folder, options).get(0, random());
    expect(got.shape).toEqual(want.shape);
    // Resizing as matrices in float32 may round a half level the other way.
    expect(await got.data()).toBeAllClose(await want.data(), { rtol: 0, atol: 0.0079 });
    tf.dispose([levels, want, got]);
  }),
);

test('a photo far too large is shrunk on the way, to nearly the same image', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    // A smooth wave: what remains of it after shrinking can be computed at the middle of each new pixel.
    const [height, width] = [360, 480];
    const wave = (x: number, y: number) => 128 + 100 * Math.sin(x / 40) * Math.cos(y / 30);
    const pixels = Uint8Array.from({ length: height * width }, (_, i) =>
      Math.round(wave((i % width) + 0.5, Math.floor(i / width) + 0.5)),
    );
    await sharp(pixels, { raw: { height, width, channels: 1 } })
      .png()
      .toFile(join(folder, 'a.png'));
    const options = { convention: 'pytorch', training: false, cropSize: 48 } as const;
    const y = await imageFolder(folder, { ...options, channels: 1 }).get(0, random());
    const want = Array.from({ length: 48 * 48 }, (_, i) => {
      const [x, y] = [((i % 48) + 0.5) * 10, (Math.floor(i / 48) + 0.5) * 7.5];
      return wave(x, y) / 127.5 - 1;
    });
    expect(await y.data()).toBeAllClose(want, { rtol: 0, atol: 2.5 * (2 / 255) });
    y.dispose();
  }));

describe('broken images name the file', () => {
  test.each([
    ['empty.png', () => Buffer.alloc(0)],
    ['text.jpg', () => Buffer.from('not an image')],
    ['cut.png', async () => (await png(64, 64)).subarray(0, 120)],
    ['cut.jpg', async () => (await jpeg()).subarray(0, 700)],
  ] as const)('%s', (name, content) =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      await writeFile(join(folder, name), await content());
      const text = await message(folder, () => imageFolder(folder).get(0, random()));
      expect(text).toMatch(
        new RegExp(
          `^CycleGANError: imageFolder: cannot read "FOLDER/${name}": .+\\. Repair or remove the file, or pass onError: "skip"\\.$`,
        ),
      );
    }),
  );

  test('one that has gone since', async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, 'a.png'), await png());
    const source = imageFolder(folder);
    await rm(join(folder, 'a.png'));
    expect(await message(folder, () => source.get(0, random()))).toMatchInlineSnapshot(
      `"CycleGANError: imageFolder: there is no file "FOLDER/a.png"."`,
    );
    expect(await message(folder, () => source.get(1, random()))).toMatchInlineSnapshot(
      `"CycleGANError: imageFolder: index of an image must be from 0 to 0, got 1."`,
    );
  });

  test('one of which mode none leaves nothing', async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, 'a.png'), await png(2, 8));
    expect(
      await message(folder, () => imageFolder(folder, { mode: 'none' }).get(0, random())),
    ).toMatchInlineSnapshot(
      `"CycleGANError: imageFolder: "FOLDER/a.png": preprocessing: mode "none" rounds sizes to multiples of 4, so images must have at least 3 pixels per side, got 8×2. Remove the image, or choose another mode."`,
    );
  });

  test('one of more pixels than sharp allows', async () => {
    const folder = await emptyFolder();
    const bomb = await png(1, 1);
    bomb.writeUInt32BE(30000, 16);
    bomb.writeUInt32BE(30000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await writeFile(join(folder, 'bomb.png'), bomb);
    expect(await message(folder, () => imageFolder(folder).get(0, random()))).toMatchInlineSnapshot(
      `"CycleGANError: imageFolder: "FOLDER/bomb.png": the image has 30000×30000 pixels, more than the limit of 268402689. Resize it with another program, remove the file, or raise the option pixelLimit."`,
    );
  });
});

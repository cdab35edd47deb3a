import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { Random, toLevels } from 'ts-cyclegan';
import { imageFolder, readImage } from 'ts-cyclegan/node';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

type Options = Parameters<typeof readImage>[1];

/** Levels of an image as they are read from a file. */
async function levelsOf(content: Buffer, options?: Options, name = 'a.png') {
  const path = join(await emptyFolder(), name);
  await writeFile(path, content);
  return withoutLeaks(async () => {
    const image = await readImage(path, options);
    const levels = toLevels(image);
    const read = { shape: image.shape, levels: Array.from(await levels.data()) };
    image.dispose();
    levels.dispose();
    return read;
  });
}

/** Pixels to a file. */
const fileOf = (values: number[], width: number, height: number, channels: 1 | 2 | 3 | 4 = 3) =>
  sharp(Uint8Array.from(values), { raw: { width, height, channels } });

const red = [255, 0, 0];
const blue = [0, 0, 255];

test('RGB, top left first', async () => {
  const content = await fileOf([...red, ...blue, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 3, 2)
    .png()
    .toBuffer();
  expect(await levelsOf(content)).toEqual({
    shape: [2, 3, 3],
    levels: [...red, ...blue, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  });
});

test('a lossless WebP', async () => {
  const content = await fileOf([...red, 1, 2, 3], 2, 1)
    .webp({ lossless: true })
    .toBuffer();
  expect((await levelsOf(content, {}, 'a.webp')).levels).toEqual([...red, 1, 2, 3]);
});

describe('transparency', () => {
  const half = () =>
    fileOf([...red, 255, ...red, 0, 0, 0, 0, 51], 3, 1, 4)
      .png()
      .toBuffer();

  test('lies on white', async () => {
    expect((await levelsOf(await half())).levels).toEqual([...red, 255, 255, 255, 204, 204, 204]);
  });

  test('lies on the background given', async () => {
    const { levels } = await levelsOf(await half(), { background: [0, 100, 255] });
    expect(levels).toEqual([...red, 0, 100, 255, 0, 80, 204]);
  });

  test('stays as the fourth channel', async () => {
    expect(await levelsOf(await half(), { channels: 4 })).toEqual({
      shape: [1, 3, 4],
      levels: [...red, 255, ...red, 0, 0, 0, 0, 51],
    });
    const opaque = await fileOf(red, 1, 1).png().toBuffer();
    expect((await levelsOf(opaque, { channels: 4 })).levels).toEqual([...red, 255]);
  });

  test('of a palette, and of grey', async () => {
    const palette = await fileOf([...red, 255, ...red, 0], 2, 1, 4)
      .png({ palette: true })
      .toBuffer();
    expect((await levelsOf(palette)).levels).toEqual([...red, 255, 255, 255]);
    const grey = await fileOf([10, 255, 0, 51], 2, 1, 2).toColourspace('b-w').png().toBuffer();
    expect((await levelsOf(grey)).levels).toEqual([10, 10, 10, 204, 204, 204]);
  });
});

describe('grey', () => {
  test('becomes three equal channels, or stays one', async () => {
    const content = await fileOf([0, 7, 255], 3, 1, 1).toColourspace('b-w').png().toBuffer();
    expect((await sharp(content).metadata()).channels).toBe(1);
    expect((await levelsOf(content)).levels).toEqual([0, 0, 0, 7, 7, 7, 255, 255, 255]);
    expect(await levelsOf(content, { channels: 1 })).toEqual({ shape: [1, 3, 1], levels: [0, 7, 255] });
  });

  test('of colours is Pillow’s: (19595 R + 38470 G + 7471 B) / 65536, rounded', async () => {
    const content = await fileOf([...red, 0, 255, 0, ...blue, 255, 255, 255, 10, 200, 99], 5, 1)
      .png()
      .toBuffer();
    // Image.new('RGB', …).convert('L'): 76.24, 149.69, 29.07, 255, 131.68
    expect((await levelsOf(content, { channels: 1 })).levels).toEqual([76, 150, 29, 255, 132]);
  });
});

test('16 bits become 8', async () => {
  const sixteen = Uint16Array.from([0, 0x8080, 0xffff, 0x0101, 0x1212, 0xabab]);
  const content = await sharp(sixteen, { raw: { width: 2, height: 1, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
  expect((await sharp(content).metadata()).depth).toBe('ushort');
  expect((await levelsOf(content)).levels).toEqual([0, 0x80, 0xff, 0x01, 0x12, 0xab]);
  const grey = await sharp(Uint16Array.from([0, 0x8080]), { raw: { width: 2, height: 1, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
  expect((await sharp(grey).metadata()).space).toBe('grey16');
  expect((await levelsOf(grey)).levels).toEqual([0, 0, 0, 0x80, 0x80, 0x80]);
});

test('CMYK becomes RGB', async () => {
  const content = await fileOf(
    Array.from({ length: 192 }, (_, i) => red[i % 3]!),
    8,
    8,
  )
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
  expect((await sharp(content).metadata()).space).toBe('cmyk');
  const { shape, levels } = await levelsOf(content, {}, 'a.jpg');
  expect(shape).toEqual([8, 8, 3]);
  const [r = 0, g = 0, b = 0] = levels;
  expect(r).toBeGreaterThan(200); // print has no pure red
  expect(Math.max(g, b)).toBeLessThan(60);
});

// What EXIF's orientation says about the image [[red, blue], [grey, grey]]: where red and blue go.
test.each([
  [1, [0, 1]],
  [2, [1, 0]],
  [3, [3, 2]],
  [4, [2, 3]],
  [5, [0, 2]],
  [6, [1, 3]],
  [7, [3, 1]],
  [8, [2, 0]],
])('EXIF orientation %i is turned upright', async (orientation, [first, second]) => {
  const content = await fileOf([...red, ...blue, 9, 9, 9, 9, 9, 9], 2, 2)
    .withMetadata({ orientation })
    .png()
    .toBuffer();
  expect((await sharp(content).metadata()).orientation).toBe(orientation);
  const { levels } = await levelsOf(content);
  expect(levels.slice(3 * first!, 3 * first! + 3)).toEqual(red);
  expect(levels.slice(3 * second!, 3 * second! + 3)).toEqual(blue);
});

test('a folder crops what EXIF has turned, in the upright image', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    // Three wide and two high in the file; upright, two wide and three high, with the file's first column on top.
    const content = await fileOf([1, 2, 3, 4, 5, 6], 3, 2, 1)
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    await writeFile(join(folder, 'a.png'), content);
    const options = { mode: 'crop', cropSize: 2, training: false, channels: 1 } as const;
    const image = await imageFolder(folder, options).get(0, new Random(1));
    const levels = toLevels(image);
    expect(Array.from(await levels.data())).toEqual([4, 1, 5, 2]);
    image.dispose();
    levels.dispose();
  }));

test.each(['png', 'webp', 'tiff'] as const)('a %s that is written anew is read anew', (format) =>
  withoutLeaks(async () => {
    const path = join(await emptyFolder(), `a.${format}`);
    for (const level of [10, 200]) {
      await sharp({
        create: { width: 8, height: 8, channels: 3, background: { r: level, g: level, b: level } },
      })
        .toFormat(format, { lossless: true })
        .toFile(path);
      const image = await readImage(path);
      const levels = toLevels(image);
      expect(levels.dataSync()[0]).toBe(level);
      image.dispose();
      levels.dispose();
    }
  }),
);

test('what does not exist, or is no image', async () => {
  const folder = await emptyFolder();
  const fails = async (path: string, options?: Options) =>
    String(await readImage(path, options).catch((error: unknown) => error)).replaceAll(folder, 'FOLDER');
  expect(await fails(join(folder, 'a.png'))).toMatchInlineSnapshot(
    `"CycleGANError: readImage: there is no file "FOLDER/a.png"."`,
  );
  await writeFile(join(folder, 'a.png'), 'zebra');
  expect(await fails(join(folder, 'a.png'))).toMatchInlineSnapshot(
    `"CycleGANError: readImage: cannot read "FOLDER/a.png": Input buffer contains unsupported image format. Repair the file."`,
  );
  expect(await fails(join(folder, 'a.png'), { channels: 5 } as unknown as Options)).toMatchInlineSnapshot(
    `"CycleGANError: readImage: option "channels" must be 1, 3 or 4, got 5."`,
  );
});

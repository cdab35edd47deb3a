/** Inspections of folders whose contents the test has made. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import {
  type Duplicates,
  type Inspection,
  inspectFolder,
  inspectionSheet,
  type InspectedPart,
} from 'ts-cyclegan/node';
import { beforeEach, expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';

let folder: string;
beforeEach(async () => {
  folder = await emptyFolder();
});

/** Something like a photo: coarse noise, enlarged smoothly. Each seed gives another one. */
function photo(seed: number, width = 320, height = 240): Sharp {
  let state = seed * 7919 + 1;
  const noise = Buffer.from(
    Array.from({ length: 16 * 12 * 3 }, () => (state = (state * 16807) % 2147483647) & 255),
  );
  return sharp(noise, { raw: { width: 16, height: 12, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace('srgb');
}

async function file(name: string, image: Sharp | Buffer | string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  if (typeof image === 'string' || Buffer.isBuffer(image)) await writeFile(path, image);
  else await image.toFile(path);
  return path;
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(join(folder, to)), { recursive: true });
  await copyFile(join(folder, from), join(folder, to));
}

const part = ({ parts }: Inspection, name: string): InspectedPart => parts.find((one) => one.name === name)!;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not throw'),
    (error: unknown) => {
      const { code, message } = error as Error & { code: string };
      return `${code}: ${message}`.replaceAll(folder, 'FOLDER');
    },
  );

test('counts, sizes, formats and modes of each subfolder', async () => {
  await file('trainA/1.jpg', photo(1));
  await file('trainA/2.jpg', photo(2));
  await file('trainA/deep/3.png', photo(3, 100, 200));
  await file('trainA/4.webp', photo(4, 1000, 800));
  await file('trainB/grey.png', photo(5).greyscale().toColourspace('b-w'));
  await file('trainB/deep.png', photo(6).toColourspace('rgb16').png());
  await file('trainB/ink.jpg', photo(7).toColourspace('cmyk').jpeg());
  await file('trainB/few.png', photo(8).png({ palette: true, colours: 16 }));
  await file('trainB/clear.png', photo(9).ensureAlpha(0.5));
  await file('trainB/p3.jpg', photo(10).withIccProfile('p3').jpeg());
  await file('trainB/turned.jpg', photo(11, 300, 200).withMetadata({ orientation: 6 }).jpeg());
  const frames = await Promise.all([12, 13].map((seed) => photo(seed).png().toBuffer()));
  await file(
    'trainB/moving.gif',
    await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer(),
  );
  await file('testA/1.jpg', photo(14));
  await file('notes/1.jpg', photo(15));
  await file('readme.txt', 'above the subfolders');

  const seen: string[] = [];
  const found = await inspectFolder(folder, {
    size: 220,
    onProgress: (done, total) => void seen.push(`${done}/${total}`),
  });
  expect(found).toMatchObject({
    folder,
    layout: 'unpaired',
    size: 220,
    broken: [],
    skipped: [],
    duplicates: [],
  });
  expect(found.ignored).toEqual(['notes']);
  expect(found.parts.map(({ name, images }) => [name, images])).toEqual([
    ['trainA', 4],
    ['trainB', 8],
    ['testA', 1],
  ]);
  expect(seen).toEqual(Array.from({ length: 13 }, (_, i) => `${i + 1}/13`));
  const a = part(found, 'trainA');
  expect(a.sizes).toEqual({
    smallest: { width: 100, height: 200, images: 1 },
    median: { width: 320, height: 240, images: 2 },
    largest: { width: 1000, height: 800, images: 1 },
    common: [
      { width: 320, height: 240, images: 2 },
      { width: 1000, height: 800, images: 1 },
      { width: 100, height: 200, images: 1 },
    ],
    distinct: 3,
  });
  expect(a.formats).toEqual({ jpeg: 2, png: 1, webp: 1 });
  expect(a.modes).toEqual({ '8-bit RGB': 4 });
  expect(a.small).toEqual(['trainA/deep/3.png']);
  expect(a.samples).toEqual(['trainA/1.jpg', 'trainA/2.jpg', 'trainA/4.webp', 'trainA/deep/3.png']);
  const b = part(found, 'trainB');
  expect(b.modes).toEqual({
    '8-bit RGB': 2,
    '16-bit RGB': 1,
    '8-bit CMYK': 1,
    '8-bit RGB with alpha': 1,
    '8-bit grey': 1,
    palette: 1,
    'palette with alpha': 1,
  });
  expect(b).toMatchObject({ rotated: 1, animated: 1, formats: { gif: 1, jpeg: 3, png: 4 } });
  expect(b.profiles).toBeGreaterThanOrEqual(1);
  expect(b.sizes!.smallest).toEqual({ width: 200, height: 300, images: 1 }); // as it is shown
});

test('broken images have reasons, and other files are listed', async () => {
  const whole = await photo(1).jpeg().toBuffer();
  await file('train.jpg', whole);
  await file('cut.jpg', whole.subarray(0, whole.length / 2));
  await file('cut.png', (await photo(2).png().toBuffer()).subarray(0, 5000));
  await file('empty.png', '');
  await file('deep/text.jpg', 'not an image');
  await file('deep/notes.txt', 'text');
  const found = await inspectFolder(`${folder}/`);
  expect(found).toMatchObject({ layout: 'images', ignored: [] });
  expect(part(found, '.')).toMatchObject({ images: 1, broken: 4, small: ['train.jpg'] });
  expect(found.skipped).toEqual([{ path: 'deep/notes.txt', reason: 'unsupported format .txt' }]);
  expect(found.broken.map(({ path }) => path)).toEqual(['cut.jpg', 'cut.png', 'deep/text.jpg', 'empty.png']);
  const reason = Object.fromEntries(found.broken.map(({ path, reason }) => [path, reason]));
  expect(reason['cut.jpg']).toMatch(/premature end of JPEG image/i);
  expect(reason['deep/text.jpg']).toBe('Input buffer contains unsupported image format');
  expect(reason['empty.png']).toBe('Input Buffer is empty');
});

test('pairs: sizes of one half, and odd widths are broken', async () => {
  await file('train/1.png', photo(1, 512, 256));
  await file('train/odd.png', photo(2, 511, 256));
  await file('val/2.png', photo(3, 512, 256));
  const found = await inspectFolder(folder, { size: 256 });
  expect(found.layout).toBe('pairs');
  expect(part(found, 'train')).toMatchObject({ images: 1, broken: 1, small: [] });
  expect(part(found, 'train').sizes!.median).toEqual({ width: 256, height: 256, images: 1 });
  expect(found.broken).toEqual([
    {
      path: 'train/odd.png',
      reason: 'the width must be even, because A and B are side by side, got 511×256 pixels',
    },
  ]);
  const whole = await inspectFolder(folder, { layout: 'images' });
  expect(whole.parts.map(({ name, images }) => [name, images])).toEqual([['.', 3]]);
});

test('duplicates: equal files, and the same image in other sizes, formats and qualities', async () => {
  for (const seed of [1, 2, 3, 4, 5]) await file(`trainA/${seed}.png`, photo(seed));
  await copy('trainA/1.png', 'testA/same.png');
  await file('testA/half.jpg', photo(2).jpeg({ quality: 60 }));
  const half = await sharp(join(folder, 'testA/half.jpg')).resize(160, 120).jpeg({ quality: 60 }).toBuffer();
  await file('testA/half.jpg', half);
  await copy('trainA/3.png', 'trainB/both.png');
  await file('trainA/again.webp', photo(4).webp({ quality: 70 }));
  await file('testB/other.png', photo(6));
  // like 5 at a glance, with another detail
  const detail = { create: { width: 40, height: 40, channels: 3, background: 'white' } } as const;
  await file('testA/detail.png', photo(5).composite([{ input: detail, left: 100, top: 100 }]));

  const found = await inspectFolder(folder);
  const byKind = (kind: Duplicates['kind']) => found.duplicates.filter((group) => group.kind === kind);
  expect(byKind('train-test')).toEqual([
    { kind: 'train-test', exact: true, files: ['trainA/1.png', 'testA/same.png'] },
    { kind: 'train-test', exact: false, files: ['trainA/2.png', 'testA/half.jpg'] },
  ]);
  expect(byKind('domains')).toEqual([
    { kind: 'domains', exact: true, files: ['trainA/3.png', 'trainB/both.png'] },
  ]);
  expect(byKind('within')).toEqual([
    { kind: 'within', exact: false, files: ['trainA/4.png', 'trainA/again.webp'] },
  ]);
});

test('drawings that differ in a detail are no duplicates; flat images of one colour are', async () => {
  const emoji = (code: string) => join('node_modules/openmoji/color/svg', `${code}.svg`);
  // faces with other mouths, a lock that is open and one that is closed, clocks
  for (const code of [
    '1F610',
    '1F611',
    '1F615',
    '1F641',
    '1F512',
    '1F513',
    '1F55A',
    '1F55B',
    '1F471',
    '1F9D1',
  ]) {
    await file(
      `trainA/${code}.png`,
      sharp(await readFile(emoji(code)))
        .resize(128, 128)
        .png(),
    );
  }
  const flat = (background: string, width: number) =>
    sharp({ create: { width, height: 64, channels: 3, background } });
  await file('trainB/red.png', flat('#c02020', 64));
  await file('trainB/red too.jpg', flat('#c12020', 96).jpeg());
  await file('trainB/blue.png', flat('#2020c0', 64));
  const { duplicates } = await inspectFolder(folder);
  expect(duplicates.map(({ files }) => files)).toEqual([['trainB/red too.jpg', 'trainB/red.png']]);
});

test('an inspection is aborted', async () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) await file(`${seed}.png`, photo(seed));
  const stop = new AbortController();
  let most = 0;
  const onProgress = (done: number) => {
    most = done;
    stop.abort();
  };
  await expect(inspectFolder(folder, { signal: stop.signal, onProgress })).rejects.toThrow(
    'This operation was aborted',
  );
  expect(most).toBeLessThan(8);
});

test('errors say what is wrong', async () => {
  expect(await failure(inspectFolder(join(folder, 'no')))).toBe(
    'NOT_FOUND: inspectFolder: folder must be a folder of images, but "FOLDER/no" does not exist.',
  );
  const path = await file('1.txt', 'text');
  expect(await failure(inspectFolder(path))).toBe(
    'INVALID_ARGUMENT: inspectFolder: folder must be a folder of images, but "FOLDER/1.txt" is a file.',
  );
  expect(await failure(inspectFolder(5 as unknown as string))).toBe(
    'INVALID_ARGUMENT: inspectFolder: folder must be the path of a folder, got 5.',
  );
  expect(await failure(inspectFolder(folder))).toMatch(
    /^INVALID_DATA: inspectFolder: "FOLDER" must have at least one image \(\.avif, .*\), got none in \.\.$/,
  );
  expect(await failure(inspectFolder(folder, { layout: 'pairs' }))).toBe(
    'INVALID_DATA: inspectFolder: with layout: "pairs", "FOLDER" must have at least one of the subfolders train, val, test.',
  );
  expect(await failure(inspectFolder(folder, { sise: 5 } as object))).toBe(
    'UNKNOWN_OPTION: inspectFolder: unknown option "sise". Did you mean "size"?',
  );
});

test('the sheet has each image where it belongs', async () => {
  const plain = (background: string, width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background } }).png();
  await file('trainA/1.png', plain('#ff0000', 50, 50));
  await file('trainA/2.png', plain('#00ff00', 100, 50));
  await file('testA/1.png', plain('#0000ff', 50, 100));
  await copy('trainA/1.png', 'testA/copy.png');
  const sheet = join(folder, 'out/sheet.png');
  await inspectionSheet(sheet, await inspectFolder(folder), { columns: 2, thumbnail: 40 });
  const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
  // three sections of a title (20 pixels), a row (40 + 8) and a gap
  expect([info.width, info.height]).toEqual([8 + 2 * 48, 8 + 3 * (20 + 48 + 8)]);
  const at = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  const [red, green, blue, white] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ];
  const rows = [0, 1, 2].map((i) => 8 + 20 + i * 76);
  expect([at(8, rows[0]!), at(47, rows[0]! + 39)]).toEqual([red, red]);
  expect([at(56, rows[0]! + 10), at(95, rows[0]! + 29), at(75, rows[0]! + 5), at(75, rows[0]! + 34)]).toEqual(
    [green, green, white, white],
  );
  expect([at(28, rows[1]!), at(8, rows[1]!), at(76, rows[1]! + 20)]).toEqual([blue, white, red]);
  expect([at(28, rows[2]! + 20), at(76, rows[2]! + 20)]).toEqual([red, red]);
});

test('a sheet needs a name that ends in .png', async () => {
  await file('1.png', photo(1));
  const found = await inspectFolder(folder);
  expect(await failure(inspectionSheet(join(folder, 'sheet.jpg'), found))).toBe(
    'INVALID_ARGUMENT: inspectionSheet: path must end in .png, got "FOLDER/sheet.jpg". Images are written as PNG only, which is lossless.',
  );
});

/** Sets of images from lists, globs and the folders of two domains. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import sharp from 'sharp';
import { Random, toLevels, unpaired } from 'ts-cyclegan';
import * as tf from '@tensorflow/tfjs';
import { imageFiles, imageFolder, unpairedFolder } from 'ts-cyclegan/node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

const png = (level: number) =>
  sharp({ create: { width: 4, height: 4, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer();

/** A folder of images of one level each, or of any content. */
async function folderOf(files: Record<string, number | string>): Promise<string> {
  const folder = await emptyFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), typeof content === 'number' ? await png(content) : content);
  }
  return folder;
}

/** Runs in a folder, and returns warnings. */
function inside(folder: string): string[] {
  const warnings: string[] = [];
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((text) => {
    warnings.push(String(text).replaceAll(folder, 'FOLDER'));
  });
  onTestFinished(() => {
    cwd.mockRestore();
    spy.mockRestore();
  });
  return warnings;
}

const message = (folder: string, run: () => unknown): string => {
  try {
    run();
    return 'no error';
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message.replaceAll(folder, 'FOLDER')}`;
  }
};

describe('imageFiles', () => {
  const files = {
    'a/2.png': 20,
    'a/10.png': 100,
    'a/b/1.JPG': 10,
    'a/notes.txt': '',
    '.x/3.png': 30,
    'c/[1].png': 1,
  };

  test('a list keeps its order; folders and patterns are sorted; each file counts once', async () => {
    const folder = await folderOf(files);
    const warnings = inside(folder);
    const at = (...names: string[]) => names.map((name) => join(folder, name));
    const list = imageFiles(at('a/2.png', 'a/10.png', 'a/2.png', 'a/../a/2.png', 'c'));
    expect(list.paths.map((path) => relative(folder, path))).toEqual(['a/2.png', 'a/10.png', 'c/[1].png']);
    expect(list.names).toEqual(list.paths);
    expect(list.length).toBe(3);
    expect(imageFiles(join(folder, '**/*.{png,JPG}')).names.map((name) => relative(folder, name))).toEqual([
      'a/10.png',
      'a/2.png',
      'a/b/1.JPG',
      'c/[1].png',
    ]);
    expect(warnings).toEqual([]);
    expect(imageFiles(join(folder, 'a/*')).skipped).toEqual([
      { path: join(folder, 'a/notes.txt'), reason: 'unsupported format .txt' },
    ]);
    expect(warnings).toEqual([
      'imageFiles: the list has 2 images, 1 file skipped (unsupported format .txt: 1).',
    ]);
  });

  test('a path that exists is not a pattern; the images are those of the files', () =>
    withoutLeaks(async () => {
      const folder = await folderOf(files);
      const source = imageFiles([join(folder, 'c/[1].png'), join(folder, 'a/2.png')], { mode: 'none' });
      for (const [index, level] of [[0, 1], [1, 20]] as const) {
        const image = await source.get(index, new Random(1));
        const levels = toLevels(image);
        expect(levels.dataSync()[0]).toBe(level);
        tf.dispose([image, levels]);
      }
    })); // prettier-ignore

  test('what does not exist is an error, or skipped', async () => {
    const folder = await folderOf(files);
    inside(folder);
    const gone = join(folder, 'a/gone.png');
    expect(message(folder, () => imageFiles([join(folder, 'a/2.png'), gone]))).toBe(
      'NOT_FOUND: imageFiles: files must be images, but "FOLDER/a/gone.png" does not exist.',
    );
    expect(message(folder, () => imageFiles(join(folder, 'a/*.gif')))).toBe(
      'NOT_FOUND: imageFiles: files must be images, but no file matches "FOLDER/a/*.gif". ' +
        'Patterns have slashes on all systems, and ** stands for any folders.',
    );
    const { names, skipped } = imageFiles([gone, join(folder, 'a/2.png')], { onError: 'skip' });
    expect(names).toEqual([join(folder, 'a/2.png')]);
    expect(skipped).toEqual([{ path: gone, reason: 'does not exist' }]);
    expect(message(folder, () => imageFiles([gone], { onError: 'skip' }))).toBe(
      'INVALID_DATA: imageFiles: files must have at least one image ' +
        '(.avif, .gif, .jfif, .jpe, .jpeg, .jpg, .png, .svg, .tif, .tiff, .webp), ' +
        'got none among 0 files and folders (does not exist: 1 ("FOLDER/a/gone.png")).',
    );
  });

  test('bad arguments; imageFolder points here', async () => {
    const folder = await folderOf(files);
    const expected =
      'INVALID_ARGUMENT: imageFiles: files must be a path, a glob pattern, or a list of them that is not empty, got ';
    for (const [value, shown] of [
      [[], '[]'],
      [['a', 1], '["a", 1]'],
      ['', '""'],
      [undefined, 'undefined'],
    ] as const) {
      expect(message('-', () => imageFiles(value as unknown as string))).toBe(`${expected}${shown}.`);
    }
    expect(message(folder, () => imageFolder(join(folder, 'a/*.png')))).toBe(
      'NOT_FOUND: imageFolder: path must be a folder of images, but "FOLDER/a/*.png" does not exist. Use imageFiles for patterns.',
    );
    expect(message(folder, () => imageFolder(join(folder, 'a/2.png')))).toBe(
      'INVALID_ARGUMENT: imageFolder: path must be a folder of images, got the file "FOLDER/a/2.png". ' +
        'Use imageFiles for files, and readImage to read one image.',
    );
  });
});

describe('unpairedFolder', () => {
  const names = (sets: object): Record<string, string[]> =>
    Object.fromEntries(
      Object.entries(sets).map(([name, set]) => [name, [...(set as { names: string[] }).names]]),
    );

  test('the folders of both domains, with and without those for testing', async () => {
    const folder = await folderOf({
      'trainA/1.png': 1,
      'trainB/2.png': 2,
      'testA/3.png': 3,
      'testB/4.png': 4,
    });
    expect(names(unpairedFolder(folder))).toEqual({
      trainA: ['1.png'], trainB: ['2.png'], testA: ['3.png'], testB: ['4.png'],
    }); // prettier-ignore
    await rm(join(folder, 'testA'), { recursive: true });
    expect(names(unpairedFolder(folder))).toEqual({ trainA: ['1.png'], trainB: ['2.png'], testB: ['4.png'] });
    const two = unpairedFolder({ a: join(folder, 'trainB'), b: join(folder, 'trainA') });
    expect(names(two)).toEqual({ trainA: ['2.png'], trainB: ['1.png'] });
  });

  test('images for testing are neither cropped nor flipped; options are checked', () =>
    withoutLeaks(async () => {
      const folder = await folderOf({ 'trainA/1.png': 1, 'trainB/2.png': 2 });
      await mkdir(join(folder, 'testA'));
      await sharp(Buffer.from([10, 20, 30, 40]), { raw: { width: 2, height: 2, channels: 1 } })
        .png()
        .toFile(join(folder, 'testA/3.png'));
      const { trainA, trainB, testA } = unpairedFolder(folder, { cropSize: 2, loadSize: 3, flip: 1 });
      const shapes: number[][] = [];
      for (const set of [trainA, testA!]) {
        const image = await set.get(0, new Random(1));
        shapes.push(image.shape);
        const levels = toLevels(image);
        if (set === testA)
          expect([...levels.dataSync()].filter((_, i) => i % 3 === 0)).toEqual([10, 20, 30, 40]);
        tf.dispose([image, levels]);
      }
      expect(shapes).toEqual([[2, 2, 3], [2, 2, 3]]); // prettier-ignore
      for await (const pair of unpaired(trainA, trainB, { random: new Random(1) })) tf.dispose(pair);
      expect(message(folder, () => unpairedFolder(folder, { cropsize: 2 } as object))).toBe(
        'UNKNOWN_OPTION: unpairedFolder: unknown option "cropsize". Did you mean "cropSize"?',
      );
    }));

  test.each<[string, Record<string, number>, string]>([
    ['nothing', {}, `got no folders. For folders of other names, pass { a: 'path', b: 'path' }.`],
    [
      'other names',
      { 'horses/1.png': 1, 'zebras/1.png': 1 },
      `got the folders "horses", "zebras". For folders of other names, pass { a: 'path', b: 'path' }.`,
    ],
    ['other spelling', { 'train_A/1.png': 1, 'TrainB/1.png': 1 }, 'got the folders "TrainB", "train_A". Rename "train_A" and "TrainB" to trainA and trainB.'],
    ['one of them', { 'trainA/1.png': 1, 'testA/1.png': 1 }, `got the folders "testA", "trainA". For folders of other names, pass { a: 'path', b: 'path' }.`],
    ['one level deeper', { 'x/trainA/1.png': 1, 'x/trainB/1.png': 1 }, 'got the folders "x". Did you mean "FOLDER/x"?'],
    ['pairs', { 'train/1.png': 1, 'val/1.png': 1 }, 'got the folders "train", "val". pairedFolder reads the pairs of "FOLDER/train".'],
  ])('%s: says what was found', async (_, files, rest) => {
    const folder = await folderOf(files);
    expect(message(folder, () => unpairedFolder(folder))).toBe(
      `NOT_FOUND: unpairedFolder: "FOLDER" must be a folder with the folders trainA and trainB, ${rest}`,
    );
  }); // prettier-ignore

  test('a missing folder, a file, and other values', async () => {
    const folder = await folderOf({ 'x.png': 1, 'trainA/1.png': 1, 'trainB/readme.txt': 1 });
    const expected = 'must be a folder with the folders trainA and trainB, but it';
    expect(message(folder, () => unpairedFolder(join(folder, 'no')))).toBe(
      `NOT_FOUND: unpairedFolder: "FOLDER/no" ${expected} does not exist.`,
    );
    expect(message(folder, () => unpairedFolder(join(folder, 'x.png')))).toBe(
      `NOT_FOUND: unpairedFolder: "FOLDER/x.png" ${expected} is a file.`,
    );
    expect(message(folder, () => unpairedFolder({ a: 'x' } as never))).toBe(
      'INVALID_ARGUMENT: unpairedFolder: expected the path of a folder with trainA and trainB, ' +
        "or two paths such as { a: 'horses', b: 'zebras' }, got an object.",
    );
    expect(message(folder, () => unpairedFolder(folder))).toBe(
      'INVALID_DATA: imageFolder: "FOLDER/trainB" or its subfolders must have at least one image ' +
        '(.avif, .gif, .jfif, .jpe, .jpeg, .jpg, .png, .svg, .tif, .tiff, .webp), ' +
        'got none among 1 files and folders (unsupported format .txt: 1).',
    );
  });
});

/** `translateFiles`: real files in and out, bad files, names, shards, interruption. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import sharp, { type Sharp } from 'sharp';
import { type CycleGAN, type Pix2Pix } from 'ts-cyclegan';
import { readImage, type TranslatedFile, translateFiles, type TranslateFilesOptions } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import { tinyModel, tinyPix2Pix } from '../../support/tiny.js';

/** Noise of a size, the same for the same seed. */
function noise(height: number, width: number, channels: 1 | 3 | 4, seed = 1): Sharp {
  let state = seed;
  const data = Uint8Array.from({ length: height * width * channels }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state >> 16;
  });
  return sharp(data, { raw: { height, width, channels } });
}

async function write(path: string, image: Sharp | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (typeof image === 'string') await writeFile(path, image);
  else await image.toFile(path);
}

/** All files below a folder, sorted. */
const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** The levels of a PNG file. */
const levelsOf = async (path: string) => {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  return { data, size: [info.height, info.width, info.channels] };
};

/** The levels that the translation of a file must have. */
async function translated(model: CycleGAN, path: string): Promise<number[]> {
  const image = await readImage(path);
  const output = model.translate(image, 'AtoB', { anySize: true });
  const values = await output.data();
  tf.dispose([image, output]);
  return [...values].map((value) => Math.round((value + 1) * 127.5));
}

/** The message of the error that a call rejects with. */
const messageOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: unknown) => `${(error as { code?: string }).code ?? ''}: ${(error as Error).message}`,
  );

const differ = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from({ length: a.length }, (_, i) => Math.abs(a[i]! - b[i]!)));

test('formats, sizes, subfolders, rotation and transparency; broken files do not stop it', () =>
  withoutLeaks(async () => {
    const [folder, out] = [await emptyFolder(), join(await emptyFolder(), 'new/out')];
    await write(join(folder, 'a.jpg'), noise(13, 18, 3).withMetadata({ orientation: 6 }).jpeg());
    await write(join(folder, 'sub/b.png'), noise(9, 11, 4, 2).png());
    await write(join(folder, 'sub/deep/c.webp'), noise(8, 8, 3, 3).webp());
    await write(join(folder, 'sub/d.tiff'), noise(7, 20, 1, 4).tiff());
    await write(join(folder, 'notes.txt'), 'not an image');
    await write(join(folder, 'empty.png'), '');
    const whole = await noise(40, 40, 3, 5).jpeg().toBuffer();
    await writeFile(join(folder, 'cut.jpg'), whole.subarray(0, whole.length / 2));
    const model = tinyModel();
    const seen: TranslatedFile[] = [];
    const result = await translateFiles(model, folder, {
      direction: 'AtoB',
      out,
      onFile: (file) => void seen.push(file),
    });

    const names = ['a.png', 'sub/b.png', 'sub/d.png', 'sub/deep/c.png'];
    expect(result.translated).toEqual(names.map((name) => join(out, name)));
    expect(result.skipped).toEqual([]);
    expect(result.aborted).toBe(false);
    expect(result.failed.map(({ path }) => path)).toEqual([
      join(folder, 'cut.jpg'),
      join(folder, 'empty.png'),
    ]);
    expect(result.failed[1]!.reason).toBe(
      `translateFiles: cannot read ${JSON.stringify(join(folder, 'empty.png'))}: Input Buffer is empty. Repair or remove the file.`,
    );
    expect(
      seen.map(({ path, status, index, count }) => [path.slice(folder.length + 1), status, index, count]),
    ).toEqual([
      ['a.jpg', 'translated', 1, 6],
      ['cut.jpg', 'failed', 2, 6],
      ['empty.png', 'failed', 3, 6],
      ['sub/b.png', 'translated', 4, 6],
      ['sub/d.tiff', 'translated', 5, 6],
      ['sub/deep/c.webp', 'translated', 6, 6],
    ]);
    expect(await filesOf(out)).toEqual(names);

    const inputs = ['a.jpg', 'sub/b.png', 'sub/d.tiff', 'sub/deep/c.webp'];
    const sizes = [[18, 13, 3], [9, 11, 3], [7, 20, 3], [8, 8, 3]]; // prettier-ignore
    for (const [i, name] of names.entries()) {
      const { data, size } = await levelsOf(join(out, name));
      expect(size).toEqual(sizes[i]);
      expect(differ(data, await translated(model, join(folder, inputs[i]!)))).toBeLessThanOrEqual(1);
    }
    model.dispose();
  }));

test('a second run translates what is missing; force replaces; inputs are never replaced', () =>
  withoutLeaks(async () => {
    const [folder, out] = [await emptyFolder(), await emptyFolder()];
    for (const name of ['one', 'two']) await write(join(folder, `${name}.png`), noise(8, 8, 3).png());
    await write(join(out, 'one.png'), 'mine');
    const model = tinyModel();
    const options = { direction: 'AtoB', out } as const;
    const seen: TranslatedFile[] = [];
    const first = await translateFiles(model, folder, { ...options, onFile: (file) => void seen.push(file) });
    expect(first).toEqual({
      translated: [join(out, 'two.png')],
      skipped: [join(out, 'one.png')],
      failed: [],
      aborted: false,
    });
    expect(seen[0]).toEqual({
      path: join(folder, 'one.png'), output: join(out, 'one.png'), status: 'skipped', reason: 'the result exists',
      index: 1, count: 2,
    }); // prettier-ignore
    expect(await readFile(join(out, 'one.png'), 'utf8')).toBe('mine');
    const second = await translateFiles(model, folder, options);
    expect(second.translated).toEqual([]);
    expect(second.skipped).toHaveLength(2);
    const third = await translateFiles(model, folder, { ...options, force: true });
    expect(third.translated).toHaveLength(2);
    expect((await levelsOf(join(out, 'one.png'))).size).toEqual([8, 8, 3]);

    const before = await readFile(join(folder, 'one.png'));
    expect(await messageOf(translateFiles(model, folder, { ...options, out: folder, force: true }))).toBe(
      `INVALID_ARGUMENT: translateFiles: the result of ${JSON.stringify(join(folder, 'one.png'))} would replace the input ` +
        `${JSON.stringify(join(folder, 'one.png'))}. Use another folder for out.`,
    );
    expect(await readFile(join(folder, 'one.png'))).toEqual(before);
    model.dispose();
  }));

test('results inside of the folder of inputs are no inputs of the next run', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    await write(join(folder, 'a.jpg'), noise(8, 8, 3).jpeg());
    const model = tinyModel();
    const options = { direction: 'AtoB', out: join(folder, 'out') } as const;
    await translateFiles(model, folder, options);
    await translateFiles(model, join(folder, '**/*.{jpg,png}'), options);
    expect(await filesOf(folder)).toEqual(['a.jpg', 'out/a.png']);
    model.dispose();
  }));

test('files, folders and globs; two images with one name are refused before work begins', () =>
  withoutLeaks(async () => {
    const [folder, out] = [await emptyFolder(), await emptyFolder()];
    const image = noise(8, 8, 3).png();
    for (const name of ['x[1].png', 'in/a/b.png', 'in/c.png', 'other/d.png', 'in/e.txt'])
      await write(join(folder, name), image.clone());
    const model = tinyModel();
    const inputs = [join(folder, 'x[1].png'), join(folder, 'in/*/*.png'), `${folder}/other`];
    const { translated } = await translateFiles(model, inputs, { direction: 'BtoA', out });
    expect(translated).toEqual(['a/b.png', 'd.png', 'x[1].png'].map((name) => join(out, name)));

    await write(join(folder, 'in/c.jpg'), noise(8, 8, 3).jpeg());
    const both = [join(folder, 'in/c.jpg'), join(folder, 'in/c.png'), join(out, 'c.png')].map((path) =>
      JSON.stringify(path),
    );
    expect(await messageOf(translateFiles(model, join(folder, 'in'), { direction: 'AtoB', out }))).toBe(
      `INVALID_ARGUMENT: translateFiles: ${both[0]} and ${both[1]} would have the same result ${both[2]}. ` +
        'Rename one of them, or translate them into different folders.',
    );
    expect(await filesOf(out)).toEqual(['a/b.png', 'd.png', 'x[1].png']);
    model.dispose();
  }));

test('shards are disjoint and complete, frames keep their order, and added files move none', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const image = await noise(4, 4, 3).png().toBuffer();
    for (let i = 1; i <= 12; i++) await writeFile(join(folder, `frame${i}.png`), image);
    const model = tinyModel();
    const outs = await Promise.all(Array.from({ length: 5 }, emptyFolder));
    const translateShards = async () => {
      const parts: number[][] = [];
      for (const [i, out] of outs.entries()) {
        const order: string[] = [];
        await translateFiles(model, folder, {
          direction: 'AtoB',
          out,
          shard: { index: i + 1, count: 5 },
          onFile: ({ path }) => void order.push(path),
        });
        parts.push(order.map((path) => Number(/\d+(?=\.png)/.exec(path)![0])));
        expect(parts[i]).toEqual([...parts[i]!].sort((a, b) => a - b));
        expect(await filesOf(out)).toEqual(parts[i]!.map((frame) => `frame${frame}.png`).sort());
      }
      return parts;
    };
    const before = await translateShards();
    expect(before.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    await writeFile(join(folder, 'frame0.png'), image);
    const after = await translateShards();
    expect(after.map((part) => part.filter((frame) => frame > 0))).toEqual(before);
    expect(after.flat()).toHaveLength(13);
    model.dispose();
  }));

test('size, formats and quality', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    await write(join(folder, 'a.png'), noise(40, 60, 3).png());
    const model = tinyModel();
    const cases: [
      TranslateFilesOptions['size'],
      TranslateFilesOptions['format'],
      number | undefined,
      string,
      number[],
    ][] = [
      [10, 'png', undefined, 'a.png', [10, 15, 3]],
      [[11, 9], 'webp', 50, 'a.webp', [11, 9, 3]],
      [[11, 9], 'jpeg', undefined, 'a.jpg', [11, 9, 3]],
    ];
    for (const [size, format, quality, name, shape] of cases) {
      const out = await emptyFolder();
      await translateFiles(model, folder, {
        direction: 'AtoB', out, tile: 8, size: size!, format: format!, ...(quality !== undefined && { quality }),
      }); // prettier-ignore
      expect(await filesOf(out)).toEqual([name]);
      const written = await levelsOf(join(out, name));
      expect(written.size).toEqual(shape);
      expect((await sharp(join(out, name)).metadata()).format).toBe(format);
    }
    model.dispose();
  }));

test('grey images with a Pix2Pix', () =>
  withoutLeaks(async () => {
    const [folder, out] = [await emptyFolder(), await emptyFolder()];
    await write(join(folder, 'a.png'), noise(12, 9, 3).png());
    const model = tinyPix2Pix({ outputChannels: 1 });
    await translateFiles(model, join(folder, 'a.png'), { out });
    expect((await sharp(join(out, 'a.png')).metadata()).channels).toBe(1);
    model.dispose();
  }));

test('a signal ends the work after the current file', () =>
  withoutLeaks(async () => {
    const [folder, out] = [await emptyFolder(), await emptyFolder()];
    for (let i = 1; i <= 4; i++) await write(join(folder, `${i}.png`), noise(8, 8, 3).png());
    const model = tinyModel();
    const controller = new AbortController();
    const result = await translateFiles(model, folder, {
      direction: 'AtoB',
      out,
      signal: controller.signal,
      onFile: () => controller.abort(),
    });
    expect(result.aborted).toBe(true);
    expect(result.translated.length).toBeLessThan(4);
    expect(await filesOf(out)).toEqual(result.translated.map((path) => path.slice(out.length + 1)));
    const rest = await translateFiles(model, folder, { direction: 'AtoB', out });
    expect(rest.translated.length + result.translated.length).toBe(4);
    model.dispose();
  }));

/** Runs the program until it has printed `lines` lines, then kills it. Returns its last line. */
async function runUntil(folder: string, out: string, lines: number): Promise<string> {
  const program = fileURLToPath(new URL('translate-program.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder, out], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let last = '';
  let count = 0;
  for await (const line of createInterface(child.stdout)) {
    last = line;
    if (++count === lines) child.kill('SIGKILL');
  }
  return last;
}

test('killed at any moment: results are complete or do not exist, and a later run finishes', async () => {
  const [folder, out] = [await emptyFolder(), await emptyFolder()];
  for (let i = 1; i <= 30; i++) await write(join(folder, `${i}.png`), noise(24, 24, 3, i).png());
  await runUntil(folder, out, 5);
  const whole = (await filesOf(out)).filter((name) => !name.endsWith('.tmp'));
  expect(whole.length).toBeGreaterThanOrEqual(5);
  expect(whole.length).toBeLessThan(30);
  for (const name of whole) expect((await levelsOf(join(out, name))).size).toEqual([24, 24, 3]);
  // an unfinished file of a killed program, older than ten minutes
  const leftover = join(out, '7.png.01234567-89ab-cdef-0123-456789abcdef.tmp');
  const foreign = join(out, 'mine.tmp');
  await writeFile(foreign, 'mine');
  await writeFile(leftover, 'half');
  const old = new Date(Date.now() - 3_600_000);
  await utimes(leftover, old, old);
  const result = JSON.parse(await runUntil(folder, out, Infinity)) as {
    translated: string[];
    skipped: string[];
  };
  expect(result.skipped.length).toBe(whole.length);
  expect(result.translated.length).toBe(30 - whole.length);
  const files = await filesOf(out);
  expect(files.filter((name) => name.endsWith('.png'))).toHaveLength(30);
  expect(files).toContain('mine.tmp');
  expect(files).not.toContain('7.png.01234567-89ab-cdef-0123-456789abcdef.tmp');
});

test('refusals, before anything is written', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    await write(join(folder, 'in/a.png'), noise(8, 8, 3).png());
    await write(join(folder, 'none/b.txt'), 'text');
    const model = tinyModel();
    const two = tinyPix2Pix();
    const input = join(folder, 'in');
    const call = (
      options: object,
      inputs: unknown = input,
      translator: CycleGAN | Pix2Pix = model,
    ): Promise<string> =>
      messageOf(
        translateFiles(translator, inputs as string, {
          direction: 'AtoB',
          out: join(folder, 'out'),
          ...options,
        }),
      );
    const messages = [
      await messageOf(translateFiles(model, input, undefined as never)),
      await call({ direction: undefined }),
      await call({ quality: 80 }),
      await call({ qualty: 80 }),
      await call({ shard: { index: 3, count: 2 } }),
      await call({ size: [1, 2, 3] }),
      await call({ signal: true }),
      await call({ format: 'gif' }),
      await call({ tile: -1 }),
      await call({}, []),
      await call({}, ['']),
      await call({}, join(folder, 'missing')),
      await call({}, join(folder, '*.jpg')),
      await call({}, `${folder}/*/../in/*.png`),
      await call({}, join(folder, 'none')),
      await call({ out: join(input, 'a.png/out') }),
      await call({ direction: undefined }, input, two),
    ];
    model.dispose();
    messages.push(await call({}));
    expect(messages.map((message) => message.replaceAll(folder, '…'))).toMatchInlineSnapshot(`
      [
        "INVALID_OPTION: translateFiles: option "out" must be a text, got undefined.",
        "INVALID_ARGUMENT: translateFiles: direction must be "AtoB" or "BtoA", got undefined.",
        "INVALID_OPTION: translateFiles: option "quality" belongs to the formats webp and jpeg, but format is "png", which is lossless. Leave "quality" out, or choose another format.",
        "UNKNOWN_OPTION: translateFiles: unknown option "qualty". Did you mean "quality"?",
        "INVALID_OPTION: translateFiles: option "shard" must be { index, count } with whole numbers, index from 1 to count, got an object.",
        "INVALID_OPTION: translateFiles: option "size" must be a whole number of pixels from 1, or [height, width], got [1, 2, 3].",
        "INVALID_OPTION: translateFiles: option "signal" must be an AbortSignal, got true.",
        "INVALID_OPTION: translateFiles: option "format" must be one of "png", "webp", "jpeg", got "gif".",
        "INVALID_OPTION: translateFiles: option "tile" must be "auto", false or a whole number of pixels from 1, got -1.",
        "INVALID_ARGUMENT: translateFiles: inputs must be the path of a file or folder, a glob, or an array of them, got [].",
        "INVALID_ARGUMENT: translateFiles: inputs must be the path of a file or folder, a glob, or an array of them, got "".",
        "NOT_FOUND: translateFiles: there is no file or folder "…/missing". Check the path.",
        "NOT_FOUND: translateFiles: no image (.avif, .gif, .jfif, .jpe, .jpeg, .jpg, .png, .svg, .tif, .tiff, .webp) matches "…/*.jpg". Check the pattern, or pass a folder.",
        "INVALID_ARGUMENT: translateFiles: a glob must not have ".." after its first wildcard, got "…/*/../in/*.png". Write the folders first.",
        "INVALID_DATA: translateFiles: the folder "…/none" must have at least one image (.avif, .gif, .jfif, .jpe, .jpeg, .jpg, .png, .svg, .tif, .tiff, .webp), got none among 1 files and folders.",
        "INVALID_ARGUMENT: translateFiles: option "out" must be the path of a folder, got "…/in/a.png/out", but "…/in/a.png" is a file.",
        "UNSUPPORTED: translateFiles: the model must read images of 1, 3 or 4 channels and return 1, 3 or 4 for png, got 1 and 2. Use translateImage with your own files.",
        "DISPOSED: translateFiles: the model has been disposed. Build or load a new one.",
      ]
    `);
    expect(await filesOf(folder)).toEqual(['in/a.png', 'none/b.txt']);
    two.dispose();
  }));

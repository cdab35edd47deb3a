/** Files with flaws: which are read, which are refused, and what an epoch does about them. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { isCycleGANError, Random, toLevels, unpaired } from 'ts-cyclegan';
import { imageFolder, type ImageFolderOptions, readImage } from 'ts-cyclegan/node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { scattered } from '../../support/finite-differences.js';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

const size = 64;
/** An image that does not compress: cut anywhere, pixels are missing. */
const noise = () => {
  const values = scattered([size * size * 3]);
  const levels = Uint8Array.from(values.dataSync(), (x) => 90 + (Math.floor(Math.abs(x) * 1e6) % 64));
  values.dispose();
  return sharp(levels, { raw: { width: size, height: size, channels: 3 } });
};
const jpeg = (progressive: boolean) =>
  noise().jpeg({ quality: 95, chromaSubsampling: '4:4:4', progressive }).toBuffer();
const scan = Buffer.from([0xff, 0xda]);

async function levelsOf(content: Buffer): Promise<number[]> {
  const path = join(await emptyFolder(), 'a.jpg');
  await writeFile(path, content);
  const image = await readImage(path);
  const levels = toLevels(image);
  const read = Array.from(await levels.data());
  tf.dispose([image, levels]);
  return read;
}

// Pillow 13 reads each of these files to the very bytes of the file without a flaw.
describe.each([
  ['baseline', false],
  ['progressive', true],
])('%s JPEGs that libjpeg only warns of have the levels of the file without the flaw', (_, progressive) => {
  test.each<[string, (file: Buffer, start: number, end: number) => Uint8Array[]]>([
    [
      'zeros before the end',
      (file, _s, end) => [file.subarray(0, end), Buffer.alloc(18), file.subarray(end)],
    ],
    [
      'letters before the end',
      (file, _s, end) => [file.subarray(0, end), Buffer.from('zebra'), file.subarray(end)],
    ],
    [
      'bytes before a marker',
      (file, start) => [file.subarray(0, start), Buffer.alloc(5, 17), file.subarray(start)],
    ],
    ['bytes after the end', (file) => [file, Buffer.alloc(100, 65)]],
    [
      'a scan that claims no spectrum, as Samsung’s cameras write it',
      (file, start) => {
        const copy = Buffer.from(file);
        if (!progressive) copy[start + copy.readUInt16BE(start + 2)] = 0; // the last coefficient
        return [copy];
      },
    ],
  ])('%s', (_name, flaw) =>
    withoutLeaks(async () => {
      const file = await jpeg(progressive);
      const flawed = Buffer.concat(flaw(file, file.indexOf(scan), file.length - 2));
      expect(await levelsOf(flawed)).toEqual(await levelsOf(file));
    }),
  );
});

const formats: [name: string, encode: () => Promise<Buffer>][] = [
  ['baseline.jpg', () => jpeg(false)],
  ['progressive.jpg', () => jpeg(true)],
  ['a.png', () => noise().png().toBuffer()],
  ['interlaced.png', () => noise().png({ progressive: true }).toBuffer()],
  ['a.webp', () => noise().webp().toBuffer()],
  ['a.gif', () => noise().gif().toBuffer()],
  ['a.tif', () => noise().tiff({ compression: 'lzw' }).toBuffer()],
  ['a.avif', () => noise().avif().toBuffer()],
];
/** Each reads another part of the file, or all of it to other numbers. */
const ways: ImageFolderOptions[] = [
  { mode: 'none' },
  { mode: 'crop', cropSize: 4, training: false },
  { cropSize: 4, convention: 'pytorch' },
];

test.each(formats)(
  '%s, cut anywhere, is refused, also where the part that is needed is there',
  (name, encode) =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      const path = join(folder, name);
      const whole = await encode();
      for (const options of ways) {
        await writeFile(path, whole);
        (await imageFolder(folder, options).get(0, new Random(1))).dispose();
        for (const share of [0.3, 0.5, 0.7, 0.9, 0.99]) {
          await writeFile(path, whole.subarray(0, Math.floor(whole.length * share)));
          const error: unknown = await imageFolder(folder, options)
            .get(0, new Random(1))
            .catch((reason: unknown) => reason);
          expect(isCycleGANError(error, 'INVALID_DATA'), `${share}: ${String(error)}`).toBe(true);
          expect(String(error)).toMatch(`imageFolder: cannot read ${JSON.stringify(path)}: `);
        }
      }
    }),
);

describe('onError', () => {
  /** Grey images of levels 10, 20, …, of which some are broken. */
  async function greys(count: number, broken: readonly number[] = []): Promise<string> {
    const folder = await emptyFolder();
    for (let i = 0; i < count; i++) {
      const background = { r: 10 * (i + 1), g: 0, b: 0 };
      const content = await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toBuffer();
      await writeFile(join(folder, `${i}.png`), broken.includes(i) ? content.subarray(0, 60) : content);
    }
    return folder;
  }
  const options = (onError: 'skip' | 'throw') => ({ onError, mode: 'none', flip: 0 }) as const;

  /** One epoch: which images of A and of B come. */
  async function epoch(a: string, b: string, length: 'max' | 'min', onError: 'skip' | 'throw' = 'skip') {
    const [sourceA, sourceB] = [imageFolder(a, options(onError)), imageFolder(b, options(onError))];
    const shown: [number[], number[]] = [[], []];
    for await (const images of unpaired(sourceA, sourceB, { random: new Random(7), length })) {
      images.forEach((image, side) => {
        const level = Math.round((image.dataSync()[0]! + 1) * 127.5);
        shown[side]!.push(level / 10 - 1);
      });
      tf.dispose(images);
    }
    return { a: shown[0], b: shown[1], broken: [sourceA.broken, sourceB.broken] };
  }
  const silent = () => {
    const warnings: string[] = [];
    const spy = vi
      .spyOn(process, 'emitWarning')
      .mockImplementation((text) => void warnings.push(String(text)));
    onTestFinished(() => {
      spy.mockRestore();
    });
    return warnings;
  };

  test('throw ends the epoch', () =>
    withoutLeaks(async () => {
      const [a, b] = [await greys(4, [2]), await greys(2)];
      await expect(epoch(a, b, 'max', 'throw')).rejects.toThrow(
        `imageFolder: cannot read ${JSON.stringify(join(a, '2.png'))}: `,
      );
    }));

  test('skip: every other image of A once, B drawn anew, both named and counted', () =>
    withoutLeaks(async () => {
      const warnings = silent();
      const [a, b] = [await greys(6, [1, 4]), await greys(3, [2])];
      const shown = await epoch(a, b, 'max');
      expect([...shown.a].sort()).toEqual([0, 2, 3, 5]);
      expect(shown.b).toHaveLength(4);
      expect(shown.b).not.toContain(2);
      expect(shown.broken[0]!.map(({ path }) => path).sort()).toEqual([join(a, '1.png'), join(a, '4.png')]);
      expect(shown.broken[0]![0]!.reason).toMatch(
        /^imageFolder: cannot read ".+": .+ pass onError: "skip"\.$/,
      );
      const counts = warnings
        .filter((text) => text.includes(a))
        .map((text) => text.slice(text.search(/\d of/)));
      expect(counts).toEqual([
        '1 of 6 images have been skipped so far.',
        '2 of 6 images have been skipped so far.',
      ]);
    }));

  test('skip: where A is the smaller set, another image stands in and the epoch keeps its length', () =>
    withoutLeaks(async () => {
      silent();
      const [a, b] = [await greys(3, [0]), await greys(7)];
      const shown = await epoch(a, b, 'max');
      expect(shown.a).toHaveLength(7);
      expect(new Set(shown.a)).toEqual(new Set([1, 2]));
    }));

  test('skip: with "min" each side goes on with its own next image', () =>
    withoutLeaks(async () => {
      silent();
      const [a, b] = [await greys(6, [1, 3]), await greys(4, [2])];
      const shown = await epoch(a, b, 'min');
      expect([...shown.b].sort()).toEqual([0, 1, 3]);
      expect(new Set(shown.a).size).toBe(3);
      for (const i of shown.a) expect([0, 2, 4, 5]).toContain(i);
    }));

  test('skip: images that have gone are left out too', () =>
    withoutLeaks(async () => {
      silent();
      const [a, b] = [await greys(3), await greys(1)];
      const source = imageFolder(a, options('skip'));
      await rm(join(a, '1.png'));
      let steps = 0;
      for await (const images of unpaired(source, imageFolder(b, options('skip')), {
        random: new Random(1),
      })) {
        tf.dispose(images);
        steps++;
      }
      expect(steps).toBe(2);
      expect(source.broken.map(({ reason }) => reason)).toEqual([
        `imageFolder: there is no file ${JSON.stringify(join(a, '1.png'))}.`,
      ]);
    }));

  test('skip: with nothing left there is an error', () =>
    withoutLeaks(async () => {
      silent();
      const [a, b] = [await greys(2, [0, 1]), await greys(3)];
      for (const sides of [
        [a, b],
        [b, a],
      ] as const) {
        for (const length of ['max', 'min'] as const) {
          const side = sides[0] === a ? 'a' : 'b';
          await expect(epoch(...sides, length)).rejects.toThrow(
            `unpaired: ${side} must have at least one image that can be read, got none among 2. ` +
              `The last error was: imageFolder: cannot read ${JSON.stringify(a).slice(0, -1)}/`,
          );
        }
      }
    }));

  test('is one of two words', async () => {
    const folder = await greys(1);
    expect(() => imageFolder(folder, { onError: 'ignore' as 'skip' })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: imageFolder: option "onError" must be one of "throw", "skip", got "ignore".]`,
    );
  });
});

/** Every format, cut anywhere, turned by EXIF and reduced while decoding. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { CycleGANTrainer, Random, toLevels } from 'ts-cyclegan';
import { imageFolder, type ImageFolderOptions, readImage } from 'ts-cyclegan/node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import { tinyModel } from '../../support/tiny.js';

const levelsOf = (image: tf.Tensor3D): number[] => {
  const levels = toLevels(image);
  const values = [...levels.dataSync()];
  tf.dispose([image, levels]);
  return values;
};

/** Levels that any format keeps nearly: a slope in each channel. */
const [width, height] = [48, 32];
const slope = Buffer.from(
  Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return [40 + 4 * x, 200 - 5 * y, 60 + 2 * x + 2 * y];
  }).flat(),
);
const image = () => sharp(slope, { raw: { width, height, channels: 3 } });
const lossless = { atol: 0.1 };
const lossy = { atol: 12 };

const formats = {
  'a.jpg': [() => image().jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer(), lossy],
  'progressive.jpeg': [() => image().jpeg({ quality: 98, progressive: true }).toBuffer(), lossy],
  'a.png': [() => image().png().toBuffer(), lossless],
  'interlaced.png': [() => image().png({ progressive: true }).toBuffer(), lossless],
  'a.webp': [() => image().webp({ quality: 98 }).toBuffer(), lossy],
  'lossless.webp': [() => image().webp({ lossless: true }).toBuffer(), lossless],
  'a.gif': [() => image().gif({ dither: 0 }).toBuffer(), { atol: 24 }], // 256 colours
  'a.avif': [() => image().avif({ quality: 90, effort: 0, chromaSubsampling: '4:4:4' }).toBuffer(), lossy],
  'a.tif': [() => image().tiff({ compression: 'none' }).toBuffer(), lossless],
  'lzw.tiff': [() => image().tiff({ compression: 'lzw' }).toBuffer(), lossless],
  'deflate.tiff': [() => image().tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(), lossless],
} as const; // prettier-ignore
const entries = Object.entries(formats);

async function put(name: string, content: Uint8Array): Promise<string> {
  const folder = await emptyFolder();
  await writeFile(join(folder, name), content);
  return folder;
}

test.each(entries)('%s: the pixels that were written', (name, [encode, tolerance]) =>
  withoutLeaks(async () => {
    const folder = await put(name, await encode());
    const read = await readImage(join(folder, name));
    expect(read.shape).toEqual([height, width, 3]);
    expect(levelsOf(read)).toBeAllClose([...slope], { rtol: 0, ...tolerance });
  }),
);

test('one bit a pixel, one channel with opacity', () =>
  withoutLeaks(async () => {
    const bits = Buffer.from([0, 255, 255, 0, 0, 0, 0, 255]);
    const raw = { raw: { width: 8, height: 1, channels: 1 } } as const;
    const files = {
      'bits.tif': await sharp(bits, raw).toColourspace('b-w').tiff({ bitdepth: 1, compression: 'ccittfax4' }).toBuffer(),
      'bits.png': await sharp(bits, raw).toColourspace('b-w').png({ palette: true, colours: 2 }).toBuffer(),
    }; // prettier-ignore
    for (const [name, content] of Object.entries(files)) {
      const folder = await put(name, content);
      expect(levelsOf(await readImage(join(folder, name), { channels: 1 }))).toEqual([...bits]);
    }
  }));

test('of several frames or pages, the first', () =>
  withoutLeaks(async () => {
    const frames = Buffer.concat([Buffer.alloc(8 * 8 * 3, 10), Buffer.alloc(8 * 8 * 3, 200)]);
    const two = () => sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } });
    const files = {
      'a.gif': await two().gif().toBuffer(),
      'a.webp': await two().webp({ lossless: true }).toBuffer(),
      'a.tif': await two().tiff().toBuffer(),
    };
    for (const [name, content] of Object.entries(files)) {
      expect((await sharp(content).metadata()).pages).toBe(2);
      const read = await readImage(join(await put(name, content), name));
      expect(read.shape).toEqual([8, 8, 3]);
      expect(new Set(levelsOf(read))).toEqual(new Set([10]));
    }
  }));

describe('cut files', () => {
  // noise, so that each part of a file matters
  const noise = new Random(1);
  const pixels = Buffer.from(Array.from({ length: 40 * 40 * 3 }, () => 60 + noise.index(120)));
  const noisy = () => sharp(pixels, { raw: { width: 40, height: 40, channels: 3 } });
  test.each([
    ['jpg', () => noisy().jpeg()],
    ['jpeg', () => noisy().jpeg({ progressive: true })],
    ['png', () => noisy().png()],
    ['webp', () => noisy().webp()],
    ['webp', () => noisy().webp({ lossless: true })],
    ['gif', () => noisy().gif()],
    ['avif', () => noisy().avif({ effort: 0 })],
    ['tif', () => noisy().tiff({ compression: 'lzw' })],
  ] as const)('a %s is refused, or has lost nothing; also where it is reduced', async (extension, encode) => {
    const whole = await encode().toBuffer();
    const options: ImageFolderOptions[] = [
      { mode: 'none', flip: 0 },
      { convention: 'pytorch', training: false, cropSize: 4 },
    ];
    await withoutLeaks(async () => {
      for (const settings of options) {
        const read = async (content: Uint8Array) => {
          const source = imageFolder(await put(`a.${extension}`, content), settings);
          return levelsOf(await source.get(0, new Random(1)));
        };
        const want = await read(whole);
        for (const share of [0, 0.01, 0.2, 0.5, 0.8, 0.95, 0.99]) {
          const cut = whole.subarray(0, Math.floor(whole.length * share));
          const got = await read(cut).catch((error: unknown) => (error as { code: string }).code);
          if (share < 0.96) expect(got).toBe('INVALID_DATA');
          else expect(got === 'INVALID_DATA' || String(got) === String(want)).toBe(true);
        }
      }
    });
  });
});

// where EXIF's orientation puts the four corners of the file: top left, top right, bottom left, bottom right
test.each([
  [1, [0, 1, 2, 3]],
  [2, [1, 0, 3, 2]],
  [3, [3, 2, 1, 0]],
  [4, [2, 3, 0, 1]],
  [5, [0, 2, 1, 3]],
  [6, [2, 0, 3, 1]],
  [7, [3, 1, 2, 0]],
  [8, [1, 3, 0, 2]],
] as const)('a large JPEG with EXIF orientation %i is upright after it was reduced', (orientation, corners) =>
  withoutLeaks(async () => {
    const [wide, high] = [240, 160];
    const shades = [20, 90, 160, 230];
    const content = await sharp(
      Buffer.from(
        Array.from(
          { length: wide * high },
          (_, i) => shades[Number(i % wide >= wide / 2) + 2 * Number(i >= (wide * high) / 2)]!,
        ),
      ),
      { raw: { width: wide, height: high, channels: 1 } },
    )
      .withMetadata({ orientation })
      .jpeg({ quality: 95 })
      .toBuffer();
    const folder = await put('a.jpg', content);
    const turned = orientation > 4;
    for (const convention of ['pytorch', 'keras'] as const) {
      const options = { convention, training: false, mode: 'scale_width', channels: 1, cropSize: 4 } as const;
      const loadSize = turned ? 8 : 12;
      const y = await imageFolder(folder, { ...options, loadSize }).get(0, new Random(1));
      const [h, w] = turned ? [12, 8] : [8, 12];
      expect(y.shape).toEqual([h, w, 1]);
      const levels = levelsOf(y);
      const found = [0, w - 1, (h - 1) * w, h * w - 1].map((place) => levels[place]!);
      expect(found).toBeAllClose(
        corners.map((corner) => shades[corner]!),
        { rtol: 0, atol: 3 },
      );
    }
  }),
);

describe('an epoch with odd files', () => {
  async function mixed(): Promise<string> {
    const folder = await emptyFolder();
    const good = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#336699' } })
      .png()
      .toBuffer();
    const files = {
      'good.png': good,
      'zero.png': Buffer.alloc(0),
      'text.jpg': Buffer.from('<html>404 Not Found</html>'),
      'cut.png': good.subarray(0, 60),
      'tiny.png': await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } }).png().toBuffer(),
      'bomb.svg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"/>'),
    }; // prettier-ignore
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return folder;
  }
  const others = () => [tf.zeros<tf.Rank.R3>([8, 8, 3])];
  const bad = ['bomb.svg', 'cut.png', 'text.jpg', 'tiny.png', 'zero.png'];

  async function fit(folder: string, options: ImageFolderOptions) {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { epochs: 1, seed: 5 });
    const b = others();
    const a = imageFolder(folder, { mode: 'none', ...options });
    try {
      return { ...(await trainer.fit(a, b)), steps: trainer.step, broken: a.broken };
    } finally {
      trainer.dispose();
      model.dispose();
      tf.dispose(b);
    }
  }

  test('skipped, counted and named once', async () => {
    const folder = await mixed();
    const warnings: string[] = [];
    const spy = vi
      .spyOn(process, 'emitWarning')
      .mockImplementation((text) => void warnings.push(String(text)));
    onTestFinished(() => {
      spy.mockRestore();
    });
    await withoutLeaks(async () => {
      const { skipped, broken, steps, waited } = await fit(folder, { onError: 'skip' });
      expect([...skipped.a].sort()).toEqual(bad);
      expect(broken.map(({ path }) => path).sort()).toEqual(bad.map((name) => join(folder, name)));
      expect(steps).toBe(1);
      expect(waited).toBeGreaterThan(0);
    });
    expect(warnings).toHaveLength(5);
    expect(warnings.at(-1)).toMatch(/ 5 of 6 images have been skipped so far\.$/);
  });

  test('an error by default; an error if none is left', async () => {
    const folder = await mixed();
    const spy = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    onTestFinished(() => {
      spy.mockRestore();
    });
    await withoutLeaks(async () => {
      await expect(fit(folder, {})).rejects.toMatchObject({ code: 'INVALID_DATA' });
      await writeFile(join(folder, 'good.png'), '');
      await expect(fit(folder, { onError: 'skip' })).rejects.toThrow(
        /^unpaired: a must have at least one image that can be read, got none among 6\. The last error was: imageFolder: /,
      );
    });
  });
});

/** SVG: drawn at the size of training, on white, and only from the file itself. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planPreprocess, type PreprocessOptions, Random, toLevels } from 'ts-cyclegan';
import { imageFolder, pairedFolder, readImage } from 'ts-cyclegan/node';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import type * as tf from '@tensorflow/tfjs';

const svg = (attributes: string, content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${content}</svg>`;
/** The left half is black, the rest transparent. */
const half = (attributes: string) => svg(attributes, '<rect width="50%" height="100%"/>');

async function folderOf(content: string): Promise<string> {
  const folder = await emptyFolder();
  await writeFile(join(folder, 'a.svg'), content);
  return folder;
}

/** Levels of the first channel as rows, and disposes the image. */
function rowsOf(image: tf.Tensor3D): number[][] {
  const levels = toLevels(image);
  const rows = levels.arraySync().map((row) => row.map(([red]) => red!));
  image.dispose();
  levels.dispose();
  return rows;
}

const get = async (content: string, options: PreprocessOptions) =>
  rowsOf(await imageFolder(await folderOf(content), options).get(0, new Random(1)));

/** Rows of a black left half and a white right half. */
const halves = (height: number, width: number) =>
  Array.from({ length: height }, () => Array.from({ length: width }, (_, x) => (x < width / 2 ? 0 : 255)));

describe('the size', () => {
  const still = { training: false, cropSize: 64 } as const;

  test.each(['keras', 'pytorch'] as const)('%s: drawn sharp at the size after resizing', (convention) =>
    withoutLeaks(async () => {
      // as pixels, an icon of 6 × 6 would be blurred; a poster of 6000 × 6000 would have too many
      for (const side of [6, 7.3, 100, 6000]) {
        const y = await get(half(`width="${side}" height="${side}"`), { ...still, convention });
        expect(y).toEqual(halves(64, 64));
      }
      // drawn in its own proportions and squashed, like other images: only the edge may be grey
      const squashed = await get(half('viewBox="0 0 30 10"'), { ...still, convention });
      for (const row of squashed)
        expect(row.filter((level) => level > 0 && level < 255).length).toBeLessThanOrEqual(2);
      expect(squashed[5]![30]).toBe(0);
      expect(squashed[5]![33]).toBe(255);
    }),
  );

  test('scale_width keeps the proportions', () =>
    withoutLeaks(async () => {
      const options = { training: false, mode: 'scale_width', loadSize: 40, cropSize: 8 } as const;
      expect(await get(half('width="10mm" height="5mm"'), options)).toEqual(halves(20, 40));
    }));

  test.each(['crop', 'none'] as const)('%s: the shorter side is loadSize', (mode) =>
    withoutLeaks(async () => {
      const options = { training: false, mode, loadSize: 40, cropSize: 200 } as const;
      expect(await get(half('width="20" height="10"'), options)).toEqual(halves(40, 80));
    }),
  );

  test('crops and flips as other images', () =>
    withoutLeaks(async () => {
      const options = { cropSize: 16, loadSize: 24, convention: 'pytorch', flip: 1 } as const;
      const { crop } = planPreprocess(options, [24, 24], new Random(1));
      const left = crop![1];
      const row = Array.from({ length: 16 }, (_, x) => (left + 15 - x < 12 ? 0 : 255));
      const y = await get(half('width="6" height="6"'), options);
      expect(y).toEqual(Array.from({ length: 16 }, () => row));
    }));

  test('readImage draws it in its own size; grey and alpha', () =>
    withoutLeaks(async () => {
      const file = join(await folderOf(half('width="6" height="2"')), 'a.svg');
      expect(rowsOf(await readImage(file, { background: [9, 0, 0] }))).toEqual([
        [0, 0, 0, 9, 9, 9],
        [0, 0, 0, 9, 9, 9],
      ]);
      const image = await readImage(file, { channels: 4 });
      const levels = toLevels(image);
      expect([...levels.dataSync()].slice(8, 16)).toEqual([0, 0, 0, 255, 0, 0, 0, 0]);
      image.dispose();
      levels.dispose();
    }));

  test('pairs of one shape', () =>
    withoutLeaks(async () => {
      const [a, b] = [
        await folderOf(half('width="6" height="6"')),
        await folderOf(half('viewBox="0 0 9 9"')),
      ];
      const pairs = await pairedFolder({ a, b }, { cropSize: 16, loadSize: 24 });
      const [input, target] = await pairs.get(0, new Random(3));
      expect(rowsOf(input)).toEqual(rowsOf(target));
    }));
});

describe('refused', () => {
  const reason = async (content: string): Promise<string> => {
    const folder = await folderOf(content);
    const error: unknown = await imageFolder(folder, { cropSize: 16 })
      .get(0, new Random(1))
      .then(
        (image) => image.dispose(),
        (cause: unknown) => cause,
      );
    return String(error).replaceAll(folder, 'FOLDER');
  };
  const refused = (target: string) =>
    `CycleGANError: imageFolder: "FOLDER/a.svg": the SVG refers to "${target}", and other files are not loaded. ` +
    'Embed it as a data: URL, or remove the file.';

  test.each([
    ['photo.png', '<image href="photo.png"/>'],
    ['/etc/passwd', `<image width="9" xlink:href='/etc/passwd'/>`],
    ['https://localhost/a.svg#x', '<use href="https://localhost/a.svg#x"/>'],
    ['file:///a.png', '<filter id="f"><feImage xlink:href="file:///a.png"/></filter>'],
    ['font.woff', '<style>@font-face { src: url(font.woff) }</style>'],
    ['more.css', '<style>@import "more.css";</style>'],
    ['x.svg#p', `<rect fill="url('x.svg#p')"/>`],
  ])('what needs another file: %s', async (target, content) => {
    expect(await reason(svg('width="9" height="9"', content))).toBe(refused(target));
  });

  test('references inside the file, data: URLs, links and names of namespaces are none', async () => {
    const png =
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const content =
      '<!-- <image href="old.png"/> --><defs><linearGradient id="g"/><rect id="r" width="1" height="1"/></defs>' +
      `<a href="https://localhost/"><rect fill="url(#g)" width="3" height="3"/></a><use xlink:href="#r"/><image href="${png}"/>`;
    await withoutLeaks(async () => {
      expect(await reason(svg('width="9" height="9"', content))).toBe('undefined');
    });
  });

  test('far too large, also if it only says so', async () => {
    expect(await reason(half('width="1000000" height="20000"'))).toBe(
      'CycleGANError: imageFolder: "FOLDER/a.svg": the image has 1000000×20000 pixels, more than the limit of 268402689. ' +
        'Resize it with another program, remove the file, or raise the option pixelLimit.',
    );
  });

  test.each([
    [
      'entities that expand',
      `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">${'b c d e f g h i j'
        .split(' ')
        .map((name, i) => `<!ENTITY ${name} "${`&${'abcdefghi'[i]};`.repeat(10)}">`)
        .join('')}]>${svg('width="9" height="9"', '<text>&j;</text>')}`,
    ],
    [
      'an entity from a file',
      `<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>${svg('width="9" height="9"', '<text>&a;</text>')}`,
    ],
    ['a cut file', half('width="9" height="9"').slice(0, -10)],
    ['a deep one', svg('width="9" height="9"', `${'<g>'.repeat(1e5)}${'</g>'.repeat(1e5)}`)],
  ])('%s', async (_, content) => {
    expect(await reason(content)).toMatch(
      /^CycleGANError: imageFolder: cannot read "FOLDER\/a\.svg": Input buffer has corrupt header: .+\. Repair or remove the file, or pass onError: "skip"\.$/s,
    );
  });
});

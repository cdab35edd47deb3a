/** The demo's images: which, how they are dealt out, and how they look. */
import { expect, test } from 'vitest';
import { drawn, split, usableNames } from '../../../src/cli/demo/openmoji.js';

test('names are drawings, without variants, flags and private signs', async () => {
  const names = await usableNames();
  expect(names).toHaveLength(1478);
  expect(names).toContain('1F600.svg'); // grinning face
  for (const variant of [
    '1F44B-1F3FB.svg',
    '1F468-200D-1F33E.svg',
    '1F1E9-1F1EA.svg',
    '0031-FE0F-20E3.svg',
    'E000.svg',
  ]) {
    expect(names).not.toContain(variant);
  }
});

test('a code point trains A, or trains B, or is a test image', async () => {
  const names = await usableNames();
  const { trainA, trainB, test: kept } = split(names, 3);
  expect([trainA.length, trainB.length, kept.length]).toEqual([639, 639, 200]);
  expect(new Set([...trainA, ...trainB, ...kept]).size).toBe(names.length);
  expect(split(names, 3)).toEqual({ trainA, trainB, test: kept });
  expect(split(names, 4).test).not.toEqual(kept);
});

test('drawings are grey on white, colour images of the same name coloured, and pairs fit pixel for pixel', async () => {
  const read = async (style: 'black' | 'color') => (await drawn(style, '1F600.svg', 32)).raw().toBuffer();
  const [drawing, face] = [await read('black'), await read('color')];
  const pixel = (levels: Buffer, y: number, x: number) => [
    ...levels.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3),
  ];
  expect([drawing.length, face.length]).toEqual([32 * 32 * 3, 32 * 32 * 3]);
  expect(pixel(drawing, 0, 0)).toEqual([255, 255, 255]);
  expect(pixel(face, 0, 0)).toEqual([255, 255, 255]);
  expect(pixel(face, 9, 16)).toBeAllClose([0xfc, 0xea, 0x2b], { atol: 3 }); // the forehead: OpenMoji's yellow, #fcea2b
  expect(pixel(drawing, 9, 16)).toEqual([255, 255, 255]);
  for (let i = 0; i < drawing.length; i += 3) expect(drawing[i]).toBe(drawing[i + 2]);
});

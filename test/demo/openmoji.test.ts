/** The demo's images: which, how they are dealt out, and how they look. */
import { Random } from 'ts-cyclegan';
import { expect, test } from 'vitest';
import { images, split, usableNames } from '../../demo/openmoji.js';
import { withoutLeaks } from '../support/leaks.js';

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

test('drawings are grey on white, colour images of the same name coloured, and pairs fit pixel for pixel', () =>
  withoutLeaks(async () => {
    const [black, colour] = await Promise.all([
      images('black', ['1F600.svg'], 32),
      images('color', ['1F600.svg'], 32),
    ]);
    const [a, b] = [await black.get(0, new Random(0)), await colour.get(0, new Random(0))];
    const [drawing, face] = [await a.data(), await b.data()];
    const pixel = (values: ArrayLike<number>, y: number, x: number) =>
      [0, 1, 2].map((c) => values[(y * 32 + x) * 3 + c]!);
    expect(pixel(drawing, 0, 0)).toEqual([1, 1, 1]);
    expect(pixel(face, 0, 0)).toEqual([1, 1, 1]);
    const [red, green, blue] = pixel(face, 9, 16) as [number, number, number]; // the forehead: OpenMoji's yellow, #fcea2b
    expect([red, green, blue]).toBeAllClose(
      [0xfc, 0xea, 0x2b].map((level) => level / 127.5 - 1),
      { atol: 0.02 },
    );
    expect(pixel(drawing, 9, 16)).toEqual([1, 1, 1]);
    for (let i = 0; i < drawing.length; i += 3) expect(drawing[i]).toBe(drawing[i + 2]);
    a.dispose();
    b.dispose();
  }));

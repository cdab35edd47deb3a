/**
 * Colour profiles. The levels wanted are those of LittleCMS 2.19 as Pillow 13 calls it on the same profile bytes:
 * `ImageCms.profileToProfile(image, profile, ImageCms.createProfile('sRGB'), renderingIntent=0, outputMode='RGB')`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toLevels } from 'ts-cyclegan';
import { readImage } from 'ts-cyclegan/node';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { cmykProfile, greyProfile, rgbProfiles } from '../../support/icc.js';
import { withoutLeaks } from '../../support/leaks.js';
import { pngRow } from '../../support/png.js';

async function levelsOf(content: Buffer, options: Parameters<typeof readImage>[1] = {}, name = 'a.png') {
  const path = join(await emptyFolder(), name);
  await writeFile(path, content);
  return withoutLeaks(async () => {
    const image = await readImage(path, options);
    const levels = toLevels(image);
    const read = Array.from(await levels.data());
    image.dispose();
    levels.dispose();
    return read;
  });
}

const red = [255, 0, 0];
const colours = [...red, 128, 64, 192, 10, 200, 99, 200, 30, 31];
const wanted = {
  sRGB: colours,
  'Display P3': [...red, 138, 59, 199, 0, 204, 85, 218, 0, 9],
  'Adobe RGB': [...red, 146, 62, 197, 0, 201, 91, 233, 24, 25],
};
const names = ['sRGB', 'Display P3', 'Adobe RGB'] as const;
const depths = [8, 16] as const;

/** Puts an opacity behind each pixel. */
const withAlpha = (values: readonly number[], channels: 1 | 3, alpha: number) =>
  Array.from({ length: values.length / channels }, (_, i) => [
    ...values.slice(i * channels, (i + 1) * channels),
    alpha,
  ]).flat();

describe.each(depths)('%i bits', (depth) => {
  test.each(names)('%s becomes sRGB, with and without opacity', async (name) => {
    const profile = rgbProfiles[name];
    const want = wanted[name];
    expect(await levelsOf(pngRow(colours, { channels: 3, depth, profile }))).toBeAllClose(want, { atol: 1 });
    const opaque = pngRow(withAlpha(colours, 3, 255), { channels: 4, depth, profile });
    expect(await levelsOf(opaque)).toBeAllClose(want, { atol: 1 });
    expect(await levelsOf(opaque, { channels: 4 })).toBeAllClose(withAlpha(want, 3, 255), { atol: 1 });
  });

  const greys = [0, 10, 64, 128, 200, 255];
  test.each([
    [1, [0, 55, 137, 188, 229, 255]],
    [1.8, [0, 10, 81, 146, 210, 255]],
    [2.2, [0, 3, 62, 129, 201, 255]],
  ])('grey with the tone curve x^%f', async (exponent, want) => {
    const profile = greyProfile(exponent);
    const three = want.flatMap((level) => [level, level, level]);
    const grey = pngRow(greys, { channels: 1, depth, profile });
    expect(await levelsOf(grey)).toBeAllClose(three, { atol: 1 });
    expect(await levelsOf(grey, { channels: 1 })).toBeAllClose(want, { atol: 1 });
    const opaque = pngRow(withAlpha(greys, 1, 255), { channels: 2, depth, profile });
    expect(await levelsOf(opaque)).toBeAllClose(three, { atol: 1 });
  });

  test('what is transparent lies on the background in sRGB', async () => {
    // (255, 0, 0) with opacity 128 on (0, 100, 255), in 128/255 and 127/255
    const half = pngRow([...red, 128, ...red, 0], { channels: 4, depth, profile: rgbProfiles.sRGB });
    expect(await levelsOf(half, { background: [0, 100, 255] })).toBeAllClose([128, 50, 127, 0, 100, 255], {
      atol: 1,
    });
  });

  test('without a profile, with one of another colour space, with a broken one or with gAMA: levels stay', async () => {
    const keeps = async (more: Partial<Parameters<typeof pngRow>[1]>) => {
      expect(await levelsOf(pngRow(colours, { channels: 3, depth, ...more }))).toEqual(colours);
    };
    await keeps({});
    await keeps({ profile: greyProfile(1) });
    await keeps({ profile: Buffer.from('no profile at all') });
    await keeps({ gamma: 100000 });
    const grey = pngRow(greys, { channels: 1, depth, profile: rgbProfiles['Display P3'] });
    expect(await levelsOf(grey, { channels: 1 })).toEqual(greys);
  });
});

test('a palette has the profile’s colours', async () => {
  const profile = rgbProfiles['Display P3'];
  const content = pngRow([0, 1, 2, 3], { channels: 1, depth: 8, palette: colours, profile });
  expect(await levelsOf(content)).toBeAllClose(wanted['Display P3'], { atol: 1 });
});

test('CMYK goes through its profile', async () => {
  const inks = [0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 255, 100, 50, 25, 10, 30, 200, 120, 60];
  const want = [255, 255, 255, 0, 192, 255, 248, 107, 178, 0, 0, 0, 174, 198, 224, 175, 104, 111];
  expect(await levelsOf(cmykTiff(inks, cmykProfile()), {}, 'a.tif')).toBeAllClose(want, { atol: 1 });
});

/** One row of inks as TIFF. */
function cmykTiff(inks: readonly number[], profile: Buffer): Buffer {
  const fields = 10;
  const after = 8 + 2 + 12 * fields + 4;
  const [depths, pixels] = [after, after + 8];
  const short = 3;
  const long = 4;
  const entries = [
    [256, long, 1, inks.length / 4],
    [257, long, 1, 1],
    [258, short, 4, depths],
    [259, short, 1, 1], // not compressed
    [262, short, 1, 5], // CMYK
    [273, long, 1, pixels],
    [277, short, 1, 4],
    [278, long, 1, 1],
    [279, long, 1, inks.length],
    [34675, 7, profile.length, pixels + inks.length],
  ];
  const head = Buffer.alloc(after);
  head.write('II*\0', 0, 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(fields, 8);
  entries.forEach(([tag, type, count, value], i) => {
    head.writeUInt16LE(tag!, 10 + 12 * i);
    head.writeUInt16LE(type!, 12 + 12 * i);
    head.writeUInt32LE(count!, 14 + 12 * i);
    head.writeUInt32LE(value!, 18 + 12 * i);
  });
  return Buffer.concat([head, Buffer.from([8, 0, 8, 0, 8, 0, 8, 0]), Buffer.from(inks), profile]);
}

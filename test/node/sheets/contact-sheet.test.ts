import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { contactSheet } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

/** An image of one colour. */
const plain = (rgb: [number, number, number], height = 8, width = 12): tf.Tensor3D =>
  tf.tidy(() => tf.add(tf.zeros<tf.Rank.R3>([height, width, 3]), tf.sub(tf.div(tf.tensor1d(rgb), 127.5), 1)));

/** The pixels of a PNG, as text per colour: one letter a pixel. */
async function drawn(path: string, letters: Record<string, string>): Promise<string[]> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const lines: string[] = [];
  for (let y = 0; y < info.height; y++) {
    let line = '';
    for (let x = 0; x < info.width; x++) {
      const at = (y * info.width + x) * info.channels;
      line += letters[data.subarray(at, at + 3).join(' ')] ?? '?';
    }
    lines.push(line);
  }
  return lines;
}

const letters = {
  '255 255 255': '.',
  '255 0 0': 'r',
  '0 0 255': 'b',
  '0 128 0': 'g',
  '48 48 48': '#',
  '64 64 64': 'x',
};

test('rows of images with a gap between and around them; rows may end early', () =>
  withoutLeaks(async () => {
    const path = join(await emptyFolder(), 'sheet.png');
    const [red, blue, green] = [plain([255, 0, 0], 2, 3), plain([0, 0, 255], 2, 3), plain([0, 128, 0], 2, 3)];
    await contactSheet(path, [[red, blue], [green]], { gap: 1 });
    expect(await drawn(path, letters)).toEqual([
      '.........',
      '.rrr.bbb.',
      '.rrr.bbb.',
      '.........',
      '.ggg.....',
      '.ggg.....',
      '.........',
    ]);
    tf.dispose([red, blue, green]);
  }));

test('scaled up in whole pixels; grey beside colour', () =>
  withoutLeaks(async () => {
    const path = join(await emptyFolder(), 'sheet.png');
    const [red, grey] = [plain([255, 0, 0], 1, 2), tf.tensor3d([64 / 127.5 - 1, 1], [1, 2, 1])];
    await contactSheet(path, [[red, grey]], { gap: 0, scale: 2 });
    expect(await drawn(path, letters)).toEqual(['rrrrxx..', 'rrrrxx..']);
    tf.dispose([red, grey]);
  }));

test('labels stand over their columns, broken between words', () =>
  withoutLeaks(async () => {
    const path = join(await emptyFolder(), 'sheet.png');
    const red = plain([255, 0, 0], 1, 17);
    await contactSheet(path, [[red, red]], { gap: 1, header: ['A→B', 'It is'] });
    expect(await drawn(path, letters)).toMatchInlineSnapshot(`
      [
        ".................................................",
        "..........................###....#...............",
        "...........................#.....#...............",
        "...........................#...#####.............",
        "...........................#.....#...............",
        "...........................#.....#...............",
        "...........................#.....#.#.............",
        "..........................###.....#..............",
        ".................................................",
        ".................................................",
        ".................................................",
        "...#.........####..........#.....................",
        "..#.#....#...#...#...............................",
        ".#...#....#..#...#........##....####.............",
        ".#...#.#####.####..........#...#.................",
        ".#####....#..#...#.........#....###..............",
        ".#...#...#...#...#.........#.......#.............",
        ".#...#.......####.........###..####..............",
        ".................................................",
        ".................................................",
        ".................................................",
        ".rrrrrrrrrrrrrrrrr.......rrrrrrrrrrrrrrrrr.......",
        ".................................................",
      ]
    `);
    red.dispose();
  }));

test('bad input is refused before anything is written', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const [red, small] = [plain([255, 0, 0]), plain([255, 0, 0], 4, 4)];
    const fails = async (rows: tf.Tensor3D[][], options = {}, name = 'a.png'): Promise<string> =>
      String(
        await contactSheet(join(folder, name), rows, options).catch((error: unknown) => error),
      ).replaceAll(folder, 'FOLDER');
    expect(await fails([[]])).toMatchInlineSnapshot(
      `"CycleGANError: contactSheet: rows must have at least one image, got none."`,
    );
    expect(await fails([[red], [small]])).toMatchInlineSnapshot(
      `"CycleGANError: contactSheet: images must have the same height and width, and 1 or 3 channels, got [8, 12, 3] and [4, 4, 3]."`,
    );
    expect(await fails([[red, red]], { header: ['input'] })).toMatchInlineSnapshot(
      `"CycleGANError: contactSheet: option "header" must have a label for each of the 2 columns, got ["input"]."`,
    );
    expect(await fails([[red]], { header: 'input' })).toMatchInlineSnapshot(
      `"CycleGANError: contactSheet: option "header" must be an array of strings, got "input"."`,
    );
    expect(await fails([[red]], { labels: ['input'] })).toMatchInlineSnapshot(
      `"CycleGANError: contactSheet: unknown option "labels". Known: header, gap, scale."`,
    );
    expect(await fails([[red]], {}, 'a.webp')).toMatchInlineSnapshot(
      `"CycleGANError: contactSheet: path must end in .png, got "FOLDER/a.webp". Images are written as PNG only, which is lossless."`,
    );
    tf.dispose([red, small]);
  }));

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { writeImage } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

test.each([1, 3, 4] as const)('%i channels: a PNG of rounded levels, in a new folder', (channels) =>
  withoutLeaks(async () => {
    const path = join(await emptyFolder(), 'new', 'folder', 'a.png');
    const values = [-1.5, -1, -0.9, 0.9, 1, 1.5, 0, 0.3, -0.3, 0.5, 0.7, 0.1];
    const image = tf.tensor3d(values, [12 / channels, 1, channels]);
    await writeImage(path, image);
    const file = sharp(path);
    expect(await file.metadata()).toMatchObject({ format: 'png', height: 12 / channels, width: 1, channels });
    const data = await file
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer();
    // (x + 1) / 2 * 255: 12.75, 242.25, 127.5, 165.75, 89.25, 191.25, 216.75, 140.25
    expect(Array.from(data)).toEqual([0, 0, 13, 242, 255, 255, 128, 166, 89, 191, 217, 140]);
    image.dispose();
  }),
);

test('what is no image, or no PNG, is refused, and nothing is written', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const write = async (name: string, image: tf.Tensor): Promise<string> => {
      const error: unknown = await writeImage(join(folder, name), image as tf.Tensor3D).catch(
        (reason: unknown) => reason,
      );
      image.dispose();
      return String(error).replaceAll(folder, 'FOLDER');
    };
    expect(await write('a.png', tf.zeros([4, 4, 3], 'int32'))).toMatchInlineSnapshot(
      `"CycleGANError: writeImage: image must be float32 in [-1, 1], got int32. Divide 8-bit levels by 127.5 and subtract 1."`,
    );
    expect(await write('a.jpg', tf.zeros([4, 4, 3]))).toMatchInlineSnapshot(
      `"CycleGANError: writeImage: path must end in .png, got "FOLDER/a.jpg". Images are written as PNG only, which is lossless."`,
    );
    expect(await write('a.png', tf.zeros([1, 4, 4, 3]))).toMatchInlineSnapshot(
      `"CycleGANError: writeImage: image must be a tensor [height, width, channels] with 1, 3 or 4 channels, got [1, 4, 4, 3]."`,
    );
    expect(await write('a.png', tf.zeros([4, 4, 2]))).toMatchInlineSnapshot(
      `"CycleGANError: writeImage: image must be a tensor [height, width, channels] with 1, 3 or 4 channels, got [4, 4, 2]."`,
    );
    expect(await readdir(folder)).toEqual([]);
  }));

test('no half file stays where writing fails', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    await mkdir(join(folder, 'a.png/in-the-way'), { recursive: true });
    const image = tf.zeros<tf.Rank.R3>([4, 4, 3]);
    await expect(writeImage(join(folder, 'a.png'), image)).rejects.toThrow('EISDIR');
    expect(await readdir(folder)).toEqual(['a.png']);
    image.dispose();
  }));

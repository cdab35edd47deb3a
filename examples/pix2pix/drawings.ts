/** Pairs of the npm package `openmoji` (CC BY-SA 4.0): the black drawing and the colour image of each emoji. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { flipImage, normalizeImage, type PairSource, Random } from 'ts-cyclegan';

const folder = join(createRequire(import.meta.url).resolve('openmoji/package.json'), '..');

/** Left out: skin tones, sequences, flags, keycaps, private use: variants and letters, not drawings. */
const skipped = /1F3F[B-F]|200D|^1F1|20E3|^[EF][0-9A-F]{3}(-|\.)|^E\d{3}|^10[0-9A-F]{4}/;

/** Names of the drawings that have a colour image, shuffled by a seed. */
export async function drawings(seed: number): Promise<string[]> {
  const all = (await readdir(join(folder, 'black/svg'))).filter((name) => name.endsWith('.svg')).sort();
  const names = all.filter((name) => !skipped.test(name) && existsSync(join(folder, 'color/svg', name)));
  return new Random(seed).permutation(names.length).map((i) => names[i]!);
}

/** An image on white as levels [size, size, channels]. */
async function render(style: 'black' | 'color', name: string, size: number): Promise<Uint8Array> {
  const image = sharp(join(folder, style, 'svg', name), { density: 200 })
    .resize(size, size, { fit: 'contain', background: '#ffffff' })
    .flatten({ background: '#ffffff' });
  return await (style === 'black' ? image.toColourspace('b-w') : image.toColourspace('srgb'))
    .raw()
    .toBuffer();
}

/** The pairs of a list of names, rendered once and held as levels. In training half of them are mirrored, input and target alike. */
export async function pairsOf(
  names: readonly string[],
  { size, training }: { size: number; training: boolean },
): Promise<PairSource> {
  const levels = await Promise.all(
    names.map((name) => Promise.all([render('black', name, size), render('color', name, size)])),
  );
  const image = (data: Uint8Array, channels: number, mirrored: boolean) =>
    tf.tidy(() => {
      const x = normalizeImage(tf.tensor3d(data, [size, size, channels], 'int32'));
      return mirrored ? flipImage(x) : x;
    });
  return {
    pairs: true,
    names,
    length: names.length,
    get(index, random) {
      const mirrored = training && random.uniform() < 0.5;
      const [drawing, colours] = levels[index]!;
      return [image(drawing, 1, mirrored), image(colours, 3, mirrored)];
    },
  };
}

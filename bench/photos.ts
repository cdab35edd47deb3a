/** Photographs for measurements: JPEGs of 12 megapixels with detail at all scales, about as large as those of a phone. */
import { join } from 'node:path';
import { Random } from 'ts-cyclegan';
import sharp from 'sharp';

const [width, height] = [4000, 3000];

/** Writes `count` JPEGs to `folder`, and returns their mean size in bytes. */
export async function writePhotos(folder: string, count: number): Promise<number> {
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const layers = await Promise.all([16, 64, 256, 1024].map((columns) => noise(columns, i)));
    const [base, ...others] = layers;
    const { size } = await sharp(base)
      .composite(others.map((input) => ({ input, blend: 'soft-light' })))
      .jpeg({ quality: 92 })
      .toFile(join(folder, `${i}.jpg`));
    bytes += size;
  }
  return bytes / count;
}

/** Noise of `columns` columns, enlarged to a photograph. */
async function noise(columns: number, seed: number): Promise<Buffer> {
  const rows = (columns * height) / width;
  const random = new Random(1000 * seed + columns);
  const levels = Uint8Array.from({ length: columns * rows * 3 }, () => random.index(256));
  return sharp(levels, { raw: { width: columns, height: rows, channels: 3 } })
    .resize({ width, height, fit: 'fill', kernel: 'cubic' })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

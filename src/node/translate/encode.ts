/** Encodes translated images as files. */
import type { Levels } from '../../data/levels-of-tensor.js';
import { loadSharp } from '../images/sharp.js';

/** The formats of results. */
export type Format = 'png' | 'webp' | 'jpeg';

/**
 * Encodes levels. Encoding begins before this function returns for the first time, if sharp has been loaded before.
 *
 * @param quality of webp and jpeg, from 1 to 100
 */
export async function encoded(
  { data, shape: [height, width, channels] }: Levels,
  format: Format,
  quality: number,
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { height, width, channels: channels as 1 | 3 | 4 } });
  if (channels === 1) image.toColourspace('b-w'); // one channel also in the file
  if (format === 'png') return await image.png().toBuffer();
  if (format === 'webp') return await image.webp({ quality }).toBuffer();
  return await image.jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** Colourfulness: detects blurred or grey translations, which L1 and SSIM reward. */
import { type PixelData, type Pixels, pixelsOfOne } from './pixels.js';

/**
 * The mean difference between the largest and the smallest channel of a pixel, in the units of the values. It is 0 for grey images. A
 * fourth channel, alpha, does not count.
 *
 * @param image a tensor [height, width, channels], or plain data
 * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_A_NUMBER`
 */
export async function colourfulness(image: Pixels): Promise<number> {
  return colourfulnessOf(await pixelsOfOne('colourfulness', image));
}

/** {@link colourfulness} of checked data. */
export function colourfulnessOf({ data, shape: [height, width, channels] }: PixelData): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += channels) {
    const pixel = data.subarray(i, i + Math.min(channels, 3));
    sum += Math.max(...pixel) - Math.min(...pixel);
  }
  return sum / (height * width);
}

/**
 * Structural similarity (Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity"): an 11 × 11
 * Gaussian window with σ 1.5, K₁ 0.01, K₂ 0.03, and the population covariance, as in scikit-image.
 */
import { CycleGANError } from '../core/errors.js';
import { type PixelData, type Pixels, pixelsOf, rangeOf, type RangeOptions } from './pixels.js';

const radius = 5; // 3.5 σ
const side = 2 * radius + 1;
const sigma = 1.5;
const bell = Array.from({ length: side }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
const total = bell.reduce((a, b) => a + b);
const window = Float64Array.from(bell, (value) => value / total);

/**
 * The structural similarity of two images: 1 for equal images, around 0 for images that have nothing in common. It is the mean over
 * all positions at which the window is inside the image, and over the channels. Equal to scikit-image with
 * `gaussian_weights=True, sigma=1.5, use_sample_covariance=False`.
 *
 * It depends on which value is 0. Papers use levels from 0 to 255. To get the same figures, pass images from 0 to 1 with `range: 1`:
 * images in [−1, 1] with the default range have lower ones.
 *
 * @param a a tensor [height, width, channels] of at least 11 × 11 pixels, or plain data
 * @param b an image of the same shape
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_A_NUMBER`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { ssim } from 'ts-cyclegan/metrics';
 * const image = tf.randomUniform<tf.Rank.R3>([32, 32, 3], -1, 1);
 * console.log((await ssim(image, image)).toFixed(3)); // 1.000
 * ```
 */
export async function ssim(a: Pixels, b: Pixels, options: RangeOptions = {}): Promise<number> {
  const range = rangeOf('ssim', options);
  const both = await pixelsOf('ssim', a, b);
  const [height, width] = both[0].shape;
  if (height < side || width < side) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `ssim: images must have at least ${side} × ${side} pixels, the size of its window, got ${width} × ${height}. Enlarge them first.`,
    );
  }
  return ssimOf(...both, range);
}

/** {@link ssim} of checked data. NaN for images that are smaller than the window. */
export function ssimOf(a: PixelData, b: PixelData, range: number): number {
  const [height, width, channels] = a.shape;
  const inside = (height - 2 * radius) * (width - 2 * radius);
  if (height < side || width < side) return NaN;
  let sum = 0;
  for (let c = 0; c < channels; c++) {
    sum += sumOfChannel(planeOf(a, c), planeOf(b, c), width, height, range);
  }
  return sum / channels / inside;
}

const planeOf = ({ data, shape: [height, width, channels] }: PixelData, channel: number): Float64Array =>
  Float64Array.from({ length: height * width }, (_, i) => data[i * channels + channel]!);

/** The sum over all positions of the window. */
function sumOfChannel(
  x: Float64Array,
  y: Float64Array,
  width: number,
  height: number,
  range: number,
): number {
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const blurred = (p: Float64Array) => blur(p, width, height);
  const times = (p: Float64Array, q: Float64Array) => blurred(p.map((value, i) => value * q[i]!));
  const [mx, my] = [blurred(x), blurred(y)];
  const [xx, yy, xy] = [times(x, x), times(y, y), times(x, y)];
  let sum = 0;
  for (let row = radius; row < height - radius; row++) {
    for (let column = radius; column < width - radius; column++) {
      const i = row * width + column;
      const m = mx[i]!;
      const n = my[i]!;
      const variances = xx[i]! - m * m + (yy[i]! - n * n);
      const covariance = xy[i]! - m * n;
      sum += ((2 * m * n + c1) * (2 * covariance + c2)) / ((m * m + n * n + c1) * (variances + c2));
    }
  }
  return sum;
}

/** The window along rows, then along columns. Values are valid at least `radius` from each edge. */
function blur(plane: Float64Array, width: number, height: number): Float64Array {
  const across = new Float64Array(plane.length);
  for (let y = 0; y < height; y++) {
    for (let x = radius; x < width - radius; x++) across[y * width + x] = windowed(plane, y * width + x, 1);
  }
  const both = new Float64Array(plane.length);
  for (let y = radius; y < height - radius; y++) {
    for (let x = radius; x < width - radius; x++)
      both[y * width + x] = windowed(across, y * width + x, width);
  }
  return both;
}

function windowed(values: Float64Array, at: number, step: number): number {
  let sum = 0;
  for (let k = -radius; k <= radius; k++) sum += window[k + radius]! * values[at + k * step]!;
  return sum;
}

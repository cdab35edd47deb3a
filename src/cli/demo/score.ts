/**
 * Scores of an image: L1 and SSIM (Wang et al. 2004, Gaussian window with σ 1.5) against the true image, and colourfulness, which
 * detects blurred translations that the other two reward. On plain arrays, without tensors.
 */

/** An image with values in [0, 1], [height, width, channels] in row-major order. */
export interface Image {
  data: Float32Array;
  shape: readonly [height: number, width: number, channels: number];
}

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

/** Mean absolute difference, from 0 to 1. */
export const l1 = (a: Image, b: Image): number =>
  mean(a.data.map((value, i) => Math.abs(value - b.data[i]!)));

/** Mean difference between a pixel's largest and smallest channel: 0 for grey images. */
export function colourfulness({ data, shape: [, , channels] }: Image): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += channels) {
    const pixel = data.subarray(i, i + channels);
    sum += Math.max(...pixel) - Math.min(...pixel);
  }
  return (sum / data.length) * channels;
}

const radius = 5; // 3.5 σ
const window = Array.from({ length: 2 * radius + 1 }, (_, i) =>
  Math.exp(-((i - radius) ** 2) / (2 * 1.5 ** 2)),
);
const total = window.reduce((a, b) => a + b);

/** One pass of the window along rows (`step` 1) or columns (`step` width); only where it is inside the plane. */
function blur(plane: Float64Array, width: number, height: number): Float64Array {
  const across = new Float64Array(plane.length);
  const both = new Float64Array(plane.length);
  for (const [from, to, step] of [
    [plane, across, 1],
    [across, both, width],
  ] as const) {
    // prettier-ignore
    for (let y = step === 1 ? 0 : radius; y < height - (step === 1 ? 0 : radius); y++) {
      for (let x = radius; x < width - radius; x++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) sum += window[k + radius]! * from[y * width + x + k * step]!;
        to[y * width + x] = sum / total;
      }
    }
  }
  return both;
}

/**
 * Structural similarity of images with values in [0, 1]; 1 for equal images. It is the mean over all channels and all positions at
 * which the window is inside the image.
 */
export function ssim(a: Image, b: Image): number {
  const [height, width, channels] = a.shape;
  const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
  let sum = 0;
  for (let c = 0; c < channels; c++) {
    const [x, y] = [a, b].map(({ data }) => Float64Array.from({ length: height * width }, (_, i) => data[i * channels + c]!)) as [Float64Array, Float64Array]; // prettier-ignore
    const times = (p: Float64Array, q: Float64Array) => blur(p.map((value, i) => value * q[i]!), width, height); // prettier-ignore
    const [mx, my] = [blur(x, width, height), blur(y, width, height)];
    const [xx, yy, xy] = [times(x, x), times(y, y), times(x, y)];
    for (let row = radius; row < height - radius; row++) {
      for (let column = radius; column < width - radius; column++) {
        const i = row * width + column;
        const [m, n] = [mx[i]!, my[i]!];
        const [vx, vy, covariance] = [xx[i]! - m * m, yy[i]! - n * n, xy[i]! - m * n];
        sum += ((2 * m * n + c1) * (2 * covariance + c2)) / ((m * m + n * n + c1) * (vx + vy + c2));
      }
    }
  }
  return sum / channels / ((height - 2 * radius) * (width - 2 * radius));
}

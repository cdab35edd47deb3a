/**
 * The arithmetic of both conventions' resize, on plain arrays.
 *
 * PyTorch uses Pillow's bicubic filter (`src/libImaging/Resample.c`). It antialiases when it shrinks, and works on bytes: values
 * are rounded and clipped after resizing the width, and again after the height. Keras uses TensorFlow's bilinear filter
 * (`tf.image.resize(method='bilinear', antialias=False)`), which reads four neighbours only.
 */

/** The filter of a resize: `bicubic` as in Pillow (PyTorch), `bilinear` as in TensorFlow (Keras). */
export type ResizeFilter = 'bicubic' | 'bilinear';

/** The input pixels of each output pixel: `count` pixels from `first[i]` on, with weights from `weights[i · count]` on. */
export interface Taps {
  first: Int32Array;
  weights: Float64Array;
  count: number;
}

/** The taps for resizing one side from `from` to `to` pixels. */
export function tapsOf(filter: ResizeFilter, from: number, to: number): Taps {
  const scale = from / to;
  const stretch = filter === 'bicubic' ? Math.max(scale, 1) : 1; // wider when shrinking: antialiasing
  const kernel = filter === 'bicubic' ? bicubic : bilinear;
  const reach = stretch * (filter === 'bicubic' ? 2 : 1);
  const count = Math.min(2 * Math.ceil(reach) + 1, from);
  const taps = { first: new Int32Array(to), weights: new Float64Array(to * count), count };
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(Math.trunc(center - reach + 0.5), 0);
    const end = Math.min(Math.trunc(center + reach + 0.5), from);
    const first = Math.min(start, from - count);
    let sum = 0;
    for (let j = start; j < end; j++) sum += kernel((j + 0.5 - center) / stretch);
    taps.first[i] = first;
    for (let j = start; j < end; j++) {
      const weight = kernel((j + 0.5 - center) / stretch) / sum;
      // Pillow rounds weights to multiples of 2^-22. Their products with bytes sum exactly here, so results are equal.
      taps.weights[i * count + j - first] =
        filter === 'bicubic' ? Math.round(weight * 2 ** 22) / 2 ** 22 : weight;
    }
  }
  return taps;
}

/** Keys' cubic kernel with a = −0.5. (TensorFlow's and PyTorch's own resizes use −0.75.) */
function bicubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return ((t - 5) * t + 8) * t * a - 4 * a;
  return 0;
}

const bilinear = (x: number): number => Math.max(0, 1 - Math.abs(x));

/**
 * Resizes pixels in an array. Without a GPU this is cheaper than a matrix product, because most weights are zero.
 *
 * @param levels [h, w, c], 0..255
 * @returns [height, width, c]; whole levels for `'bicubic'`
 */
export function resizeLevels(
  levels: ArrayLike<number>,
  [h, w, c]: readonly [h: number, w: number, c: number],
  [height, width]: readonly [height: number, width: number],
  filter: ResizeFilter,
): Float64Array {
  const finish = filter === 'bicubic' ? roundAndClip : (x: Float64Array) => x;
  const narrowed = finish(resample(levels, tapsOf(filter, w, width), [h, w, c]));
  return finish(resample(narrowed, tapsOf(filter, h, height), [1, h, width * c]));
}

/** Resamples [outer, from, inner] to [outer, to, inner]. */
function resample(
  x: ArrayLike<number>,
  { first, weights, count }: Taps,
  [outer, from, inner]: readonly [number, number, number],
): Float64Array {
  const to = first.length;
  const y = new Float64Array(outer * to * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      const target = (o * to + i) * inner;
      for (let j = 0; j < count; j++) {
        const weight = weights[i * count + j]!;
        if (weight === 0) continue;
        const source = (o * from + first[i]! + j) * inner;
        for (let k = 0; k < inner; k++) y[target + k]! += weight * x[source + k]!;
      }
    }
  }
  return y;
}

/** Rounds halves up, like Pillow. */
function roundAndClip(x: Float64Array): Float64Array {
  for (let i = 0; i < x.length; i++) x[i] = Math.min(255, Math.max(0, Math.floor(x[i]! + 0.5)));
  return x;
}

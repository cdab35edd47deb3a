/**
 * The arithmetic of the two resizes of the reference programs, on plain arrays.
 * P: Pillow's bicubic, which averages when it shrinks (antialiasing) and works on bytes: it rounds and clips
 * after the width and again after the height. K: TensorFlow's bilinear, which looks at four neighbours only.
 * Source: Pillow `src/libImaging/Resample.c`; `tf.image.resize(method='bilinear', antialias=False)`.
 */

/** How a picture is resized: like Pillow (P) or like TensorFlow (K). */
export type ResizeFilter = 'bicubic' | 'bilinear';

/** Which old pixels make up each new one: `count` from `first[i]` on, weighted by `weights[i · count …]`. */
export interface Taps {
  first: Int32Array;
  weights: Float64Array;
  count: number;
}

/** The taps of one side of `from` pixels that becomes one of `to`. */
export function tapsOf(filter: ResizeFilter, from: number, to: number): Taps {
  const scale = from / to;
  const stretch = filter === 'bicubic' ? Math.max(scale, 1) : 1; // wider where it shrinks: antialiasing
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
      // Pillow counts weights in units of 2^-22. Sums of such times bytes are exact here, so results are equal.
      taps.weights[i * count + j - first] =
        filter === 'bicubic' ? Math.round(weight * 2 ** 22) / 2 ** 22 : weight;
    }
  }
  return taps;
}

/** Keys' cubic kernel with a = −0.5 (TensorFlow and PyTorch take −0.75 for theirs). */
function bicubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return ((t - 5) * t + 8) * t * a - 4 * a;
  return 0;
}

const bilinear = (x: number): number => Math.max(0, 1 - Math.abs(x));

/**
 * Resizes pixels in an array. Cheaper than a tensor where there is no GPU, as most weights are zero.
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

/** [outer, from, inner] to [outer, to, inner]. */
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

/** Halves up, as Pillow does. */
function roundAndClip(x: Float64Array): Float64Array {
  for (let i = 0; i < x.length; i++) x[i] = Math.min(255, Math.max(0, Math.floor(x[i]! + 0.5)));
  return x;
}

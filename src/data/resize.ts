/**
 * The two resizes of the reference programs, for pictures of levels 0..255.
 * P: Pillow's bicubic, which averages when it shrinks (antialiasing) and works on bytes: it rounds and clips
 * after the width and again after the height. K: TensorFlow's bilinear, which looks at four neighbours only.
 * Source: Pillow `src/libImaging/Resample.c`; `tf.image.resize(method='bilinear', antialias=False)`.
 */
import * as tf from '@tensorflow/tfjs-core';

/** How a picture is resized: like Pillow (P) or like TensorFlow (K). */
export type ResizeFilter = 'bicubic' | 'bilinear';

/**
 * Resizes a picture.
 *
 * @param levels [h, w, c], 0..255
 * @param size [height, width] of the result
 * @param filter `'bicubic'`: Pillow's, antialiased, gives whole levels; `'bilinear'`: TensorFlow's, with
 * half-pixel centres and without antialiasing, does not round
 * @returns [height, width, c], float32
 */
export function resizeImage(
  levels: tf.Tensor3D,
  size: readonly [height: number, width: number],
  filter: ResizeFilter,
): tf.Tensor3D {
  const [height, width] = size;
  return tf.tidy(() => {
    if (filter === 'bilinear') return tf.image.resizeBilinear(levels, [height, width], false, true);
    const [h, w, c] = levels.shape;
    // A matrix acts on the first axis of [w, h·c], then of [h, w·c].
    const columns = tf.reshape(tf.transpose(tf.cast(levels, 'float32'), [1, 0, 2]), [w, h * c]);
    const narrowed = tf.reshape(toBytes(tf.matMul(bicubicMatrix(w, width), columns)), [width, h, c]);
    const rows = tf.reshape(tf.transpose(narrowed, [1, 0, 2]), [h, width * c]);
    return tf.reshape(toBytes(tf.matMul(bicubicMatrix(h, height), rows)), [height, width, c]);
  });
}

/** Rounds halves up, as Pillow does, and clips. */
const toBytes = <T extends tf.Tensor>(x: T): T => tf.clipByValue(tf.floor(tf.add(x, 0.5)), 0, 255);

/** [to, from]: row i holds the weights of the old pixels in new pixel i. */
function bicubicMatrix(from: number, to: number): tf.Tensor2D {
  const weights = new Float32Array(to * from);
  const scale = from / to;
  const stretch = Math.max(scale, 1); // wider where it shrinks: antialiasing
  const support = 2 * stretch;
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const end = Math.min(Math.trunc(center + support + 0.5), from);
    let sum = 0;
    for (let j = first; j < end; j++) sum += bicubic((j + 0.5 - center) / stretch);
    for (let j = first; j < end; j++) weights[i * from + j] = bicubic((j + 0.5 - center) / stretch) / sum;
  }
  return tf.tensor2d(weights, [to, from]);
}

/** Keys' cubic kernel with a = −0.5 (TensorFlow and PyTorch take −0.75 for theirs). */
function bicubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return ((t - 5) * t + 8) * t * a - 4 * a;
  return 0;
}

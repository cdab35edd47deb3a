/**
 * Halves and doubles images after a blur, against aliasing (Zhang 2019), as CUT's program does. Each is a linear map of the rows
 * and then of the columns. The gradient of a linear map is its transpose, whose gradient is the map again, so derivatives of any
 * order work. All maps consist of slices, sums and concatenations, which every backend computes fast.
 */
import * as tf from '@tensorflow/tfjs-core';

/** A linear map of images [B, H, W, C]. */
type LinearMap = (x: tf.Tensor4D) => tf.Tensor4D;

/** A linear map whose gradient is `transpose`. */
const linear = (map: LinearMap, transpose: LinearMap): LinearMap => {
  const op = tf.customGrad((x) => ({
    value: tf.tidy<tf.Tensor>(() => map(x as tf.Tensor4D)),
    gradFunc: (dy: tf.Tensor) => linear(transpose, map)(dy as tf.Tensor4D),
  }));
  return (x) => op(x) as tf.Tensor4D;
};

/** A map of one axis: the axis is the second of three. */
type AxisMap = (x: tf.Tensor3D) => tf.Tensor3D;

function alongRows(x: tf.Tensor4D, map: AxisMap): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const y = map(tf.reshape(x, [batch, height, width * channels]));
  return tf.reshape(y, [batch, y.shape[1], width, channels]);
}

function alongColumns(x: tf.Tensor4D, map: AxisMap): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const y = map(tf.reshape(x, [batch * height, width, channels]));
  return tf.reshape(y, [batch, height, y.shape[1], channels]);
}

/** `count` elements of the axis. */
const part = (x: tf.Tensor3D, from: number, count: number): tf.Tensor3D =>
  tf.slice(x, [0, from, 0], [-1, count, -1]);

/** Joins parts of the axis, of which some may be empty. */
const join = (...parts: tf.Tensor3D[]): tf.Tensor3D => tf.concat(parts.filter(({ size }) => size > 0), 1); // prettier-ignore

/** The elements at even and at odd positions of an axis of even length. */
function unzip(x: tf.Tensor3D): [even: tf.Tensor3D, odd: tf.Tensor3D] {
  const [outer, length, inner] = x.shape;
  const pairs = tf.split(tf.reshape(x, [outer, length / 2, 2, inner]), 2, 2);
  return pairs.map((each) => tf.reshape(each, [outer, length / 2, inner])) as [tf.Tensor3D, tf.Tensor3D];
}

/** Puts elements at even and at odd positions. */
function zip(even: tf.Tensor3D, odd: tf.Tensor3D): tf.Tensor3D {
  const [outer, length, inner] = even.shape;
  return tf.reshape(tf.stack([even, odd], 2), [outer, 2 * length, inner]);
}

/** ax + by */
const mix = (a: number, x: tf.Tensor3D, b: number, y: tf.Tensor3D): tf.Tensor3D =>
  tf.add(tf.mul(x, a), tf.mul(y, b));

/** [1, 2, 1] / 4 around every second element, from the first on. The ends are reflected. */
const halve: AxisMap = (x) => {
  const length = x.shape[1];
  const [even, odd] = unzip(length % 2 === 0 ? x : join(x, part(x, length - 2, 1)));
  const before = join(part(odd, 0, 1), part(odd, 0, odd.shape[1] - 1));
  return mix(0.5, even, 0.25, tf.add(before, odd));
};

/** The transpose of {@link halve} for an axis of `length` elements. */
const halveTransposed =
  (length: number): AxisMap =>
  (dy) => {
    const half = dy.shape[1];
    const first = tf.pad(part(dy, 0, 1), [[0, 0], [0, half - 1], [0, 0]]); // prettier-ignore
    const after = half === 1 ? tf.zerosLike(dy) : tf.pad(part(dy, 1, half - 1), [[0, 0], [0, 1], [0, 0]]); // prettier-ignore
    const dx = zip(tf.mul(dy, 0.5), tf.mul(tf.addN([dy, after, first]), 0.25));
    if (length % 2 === 0) return dx;
    const reflected = tf.pad(part(dx, length, 1), [[0, 0], [length - 2, 1], [0, 0]]); // prettier-ignore
    return tf.add(part(dx, 0, length), reflected);
  };

/** Two elements for each: (before + 3x) / 4 and (3x + after) / 4. The ends are repeated. */
const double: AxisMap = (x) => {
  const last = x.shape[1] - 1;
  const before = join(part(x, 0, 1), part(x, 0, last));
  const after = join(part(x, 1, last), part(x, last, 1));
  return zip(mix(0.75, x, 0.25, before), mix(0.75, x, 0.25, after));
};

/** The transpose of {@link double}. */
const doubleTransposed: AxisMap = (dy) => {
  const [even, odd] = unzip(dy);
  const last = even.shape[1] - 1;
  const before = join(part(even, 0, 1), part(odd, 0, last));
  const after = join(part(even, 1, last), part(odd, last, 1));
  return mix(0.75, tf.add(even, odd), 0.25, tf.add(before, after));
};

/**
 * Halves images: blurs with [1, 2, 1] / 4 in both directions, and keeps every second pixel from the first on. The edges are
 * reflected, so images need two rows and columns.
 *
 * @param x [B, H, W, C]
 * @returns [B, ⌈H / 2⌉, ⌈W / 2⌉, C]
 */
export function blurAndHalve(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  return linear(
    (t) => alongColumns(alongRows(t, halve), halve),
    (dy) => alongRows(alongColumns(dy, halveTransposed(width)), halveTransposed(height)),
  )(x);
}

/**
 * Doubles images: interpolates with [1, 3, 3, 1] / 4 in both directions. The edges are repeated.
 *
 * @param x [B, H, W, C]
 * @returns [B, 2·H, 2·W, C]
 */
export function doubleSmoothly(x: tf.Tensor4D): tf.Tensor4D {
  return linear(
    (t) => alongRows(alongColumns(t, double), double),
    (dy) => alongColumns(alongRows(dy, doubleTransposed), doubleTransposed),
  )(x);
}

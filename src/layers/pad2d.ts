/**
 * Pads images by their own pixels, with correct gradients.
 *
 * The gradient of `tf.mirrorPad` in TensorFlow.js 4.22 is wrong: it only crops the border. The gradient of a padding is its
 * transpose, which adds the gradient of each border pixel to the inner pixel that it copies. This is called *folding*. Padding
 * and folding are linear, and each is the gradient of the other, so derivatives of any order work. Both are one kernel on
 * backends that have it, and composed of several kernels on others.
 *
 * PyTorch: `nn.ReflectionPad2d`, `nn.ReplicationPad2d`. Keras example: `tf.pad(x, ..., mode="REFLECT")`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Border } from '../core/border.js';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { runOwnKernel } from '../core/own-kernels.js';

/**
 * The pixels to add: the same on all sides, `[height, width]` (top and bottom, then left and right), or each side by its name.
 */
export type Padding2D =
  | number
  | readonly [height: number, width: number]
  | Readonly<Record<'top' | 'bottom' | 'left' | 'right', number>>;

type Kind = Exclude<Border, 'zero'>;
/** Before and after, along one axis. */
type Sides = readonly [before: number, after: number];

/**
 * Converts `padding` to [top, bottom] and [left, right].
 *
 * @param pair the order of a pair, for the message
 * @throws CycleGANError `INVALID_OPTION`
 */
export function paddingSides(
  where: string,
  padding: Padding2D,
  option = 'padding',
  pair = '[height, width]',
): [height: Sides, width: Sides] {
  const named = padding as Partial<Record<'top' | 'bottom' | 'left' | 'right', number>> | null;
  const sides: readonly unknown[] =
    typeof padding === 'number'
      ? [padding, padding, padding, padding]
      : Array.isArray(padding) && padding.length === 2
        ? [padding[0], padding[0], padding[1], padding[1]]
        : [named?.top, named?.bottom, named?.left, named?.right];
  if (!sides.every((side) => Number.isInteger(side) && (side as number) >= 0)) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: ${option} must be a whole number from 0, ${pair}, or { top, bottom, left, right }, ` +
        `got ${show(padding)}.`,
    );
  }
  const [top, bottom, left, right] = sides as [number, number, number, number];
  return [
    [top, bottom],
    [left, right],
  ];
}

/**
 * The index of the pixel that each position of a padded axis copies. The axis has `size` pixels. Reflection does not repeat the
 * edge: for size 4 and two pixels before, 2 1 0 1 2 3 …
 */
function sources(size: number, [before, after]: Sides, kind: Kind): number[] {
  return Array.from({ length: before + size + after }, (_, i) => {
    const at = i - before;
    if (kind === 'replicate') return Math.min(Math.max(at, 0), size - 1);
    return at < 0 ? -at : at < size ? at : 2 * (size - 1) - at;
  });
}

/**
 * The transpose of {@link sources}: the positions that copy each pixel, as rows of `size` indices. Row k holds the k-th
 * position of each pixel, or `nothing` (the index of a zero) if it has fewer.
 */
function positionRows(size: number, sides: Sides, kind: Kind): number[][] {
  const from = sources(size, sides, kind);
  const nothing = from.length;
  const rows: number[][] = [];
  const count = new Array<number>(size).fill(0);
  from.forEach((pixel, position) => {
    const k = count[pixel]!++;
    rows[k] ??= new Array<number>(size).fill(nothing);
    rows[k][pixel] = position;
  });
  return rows;
}

/** The gradient of padding one axis. `dy` has an additional zero at the end of this axis. */
function foldAxis(dy: tf.Tensor4D, axis: 1 | 2, size: number, sides: Sides, kind: Kind): tf.Tensor4D {
  // gather instead of slice, which is ten times slower on the cpu backend
  const parts = positionRows(size, sides, kind).map((row) => tf.gather(dy, tf.tensor1d(row, 'int32'), axis));
  return parts.reduce((sum, part) => tf.add(sum, part));
}

/** [B, H + padding, W + padding, C] → [B, H, W, C]: the transpose of {@link pad}. */
function fold(dy: tf.Tensor4D, sides: [Sides, Sides], kind: Kind, size: [number, number]): tf.Tensor4D {
  const composed = (t: tf.Tensor4D) =>
    tf.tidy(() => {
      let dx = tf.pad(t, [[0, 0], [0, 1], [0, 1], [0, 0]]); // prettier-ignore
      dx = foldAxis(dx, 1, size[0], sides[0], kind);
      return foldAxis(dx, 2, size[1], sides[1], kind);
    });
  const op = tf.customGrad((t) => {
    const attrs = { paddings: ofAllAxes(sides), mode: kind };
    const value = runOwnKernel('BorderPadGrad', { dy: t as tf.Tensor }, attrs) ?? composed(t as tf.Tensor4D);
    return { value, gradFunc: (ddx: tf.Tensor) => pad(ddx as tf.Tensor4D, sides, kind) };
  });
  return op(dy) as tf.Tensor4D;
}

/** The paddings of all axes, [before, after] each, as tfjs takes them. */
const ofAllAxes = ([rows, columns]: [Sides, Sides]): [number, number][] => [
  [0, 0],
  [...rows],
  [...columns],
  [0, 0],
];

function pad(x: tf.Tensor4D, sides: [Sides, Sides], kind: Kind): tf.Tensor4D {
  const size: [number, number] = [x.shape[1], x.shape[2]];
  const paddings = ofAllAxes(sides);
  const composed = (image: tf.Tensor4D) =>
    tf.tidy(() => {
      const rows = tf.tensor1d(sources(size[0], sides[0], kind), 'int32');
      const columns = tf.tensor1d(sources(size[1], sides[1], kind), 'int32');
      return tf.gather(tf.gather(image, rows, 1), columns, 2);
    });
  const op = tf.customGrad((t) => {
    const image = t as tf.Tensor4D;
    const value =
      kind === 'reflect'
        ? tf.mirrorPad(image, paddings, 'reflect')
        : (runOwnKernel('ReplicatePad', { x: image }, { paddings }) ?? composed(image));
    return { value, gradFunc: (dy: tf.Tensor) => fold(dy as tf.Tensor4D, sides, kind, size) };
  });
  return op(x) as tf.Tensor4D;
}

/** Checks the arguments, and pads an image [H, W, C] as a batch of one. */
function padded<T extends tf.Tensor3D | tf.Tensor4D>(where: string, x: T, padding: Padding2D, kind: Kind): T {
  const sides = paddingSides(where, padding);
  if (x.rank !== 3 && x.rank !== 4) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: x must be an image [height, width, channels] or a batch of images, got shape ${show(x.shape)}.`,
    );
  }
  const size = x.shape.slice(-3, -1) as [number, number];
  const limit = kind === 'reflect' ? 1 : Infinity; // a reflection does not repeat the edge
  for (const [i, name] of (['height', 'width'] as const).entries()) {
    const most = Math.max(...sides[i]!);
    if (limit === 1 && most >= size[i]!) {
      throw new CycleGANError(
        'INVALID_SHAPE',
        `${where}: the ${name} of the image must be greater than its padding ${most}, got ${size[i]}. ` +
          `Use a smaller padding or a larger image.`,
      );
    }
  }
  if (x.rank === 4) return pad(x as tf.Tensor4D, sides, kind) as T;
  return tf.tidy(() => tf.squeeze<T>(pad(tf.expandDims(x as tf.Tensor3D, 0), sides, kind), [0]));
}

/**
 * Pads an image by its reflection, without repeating the edge: `abcd` padded by 2 is `cbabcdcb`.
 *
 * The forward pass is one kernel. The backward pass is one kernel on the ONNX Runtime backend, and at most seven on others if
 * the padding is less than half of the image.
 *
 * @param x [H, W, C] or [B, H, W, C]
 * @param padding less than H and W
 * @returns [H + top + bottom, W + left + right, C], batched as `x` is
 * @throws CycleGANError `INVALID_OPTION`, `INVALID_SHAPE`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { reflectPad2d } from 'ts-cyclegan';
 * const x = tf.tensor3d([1, 2, 3, 4], [1, 4, 1]);
 * reflectPad2d(x, [0, 2]).print(); // 3 2 1 2 3 4 3 2
 * ```
 */
export function reflectPad2d<T extends tf.Tensor3D | tf.Tensor4D>(x: T, padding: Padding2D): T {
  return padded('reflectPad2d', x, padding, 'reflect');
}

/**
 * Pads an image by repeating its edge: `abcd` padded by 2 is `aaabcddd`.
 *
 * @param x [H, W, C] or [B, H, W, C]
 * @returns [H + top + bottom, W + left + right, C], batched as `x` is
 * @throws CycleGANError `INVALID_OPTION`, `INVALID_SHAPE`
 */
export function replicatePad2d<T extends tf.Tensor3D | tf.Tensor4D>(x: T, padding: Padding2D): T {
  return padded('replicatePad2d', x, padding, 'replicate');
}

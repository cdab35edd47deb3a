/** Turns images into features with a network that the user has, and says how. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { oneOf, optional, resolveOptions, satisfying, show, text, wholeNumber, withDefault } from '../core/options.js'; // prettier-ignore
import { tapsOf } from '../data/resample.js';
import type { FeatureData } from './features.js';
import { type FeatureNetwork, openNetwork, type OpenNetwork } from './network.js';

/** Options of {@link featureExtractor}. */
export interface FeatureExtractorOptions {
  /** The name of the network and its weights, such as `pt_inception-2015-12-05`. It is printed with every figure. */
  name: string;
  /**
   * Height and width of the network's input.
   * @default the size of its input, if that is fixed
   */
  size?: number;
  /**
   * How images are resized. `'bicubic'` is Pillow's antialiased filter on float values, as in clean-fid. `'bilinear'` reads four
   * neighbours, as in pytorch-fid and `torch.nn.functional.interpolate`.
   * @default 'bicubic'
   */
  resize?: 'bicubic' | 'bilinear';
  /**
   * The values that black and white have in the network's input.
   * @default [-1, 1]
   */
  range?: readonly [black: number, white: number];
  /**
   * The order of the axes of the network's input.
   * @default by its shape; NCHW for ONNX, NHWC for TensorFlow.js
   */
  layout?: 'NCHW' | 'NHWC';
}

/** A network as a function from images to features. */
export interface FeatureExtractor {
  readonly name: string;
  /** Network, resize and range of values in words, to be printed with every figure. */
  readonly convention: string;
  /**
   * Computes the features of images.
   *
   * @param images [n, h, w, c] in [−1, 1], with 1 or 3 channels. They stay the caller's
   * @returns a row for each image
   * @throws CycleGANError `INVALID_SHAPE`; `INVALID_MODEL` if the output is not one row for each image
   */
  extract(images: tf.Tensor4D): Promise<FeatureData>;
}

const where = 'featureExtractor';
const isRange = (value: unknown) =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] !== value[1];
const entries = {
  name: text(),
  size: optional(wholeNumber(1)),
  resize: withDefault(oneOf('bicubic', 'bilinear'), 'bicubic'),
  range: withDefault(satisfying<readonly [number, number]>(isRange, 'two different numbers [black, white]'), [
    -1, 1,
  ] as const),
  layout: optional(oneOf('NCHW', 'NHWC')),
};

/**
 * A feature network with the conventions of its inputs, for {@link FeatureStatistics}, {@link kid} and {@link nearestNeighbours}.
 *
 * @param network a `LayersModel` or `GraphModel` of TensorFlow.js, or `{ session, Tensor }` of ONNX Runtime, with one output
 * [n, size], [n, size, 1, 1] or [n, 1, 1, size]
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `INVALID_MODEL`
 * @see [Evaluating](../../docs/evaluating.md)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { featureExtractor, FeatureStatistics } from 'ts-cyclegan/metrics';
 * const network = tf.sequential({
 *   layers: [
 *     tf.layers.conv2d({ inputShape: [32, 32, 3], filters: 8, kernelSize: 3, strides: 2 }),
 *     tf.layers.globalAveragePooling2d({}),
 *   ],
 * });
 * const extractor = featureExtractor(network, { name: 'random-8' });
 * const statistics = new FeatureStatistics();
 * await statistics.add(await extractor.extract(tf.zeros([4, 64, 64, 3])));
 * console.log(extractor.convention); // random-8, images resized to 32 × 32 pixels (bicubic), values in [-1, 1]
 * ```
 */
export function featureExtractor(
  network: FeatureNetwork,
  options: FeatureExtractorOptions,
): FeatureExtractor {
  const { name, resize, range, ...given } = resolveOptions(where, entries, options);
  const open = openNetwork(where, network);
  const layout = given.layout ?? open.layout;
  const [height, width] = layout === 'NCHW' ? open.input.slice(2) : open.input.slice(1);
  const size = given.size ?? (height === width ? height : undefined);
  if (size === undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "size" is needed, because the input of the network has no fixed size. The FID network has 299.`,
    );
  }
  const [batch] = open.input;
  return {
    name,
    convention: `${name}, images resized to ${size} × ${size} pixels (${resize}), values in [${range.join(', ')}]`,
    async extract(images) {
      checkImages(images);
      const parts: tf.Tensor4D[] =
        batch === 1 && images.shape[0] > 1 ? tf.split(images, images.shape[0]) : [images];
      const rows: FeatureData[] = [];
      try {
        for (const part of parts) {
          const input = tf.tidy(() => inputOf(part, size, resize, range, layout));
          try {
            rows.push(await rowsOf(open, input));
          } finally {
            input.dispose();
          }
        }
      } finally {
        if (parts[0] !== images) tf.dispose(parts);
      }
      return joined(rows);
    },
  };
}

function checkImages(images: tf.Tensor4D): void {
  const given: unknown = images;
  if (given instanceof tf.Tensor && given.rank === 4 && [1, 3].includes((given as tf.Tensor4D).shape[3]))
    return;
  throw new CycleGANError(
    'INVALID_SHAPE',
    `${where}: images must be a tensor [n, height, width, channels] with 1 or 3 channels, ` +
      `got ${show(given instanceof tf.Tensor ? given.shape : given)}.`,
  );
}

/** Three channels, resized, in the range and layout of the network. */
function inputOf(
  images: tf.Tensor4D,
  size: number,
  resize: 'bicubic' | 'bilinear',
  [black, white]: readonly [number, number],
  layout: 'NCHW' | 'NHWC',
): tf.Tensor4D {
  const coloured: tf.Tensor4D = images.shape[3] === 1 ? tf.tile(images, [1, 1, 1, 3]) : images;
  const resized = resize === 'bilinear' ? tf.image.resizeBilinear(coloured, [size, size], false, true) : bicubic(coloured, size); // prettier-ignore
  const inRange = tf.add<tf.Tensor4D>(tf.mul(resized, (white - black) / 2), (white + black) / 2);
  return layout === 'NHWC' ? inRange : tf.transpose<tf.Tensor4D>(inRange, [0, 3, 1, 2]);
}

/** Pillow's antialiased bicubic filter on float values, which are clipped in the end. */
function bicubic(images: tf.Tensor4D, size: number): tf.Tensor4D {
  const [n, h, w, c] = images.shape;
  const rows = tf.reshape(tf.matMul(matrixOf(h, size), tf.reshape(images, [n, h, w * c])), [n, size, w, c]);
  const turned = tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [n, w, size * c]);
  const both = tf.reshape(tf.matMul(matrixOf(w, size), turned), [n, size, size, c]);
  return tf.clipByValue<tf.Tensor4D>(tf.transpose(both as tf.Tensor4D, [0, 2, 1, 3]), -1, 1);

  function matrixOf(from: number, to: number): tf.Tensor3D {
    const { first, weights, count } = tapsOf('bicubic', from, to);
    const matrix = new Float32Array(to * from);
    for (let i = 0; i < to; i++) {
      matrix.set(weights.subarray(i * count, (i + 1) * count), i * from + first[i]!);
    }
    return tf.tile(tf.tensor3d(matrix, [1, to, from]), [n, 1, 1]);
  }
}

async function rowsOf(network: OpenNetwork, input: tf.Tensor4D): Promise<FeatureData> {
  const { data, shape } = await network.run(input);
  const [count, ...sizes] = shape;
  const size = Math.max(0, ...sizes);
  const isRow = sizes.length > 0 && size > 0 && sizes.every((one) => one === 1 || one === size);
  if (count === input.shape[0] && isRow && data.length === count * size)
    return { data, shape: [count, size] };
  throw new CycleGANError(
    'INVALID_MODEL',
    `${where}: the output of the feature network must have one row for each image, [${input.shape[0]}, size], got ${show(shape)}. ` +
      'Use the output of its last pooling layer.',
  );
}

function joined(rows: readonly FeatureData[]): FeatureData {
  if (rows.length === 1) return rows[0]!;
  const [, size] = rows[0]!.shape;
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, i) => data.set(row.data, i * size));
  return { data, shape: [rows.length, size] };
}

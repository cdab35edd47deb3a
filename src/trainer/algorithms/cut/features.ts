/** Patches of images as vectors: features of the generator at some places, after the head. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { patchNCELoss } from '../../../losses/patch-nce.js';
import type { CUT } from '../../../models/cut.js';
import { featureNetwork, featuresOf } from '../../../models/feature-layers.js';

/** The outputs of a network in training mode. */
const outputsOf =
  (network: LayersModel) =>
  (x: tf.Tensor | tf.Tensor[]): tf.Tensor[] =>
    [network.apply(x, { training: true }) as tf.Tensor | tf.Tensor[]].flat();

/** The generator's features, and the comparison of patches. */
export interface Features {
  /** Height and width of each feature map for images of a size. */
  sizes(height: number, width: number): readonly (readonly [height: number, width: number])[];
  /** An image, and the features of the generator's layers on the way to it. */
  translate(image: tf.Tensor4D): { image: tf.Tensor4D; features: tf.Tensor4D[] };
  /** The features of an image. */
  encode(image: tf.Tensor4D): tf.Tensor4D[];
  /** Vectors of length 1 at the places of each layer, [B, places, units]. */
  embed(features: readonly tf.Tensor4D[], places: readonly tf.Tensor1D[]): tf.Tensor3D[];
}

/** The features of a model. They share all weights with its networks. */
export function featuresOfModel({ generator, head, nceLayers }: CUT): Features {
  const tensors = featuresOf('CUTTrainer', generator, nceLayers);
  const encoder = featureNetwork(generator, tensors, { image: false });
  const encode = outputsOf(encoder);
  const withImage = outputsOf(featureNetwork(generator, tensors, { image: true }));
  const project = outputsOf(head);
  const channels = generator.inputs[0]!.shape[3]!;
  const known = new Map<string, (readonly [number, number])[]>();
  return {
    sizes(height, width) {
      const key = `${height} ${width}`;
      if (!known.has(key)) {
        const shapes = encoder.computeOutputShape([1, height, width, channels]) as number[] | number[][];
        const all = (Array.isArray(shapes[0]) ? shapes : [shapes]) as number[][];
        known.set(
          key,
          all.map(([, rows, columns]) => [rows!, columns!]),
        );
      }
      return known.get(key)!;
    },
    translate(x) {
      const [image, ...features] = withImage(x) as tf.Tensor4D[];
      return { image: image!, features };
    },
    encode: (x) => encode(x) as tf.Tensor4D[],
    embed(features, places) {
      const rows = features.map((feature, i) => pixelsAt(feature, places[i]!));
      return project(rows).map((vectors, i) => {
        const [batch, count, units] = [features[i]!.shape[0], places[i]!.shape[0], vectors.shape[1]!];
        return tf.reshape(unit(vectors), [batch, count, units]);
      });
    },
  };
}

/** The pixels of feature maps [B, H, W, C] at these places, the same of each image: [B · places, C]. */
function pixelsAt(feature: tf.Tensor4D, places: tf.Tensor1D): tf.Tensor2D {
  const [batch, height, width, channels] = feature.shape;
  const pixels = tf.reshape(feature, [batch * height * width, channels]);
  if (batch === 1) return tf.gather(pixels, places) as tf.Tensor2D;
  const first = tf.tensor2d(
    Array.from({ length: batch }, (_, i) => i * height * width),
    [batch, 1],
    'int32',
  );
  const all = tf.reshape(tf.add(first, tf.expandDims(places, 0)), [-1]);
  return tf.gather(pixels, all) as tf.Tensor2D;
}

/** Vectors [n, units], divided by their lengths plus 1e-7, as in PyTorch. */
function unit(vectors: tf.Tensor): tf.Tensor {
  // the root of 0 has no gradient
  const length = tf.sqrt(tf.add(tf.sum(tf.square(vectors), 1, true), 1e-20));
  return tf.div(vectors, tf.add(length, 1e-7));
}

/** PatchNCE, the mean over the layers. */
export const meanNCE = (
  queries: readonly tf.Tensor3D[],
  keys: readonly tf.Tensor3D[],
  temperature: number,
): tf.Scalar => {
  const losses = queries.map((query, i) => patchNCELoss(query, keys[i]!, temperature));
  return tf.mul(tf.addN(losses), 1 / losses.length);
};

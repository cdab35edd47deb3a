/**
 * Crops images with one slice. `tf.layers.cropping2D` needs two, and computes negative output shapes for images of unknown
 * size.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { satisfying, withDefault } from '../core/options.js';
import { type LayerArgs, imageSpec, resolveLayerOptions, type Shape, single } from './layer.js';
import { type Padding2D, paddingSides } from './pad2d.js';

/** [B, H, W, C] → [B, H − top − bottom, W − left − right, C]. */
export class Cropping2D extends layers.Layer {
  static className = 'SingleSliceCropping2D';
  static readonly perSample = true;
  static readonly pure = true;
  readonly cropping: Padding2D;

  constructor(args: LayerArgs & { cropping?: Padding2D } = {}) {
    const entries = {
      cropping: withDefault(
        satisfying<Padding2D>(() => true, 'a cropping'),
        0,
      ),
    };
    const { cropping } = resolveLayerOptions('Cropping2D', entries, args);
    paddingSides('Cropping2D', cropping, 'cropping');
    super(args);
    this.cropping = cropping;
    this.inputSpec = imageSpec();
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = single(inputs) as tf.Tensor4D;
    const [batch, height, width, channels] = this.computeOutputShape(x.shape) as [
      number,
      number,
      number,
      number,
    ];
    const [[top], [left]] = paddingSides('Cropping2D', this.cropping);
    return tf.slice(x, [0, top, left, 0], [batch, height, width, channels]);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, height, width, channels] = inputShape as Shape;
    const [[top, bottom], [left, right]] = paddingSides('Cropping2D', this.cropping);
    const shrunk = (size: number | null | undefined, by: number) => (size == null ? null : size - by);
    return [batch!, shrunk(height, top + bottom), shrunk(width, left + right), channels!];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), cropping: this.cropping as number };
  }
}

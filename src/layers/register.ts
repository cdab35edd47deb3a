/** Makes this library's layers, and its initializer, known to `tf.loadLayersModel`. */
import { serialization } from '@tensorflow/tfjs-core';
import { BatchNormalization } from './batch-normalization.js';
import { Cropping2D } from './cropping-2d.js';
import { Dropout } from './dropout.js';
import { InstanceNormalization } from './instance-normalization.js';
import { LeakyReLU } from './leaky-relu.js';
import { NearestUpsampling2D } from './nearest-upsampling-2d.js';
import { orthogonalClass } from './orthogonal.js';
import { ReflectionPadding2D, ReplicationPadding2D } from './padding-2d.js';

/**
 * Registers the layers of this library with TensorFlow.js, so that models which use them can be loaded.
 * The builders and `CycleGAN.load` call it; call it yourself before `tf.loadLayersModel`. It may be
 * called any number of times. Classes that tfjs has under the same name, as LeakyReLU, are registered under
 * another one: its registry is shared, and models of tfjs' own layers must keep loading.
 * (It is a call and not an import, because bundlers drop bare imports.)
 *
 * @example
 * ```ts
 * import { registerLayers } from 'ts-cyclegan';
 * registerLayers();
 * // const generator = await tf.loadLayersModel('https://…/generator/model.json');
 * ```
 */
export function registerLayers(): void {
  for (const layer of [
    BatchNormalization,
    Cropping2D,
    Dropout,
    InstanceNormalization,
    LeakyReLU,
    NearestUpsampling2D,
    ReflectionPadding2D,
    ReplicationPadding2D,
  ]) {
    serialization.registerClass(layer, 'ts-cyclegan');
  }
  orthogonalClass();
}

/** Makes this library's layers, and its initializer, known to `tf.loadLayersModel`. */
import { env, Environment, serialization } from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { twoCopies } from '../core/two-copies.js';
import { BatchNormalization } from './batch-normalization.js';
import { Cropping2D } from './cropping-2d.js';
import { Dropout } from './dropout.js';
import { InstanceNormalization } from './instance-normalization.js';
import { LeakyReLU } from './leaky-relu.js';
import { NearestUpsampling2D } from './nearest-upsampling-2d.js';
import { orthogonalClass } from './orthogonal.js';
import { ReflectionPadding2D, ReplicationPadding2D } from './padding-2d.js';

const ours = [
  BatchNormalization,
  Cropping2D,
  Dropout,
  InstanceNormalization,
  LeakyReLU,
  NearestUpsampling2D,
  ReflectionPadding2D,
  ReplicationPadding2D,
];

type Registered = Parameters<typeof serialization.registerClass>[0];

/** The prefix of our classes' names in saved models, where a program may have classes of the same short name. */
const prefix = 'ts-cyclegan>';

/** The name that a layer's class has in saved models of this library: with the prefix if it is ours. */
export const savedClassName = (layer: object, shortName: string): string =>
  ours.includes(layer.constructor as never) ? prefix + shortName : shortName;

/** Our class of a name with the prefix. */
export const ownClass = (name: string): Registered | undefined =>
  name.startsWith(prefix) ? ours.find((cls) => prefix + cls.className === name) : undefined;

/**
 * Registers the layers of this library with TensorFlow.js, so that models which use them can be loaded.
 * The builders and `CycleGAN.load` call it; call it yourself before `tf.loadLayersModel`. It may be
 * called any number of times. A class that the program has registered under the same name stays: tfjs' registry is
 * shared. `CycleGAN.load` and `Translator.load` find this library's classes all the same. For models that were converted
 * from Keras, `Addons>InstanceNormalization` of tensorflow-addons is registered too.
 * (It is a call and not an import, because bundlers drop bare imports.)
 *
 * @throws CycleGANError `UNSUPPORTED` if the program has loaded two copies of TensorFlow.js, each with a registry of its own
 * @example
 * ```ts
 * import { registerLayers } from 'ts-cyclegan';
 * registerLayers();
 * // const generator = await tf.loadLayersModel('https://…/generator/model.json');
 * ```
 */
export function registerLayers(): void {
  if (!hasOneCopy()) throw twoCopies('registerLayers', 'the program uses classes');
  registerOwn();
}

/** Whether the one environment of the program was made by our copy, and the registry has our copy's models. */
const hasOneCopy = (): boolean => ownsRegistry() && env() instanceof Environment;

/** Whether the classes of tfjs' own layers that stand in the registry are those of our copy. */
export const ownsRegistry = (): boolean =>
  serialization.SerializationMap.getMap().classNameMap.Model?.[0] === (LayersModel as never);

/** Registers our classes for our own copy of tfjs, whether or not there is another one. */
export function registerOwn(): void {
  const registry = serialization.SerializationMap.getMap().classNameMap;
  for (const cls of [...ours, orthogonalClass()] as unknown as Registered[]) {
    if (!Object.hasOwn(registry, cls.className)) serialization.registerClass(cls, 'ts-cyclegan');
  }
  registry['Addons>InstanceNormalization'] ??= [
    InstanceNormalization,
    (cls, config) => InstanceNormalization.fromConfig(cls, config),
  ];
}

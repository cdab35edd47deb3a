/** Registers the layers of this library and its initializer for `tf.loadLayersModel`. */
import { env, Environment, serialization } from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { twoCopies } from '../core/two-copies.js';
import { AntialiasDownsampling2D, AntialiasUpsampling2D } from './antialias-2d.js';
import { BatchNormalization } from './batch-normalization.js';
import { Cropping2D } from './cropping-2d.js';
import { Dropout } from './dropout.js';
import { InstanceNormalization } from './instance-normalization.js';
import { LeakyReLU } from './leaky-relu.js';
import { NearestUpsampling2D } from './nearest-upsampling-2d.js';
import { orthogonalClass } from './orthogonal.js';
import { ReflectionPadding2D, ReplicationPadding2D } from './padding-2d.js';

const ours = [
  AntialiasDownsampling2D,
  AntialiasUpsampling2D,
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

/** The prefix of this library's class names in saved models: a program may have its own class with the same short name. */
const prefix = 'ts-cyclegan>';

/** The class name of a layer in saved models: with the prefix if the class belongs to this library. */
export const savedClassName = (layer: object, shortName: string): string =>
  ours.includes(layer.constructor as never) ? prefix + shortName : shortName;

/** The class of this library with a prefixed name. */
export const ownClass = (name: string): Registered | undefined =>
  name.startsWith(prefix) ? ours.find((cls) => prefix + cls.className === name) : undefined;

/**
 * Registers the layers of this library with TensorFlow.js, so that models that contain them can be loaded.
 *
 * Call it before `tf.loadLayersModel`. The builders and the `load` methods of this library call it themselves. It may be called
 * more than once. It is a function because bundlers drop imports without names.
 *
 * The registry is shared: a class that the program has registered under the same name is not replaced. The `load` methods of
 * this library still find the right classes. `Addons>InstanceNormalization` of tensorflow-addons is registered too, for models
 * that were converted from Keras.
 *
 * @throws CycleGANError `UNSUPPORTED` if the program has loaded two copies of TensorFlow.js, because each has its own registry
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

/** Whether the environment and the registry of the program belong to our copy of tfjs. */
const hasOneCopy = (): boolean => ownsRegistry() && env() instanceof Environment;

/** Whether the layer classes in the registry belong to our copy of tfjs. */
export const ownsRegistry = (): boolean =>
  serialization.SerializationMap.getMap().classNameMap.Model?.[0] === (LayersModel as never);

/** Registers our classes with our copy of tfjs, even if there is another copy. */
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

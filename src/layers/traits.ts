/**
 * What training needs to know of layers. A class says it of itself, by static properties of its own: subclasses, which may
 * compute something else, say it again.
 *
 * | property    | a layer for which it is true |
 * | ----------- | ---------------------------- |
 * | `perSample` | gives the same for an image whatever else is in its batch: several calls may become one |
 * | `pure`      | depends on its inputs, its weights and, as `Dropout`, on its draws alone: a step may be captured and replayed |
 *
 * Without them a layer counts as neither: it is right in every case, and slower.
 */
import type { layers } from '@tensorflow/tfjs-layers';

export type LayerTrait = 'perSample' | 'pure';

/** Classes of tfjs, which do not say it themselves. */
const perSample = new Set([
  'InputLayer', 'Conv2D', 'Conv2DTranspose', 'ZeroPadding2D', 'UpSampling2D', 'ReLU', 'LeakyReLU', 'Activation', 'Add',
  'Concatenate',
]); // prettier-ignore
const pure = new Set([
  ...perSample, 'BatchNormalization', 'LayerNormalization', 'Dense', 'Flatten', 'Reshape', 'Permute', 'MaxPooling2D',
  'AveragePooling2D', 'GlobalAveragePooling2D', 'GlobalMaxPooling2D', 'Cropping2D', 'DepthwiseConv2D',
  'SeparableConv2D', 'PReLU', 'ELU', 'Softmax', 'ThresholdedReLU', 'Multiply', 'Average', 'Maximum', 'Minimum',
]); // prettier-ignore
const classes: Record<LayerTrait, ReadonlySet<string>> = { perSample, pure };

/** Whether a layer has a trait; a network that is used as a layer has it if all of its layers do. */
export function hasTrait(layer: layers.Layer, trait: LayerTrait): boolean {
  const { layers: inner } = layer as Partial<{ layers: layers.Layer[] }>;
  if (Array.isArray(inner)) return inner.every((each) => hasTrait(each, trait));
  const own = layer.constructor as Partial<Record<LayerTrait, unknown>>;
  if (Object.hasOwn(own, trait)) return own[trait] === true;
  return classes[trait].has(layer.getClassName());
}

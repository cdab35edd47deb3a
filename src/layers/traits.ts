/**
 * Traits of layers that make training faster. A class declares them by own static properties. Subclasses do not inherit them,
 * because they may compute something else.
 *
 * | property    | meaning |
 * | ----------- | ------- |
 * | `perSample` | the output for an image does not depend on the rest of its batch, so several calls may be merged |
 * | `pure`      | the output depends on inputs, weights and draws (as for `Dropout`) only, so a step may be captured and replayed |
 *
 * A layer without them is trained correctly, but more slowly.
 */
import type { layers } from '@tensorflow/tfjs-layers';

export type LayerTrait = 'perSample' | 'pure';

/** The traits of tfjs' own classes. */
const perSample = new Set([
  'InputLayer', 'Conv2D', 'Conv2DTranspose', 'DepthwiseConv2D', 'ZeroPadding2D', 'UpSampling2D', 'ReLU', 'LeakyReLU', 'Activation', 'Add',
  'Concatenate', 'Dense',
]); // prettier-ignore
const pure = new Set([
  ...perSample, 'BatchNormalization', 'LayerNormalization', 'Flatten', 'Reshape', 'Permute', 'MaxPooling2D',
  'AveragePooling2D', 'GlobalAveragePooling2D', 'GlobalMaxPooling2D', 'Cropping2D',
  'SeparableConv2D', 'PReLU', 'ELU', 'Softmax', 'ThresholdedReLU', 'Multiply', 'Average', 'Maximum', 'Minimum',
]); // prettier-ignore
const classes: Record<LayerTrait, ReadonlySet<string>> = { perSample, pure };

/** Whether a layer has a trait. A network that is used as a layer has it if all of its layers have it. */
export function hasTrait(layer: layers.Layer, trait: LayerTrait): boolean {
  const { layers: inner } = layer as Partial<{ layers: layers.Layer[] }>;
  if (Array.isArray(inner)) return inner.every((each) => hasTrait(each, trait));
  const own = layer.constructor as Partial<Record<LayerTrait, unknown>>;
  if (Object.hasOwn(own, trait)) return own[trait] === true;
  return classes[trait].has(layer.getClassName());
}

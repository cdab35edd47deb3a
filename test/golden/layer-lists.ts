/** Networks from the lists of layers that cases of training from noise carry. Layers bear their place as name, as in `nn.Sequential`. */
import * as tf from '@tensorflow/tfjs';
import { BatchNormalization, LeakyReLU, NearestUpsampling2D } from 'ts-cyclegan';
import * as v from 'valibot';

const size = v.number();
const convolution = { in: size, out: size, kernel: size, stride: size, padding: size, bias: v.boolean() };
const layer = v.variant('layer', [
  v.strictObject({ layer: v.literal('linear'), in: size, out: size, bias: v.boolean() }),
  v.strictObject({ layer: v.literal('conv'), ...convolution }),
  v.strictObject({ layer: v.literal('conv-transpose'), ...convolution }),
  v.strictObject({ layer: v.literal('batch-norm'), channels: size }),
  v.strictObject({ layer: v.literal('leaky-relu'), slope: size }),
  v.strictObject({ layer: v.literal('reshape'), shape: v.tuple([size, size, size]) }),
  v.strictObject({ layer: v.literal('upsample'), factor: size }),
  v.strictObject({ layer: v.picklist(['relu', 'elu', 'tanh', 'flatten']) }),
]);
type Layer = v.InferOutput<typeof layer>;

/** A list of layers. */
export const layerList = v.array(layer);

/** What a layer is in tfjs: one layer, or several of which one has the name. */
function layersOf(description: Layer, name: string): tf.layers.Layer[] {
  switch (description.layer) {
    case 'linear':
      return [tf.layers.dense({ units: description.out, useBias: description.bias, name })];
    case 'conv':
    case 'conv-transpose': {
      const { out: filters, kernel: kernelSize, stride: strides, padding: p, bias: useBias } = description;
      const args = { filters, kernelSize, strides, useBias, padding: 'valid', name } as const;
      const border = [[p, p], [p, p]] as [[number, number], [number, number]]; // prettier-ignore
      return description.layer === 'conv'
        ? [tf.layers.zeroPadding2d({ padding: border }), tf.layers.conv2d(args)]
        : [tf.layers.conv2dTranspose(args), tf.layers.cropping2D({ cropping: border })];
    }
    case 'batch-norm':
      return [new BatchNormalization({ epsilon: 1e-5, name })];
    case 'leaky-relu':
      return [new LeakyReLU({ alpha: description.slope, name })];
    case 'reshape':
      return [
        tf.layers.reshape({ targetShape: description.shape, name }),
        tf.layers.permute({ dims: [2, 3, 1] }),
      ];
    case 'upsample':
      return [new NearestUpsampling2D({ factor: description.factor, name })];
    case 'flatten':
      return [tf.layers.permute({ dims: [3, 1, 2] }), tf.layers.flatten({ name })];
    case 'relu':
      return [tf.layers.reLU({ name })];
    case 'elu':
      return [tf.layers.elu({ name })];
    case 'tanh':
      return [tf.layers.activation({ activation: 'tanh', name })];
  }
}

/** @param imageSize height and width of the images that a network takes whose first layer is a convolution */
export function sequential(list: readonly Layer[], imageSize: readonly [number, number]): tf.LayersModel {
  const [first] = list;
  if (first?.layer !== 'linear' && first?.layer !== 'conv')
    throw new Error('networks start with linear or conv');
  const inputs = tf.input({ shape: first.layer === 'linear' ? [first.in] : [...imageSize, first.in] });
  const all = list.flatMap((description, i) => layersOf(description, String(i)));
  const outputs = all.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, inputs);
  return tf.model({ inputs, outputs });
}

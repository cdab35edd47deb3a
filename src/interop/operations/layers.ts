/** The layers that can be exported, as operations. */
import { serialization } from '@tensorflow/tfjs-core';
import type { layers, LayerVariable } from '@tensorflow/tfjs-layers';
import type { Border } from '../../core/border.js';
import { AntialiasDownsampling2D, AntialiasUpsampling2D } from '../../layers/antialias-2d.js';
import { BatchNormalization } from '../../layers/batch-normalization.js';
import { Cropping2D } from '../../layers/cropping-2d.js';
import { Dropout } from '../../layers/dropout.js';
import { InstanceNormalization } from '../../layers/instance-normalization.js';
import { LeakyReLU } from '../../layers/leaky-relu.js';
import { NearestUpsampling2D } from '../../layers/nearest-upsampling-2d.js';
import { type Padding2D, paddingSides } from '../../layers/pad2d.js';
import { ReflectionPadding2D, ReplicationPadding2D } from '../../layers/padding-2d.js';
import {
  type Activation,
  activations,
  type Operation,
  type Pair,
  type Sides,
  type Weight,
} from './operation.js';

/** What operations are made from. */
interface Call {
  readonly layer: layers.Layer;
  readonly config: Readonly<Record<string, unknown>>;
  /** The count of axes of the input, with the batch. */
  readonly rank: number;
  /** The output, with the batch; null for sizes that are unknown. */
  readonly output: readonly (number | null)[];
  readonly weight: (variable: LayerVariable) => Weight;
}

/** Returns the operations of a layer, one after another; undefined for options that cannot be exported. */
type Read = (call: Call) => Operation[] | undefined;

const pairOf = (value: unknown): Pair =>
  typeof value === 'number' ? [value, value] : ([...(value as number[])] as unknown as Pair);

const noSides: Sides = [[0, 0], [0, 0]]; // prettier-ignore

/** The weight of a layer with this last part of its name. */
function named({ layer, weight }: Call, name: string): Weight | undefined {
  const variable = layer.weights.find(({ originalName }) => originalName.endsWith(`/${name}`));
  return variable && weight(variable);
}

/** The activation of a layer, in a list; undefined if it cannot be exported. */
function activationOf(name: unknown): Operation[] | undefined {
  if (name === undefined || name === null || name === 'linear') return [];
  if (typeof name !== 'string' || !Object.hasOwn(activations, name)) return undefined;
  return [{ kind: 'activation', activation: name as Activation }];
}

/** An operation and the activation of its layer. */
function activated({ config }: Call, operation: Operation): Operation[] | undefined {
  const after = activationOf(config.activation);
  return after && [operation, ...after];
}

const kernelAndBias = (call: Call) => ({ kernel: named(call, 'kernel')!, bias: named(call, 'bias') });

const isSameOrValid = (padding: unknown): padding is 'same' | 'valid' =>
  padding === 'same' || padding === 'valid';

const convolution: Read = (call) => {
  const { padding, strides, dilationRate } = call.config;
  if (!isSameOrValid(padding)) return undefined;
  return activated(call, {
    kind: 'convolution',
    ...kernelAndBias(call),
    depthwise: false,
    strides: pairOf(strides),
    dilation: pairOf(dilationRate),
    padding: padding === 'same' ? 'same' : noSides,
  });
};

const depthwise: Read = (call) => {
  const { padding, strides } = call.config;
  if (!isSameOrValid(padding)) return undefined;
  return activated(call, {
    kind: 'convolution',
    kernel: named(call, 'depthwise_kernel')!,
    bias: named(call, 'bias'),
    depthwise: true,
    strides: pairOf(strides),
    dilation: [1, 1], // TensorFlow.js does not apply this layer's dilationRate
    padding: padding === 'same' ? 'same' : noSides,
  });
};

const transposed: Read = (call) => {
  const { padding, strides } = call.config;
  if (!isSameOrValid(padding)) return undefined;
  return activated(call, { kind: 'transposed', ...kernelAndBias(call), strides: pairOf(strides), padding });
};

const norm = (call: Call) => ({
  gamma: named(call, 'gamma'),
  beta: named(call, 'beta'),
  epsilon: call.config.epsilon as number,
});

const batchNorm: Read = (call) => [
  {
    kind: 'batch-norm',
    ...norm(call),
    mean: named(call, 'moving_mean')!,
    variance: named(call, 'moving_variance')!,
  },
];

/** The border of a layer of this library, whose pairs have the width first. */
const ownBorder =
  (border: Border): Read =>
  ({ config: { padding } }) => {
    const heightFirst = Array.isArray(padding) ? [padding[1] as number, padding[0] as number] : padding;
    return [{ kind: 'border', border, sides: paddingSides('export', heightFirst as Padding2D) }];
  };

/** The sizes of ZeroPadding2D and Cropping2D of TensorFlow.js: one value, a pair, or a pair of pairs. */
function builtInSides(value: unknown): Sides {
  const [height, width] = pairOf(value) as readonly unknown[];
  return [pairOf(height), pairOf(width)];
}

/** The filter [1, 2, 1] / 4 in both directions, for each channel. Layers with the same count of channels share it. */
function blur(channels: number): Weight {
  const line = [1, 2, 1].map((value) => value / 4);
  const square = line.flatMap((row) => line.map((column) => row * column));
  const values = Float32Array.from(square.flatMap((value) => Array<number>(channels).fill(value)));
  return {
    name: `antialias_filter/${channels}`,
    shape: [3, 3, channels, 1],
    values: Promise.resolve(values),
  };
}

const antialiasDownsampling: Read = ({ output }) => [
  { kind: 'border', border: 'reflect', sides: [[1, 1], [1, 1]] },
  {
    kind: 'convolution',
    kernel: blur(output.at(-1)!),
    depthwise: true,
    strides: [2, 2],
    dilation: [1, 1],
    padding: noSides,
  },
]; // prettier-ignore

const onLastAxis =
  (read: Read): Read =>
  (call) => {
    const axis = call.config.axis as number;
    return axis === -1 || axis === call.rank - 1 ? read(call) : undefined;
  };
const channelsLast =
  (read: Read): Read =>
  (call) =>
    call.config.dataFormat === 'channelsLast' ? read(call) : undefined;

const reshape: Read = ({ output }) => {
  const shape = output.slice(1);
  return shape.includes(null) ? undefined : [{ kind: 'reshape', shape: shape as number[] }];
};

/** Classes of TensorFlow.js by name. */
const builtIn: Record<string, Read> = {
  Conv2D: channelsLast(convolution),
  DepthwiseConv2D: channelsLast(depthwise),
  Conv2DTranspose: channelsLast(transposed),
  ZeroPadding2D: channelsLast(({ config }) => [
    { kind: 'border', border: 'zero', sides: builtInSides(config.padding) },
  ]),
  Cropping2D: channelsLast(({ config }) => [{ kind: 'crop', sides: builtInSides(config.cropping) }]),
  UpSampling2D: channelsLast(({ config: { interpolation, size } }) =>
    interpolation === 'nearest'
      ? [{ kind: 'upsampling', method: 'nearest', factor: pairOf(size) }]
      : undefined,
  ),
  BatchNormalization: onLastAxis((call) => (call.rank === 4 ? batchNorm(call) : undefined)),
  Concatenate: onLastAxis(() => [{ kind: 'concatenate' }]),
  Add: () => [{ kind: 'add' }],
  Activation: ({ config }) => activationOf(config.activation),
  ReLU: ({ config }) => ((config.maxValue ?? null) === null ? activationOf('relu') : undefined),
  LeakyReLU: ({ config }) => [{ kind: 'leaky-relu', alpha: config.alpha as number }],
  ELU: ({ config }) => (config.alpha === 1 ? activationOf('elu') : undefined),
  Dropout: () => [],
  Dense: (call) => (call.rank === 2 ? activated(call, { kind: 'dense', ...kernelAndBias(call) }) : undefined),
  Reshape: reshape,
  Flatten: ({ config, ...call }) =>
    config.dataFormat === 'channelsFirst' ? undefined : reshape({ config, ...call }),
  Permute: ({ config }) => [{ kind: 'permute', axes: [0, ...(config.dims as number[])] }],
};

/** Classes of this library. Subclasses may compute something else. */
const own = new Map<unknown, Read>([
  [BatchNormalization, batchNorm],
  [InstanceNormalization, (call) => [{ kind: 'instance-norm', ...norm(call) }]],
  [Dropout, () => []],
  [LeakyReLU, builtIn.LeakyReLU!],
  [
    NearestUpsampling2D,
    ({ config }) => [{ kind: 'upsampling', method: 'nearest', factor: pairOf(config.factor) }],
  ],
  [AntialiasDownsampling2D, antialiasDownsampling],
  // (before + 3x) / 4 and (3x + after) / 4 are the bilinear values between the centres of pixels
  [AntialiasUpsampling2D, () => [{ kind: 'upsampling', method: 'bilinear', factor: [2, 2] }]],
  [ReflectionPadding2D, ownBorder('reflect')],
  [ReplicationPadding2D, ownBorder('replicate')],
  [
    Cropping2D,
    ({ config }) => [{ kind: 'crop', sides: paddingSides('export', config.cropping as Padding2D) }],
  ],
]);

/** The operations of a call of a layer; undefined if it cannot be exported. */
export function operationsOf(call: Call): Operation[] | undefined {
  const name = call.layer.getClassName();
  // a program may have extended a class under the same name
  const isBuiltIn =
    call.layer.constructor === serialization.SerializationMap.getMap().classNameMap[name]?.[0];
  const read = own.get(call.layer.constructor) ?? (isBuiltIn && Object.hasOwn(builtIn, name) ? builtIn[name] : undefined); // prettier-ignore
  return read?.(call);
}

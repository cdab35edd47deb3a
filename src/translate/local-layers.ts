/** The layers that can be computed by parts, by class. */
import * as tf from '@tensorflow/tfjs-core';
import { type layers } from '@tensorflow/tfjs-layers';
import type { Border } from '../core/border.js';
import { AntialiasDownsampling2D, AntialiasUpsampling2D } from '../layers/antialias-2d.js';
import { BatchNormalization } from '../layers/batch-normalization.js';
import { blurAndHalve, doubleSmoothly } from '../layers/blur.js';
import { Cropping2D } from '../layers/cropping-2d.js';
import { Dropout } from '../layers/dropout.js';
import { LeakyReLU } from '../layers/leaky-relu.js';
import { NearestUpsampling2D } from '../layers/nearest-upsampling-2d.js';
import { type Padding2D, paddingSides, reflectPad2d, replicatePad2d } from '../layers/pad2d.js';
import { ReflectionPadding2D, ReplicationPadding2D } from '../layers/padding-2d.js';
import {
  type BlurAxis,
  borderAxis,
  doubledAxis,
  enlargedAxis,
  halvedAxis,
  transposedAxis,
  windowAxis,
} from './axes.js';
import { type Call, geometry, type Op, plain } from './op.js';
import { cut } from './region.js';

type Pair = readonly [number, number];

/** A value of both axes as a pair. */
const pairOf = (value: unknown): Pair =>
  typeof value === 'number' ? [value, value] : ([...(value as number[])] as unknown as Pair);

const bothAxes = <T>(make: (axis: 0 | 1) => T): [T, T] => [make(0), make(1)];

/** Applies the bias and the activation of a convolution. */
function completed(layer: layers.Layer, y: tf.Tensor4D): tf.Tensor4D {
  const { activation } = layer as { activation?: { apply(x: tf.Tensor): tf.Tensor } | null };
  const bias = layer.weights[1]?.read();
  const sum = bias === undefined ? y : tf.add<tf.Tensor4D>(y, bias);
  return activation ? (activation.apply(sum) as tf.Tensor4D) : sum;
}

function convolution({ layer, size, channels, config }: Call, depthwise = false): Op {
  const [kernel, strides, dilation] = [config.kernelSize, config.strides, config.dilationRate].map(pairOf) as
    [Pair, Pair, Pair]; // prettier-ignore
  const axes = bothAxes(
    (axis) =>
    windowAxis(size[axis], {
      kernel: kernel[axis], stride: strides[axis], dilation: dilation[axis], same: config.padding === 'same',
    }), // prettier-ignore
  );
  return {
    ...plain,
    ...geometry(axes),
    scale: strides[0],
    cost: kernel[0] * kernel[1] * (depthwise ? 1 : channels),
    run([x], region) {
      const zeros = bothAxes((axis) => axes[axis].zeros(region[axis]));
      const padded = zeros.flat().some((count) => count > 0) ? tf.pad(x!, [[0, 0], ...zeros, [0, 0]]) : x!;
      const filter = layer.weights[0]!.read() as tf.Tensor4D;
      const convolve = depthwise ? tf.depthwiseConv2d : tf.conv2d;
      return completed(layer, convolve(padded, filter, [...strides], 'valid', 'NHWC', [...dilation]));
    },
  };
}

function transposedConvolution({ layer, size, channels, config }: Call): Op {
  const [kernel, strides] = [config.kernelSize, config.strides].map(pairOf) as [Pair, Pair];
  const axes = bothAxes(
    (axis) =>
    transposedAxis(size[axis], {
      kernel: kernel[axis], stride: strides[axis], same: config.padding === 'same',
    }), // prettier-ignore
  );
  return {
    ...plain,
    ...geometry(axes),
    scale: 1 / strides[0],
    cost: (kernel[0] * kernel[1] * channels) / (strides[0] * strides[1]),
    run([x], region) {
      const filter = layer.weights[0]!.read() as tf.Tensor4D;
      const [height, width] = bothAxes((axis) => axes[axis].length(x!.shape[axis + 1]!));
      const [top, left] = bothAxes((axis) => axes[axis].start(region[axis]));
      const y = tf.conv2dTranspose(x!, filter, [1, height, width, filter.shape[2]], [...strides], 'valid');
      return completed(layer, cut(y, [[top, top + height], [left, left + width]], region)); // prettier-ignore
    },
  };
}

/** A border of pixels, or with negative sizes a cropping. */
function border(size: Call['size'], sides: readonly [Pair, Pair], kind: Border): Op {
  const axes = bothAxes((axis) => borderAxis(size[axis], sides[axis], kind));
  return {
    ...plain,
    ...geometry(axes),
    run([x], region) {
      const [rows, columns] = bothAxes((axis) => axes[axis].sides(region[axis]));
      const [[top, bottom], [left, right]] = [rows, columns];
      let y = x!;
      if (top + bottom + left + right > 0) {
        if (kind === 'zero') y = tf.pad(y, [[0, 0], rows, columns, [0, 0]]);
        else y = (kind === 'reflect' ? reflectPad2d : replicatePad2d)(y, { top, bottom, left, right });
      }
      return cut(y, [axes[0].padded(region[0]), axes[1].padded(region[1])], region);
    },
  };
}

/** The padding of a layer of this library, whose pairs have the width first. */
function ownBorder(kind: Border) {
  return ({ size, config: { padding } }: Call): Op => {
    const heightFirst = Array.isArray(padding) ? [padding[1] as number, padding[0] as number] : padding;
    return border(size, paddingSides('translateImage', heightFirst as Padding2D), kind);
  };
}

/** The sizes of tfjs' ZeroPadding2D and Cropping2D: one value, a pair, or a pair of pairs. */
function builtInSides(value: unknown): [Pair, Pair] {
  const [height, width] = pairOf(value) as readonly unknown[];
  return [pairOf(height), pairOf(width)];
}

const negative = (sides: readonly [Pair, Pair]): [Pair, Pair] =>
  bothAxes((axis) => [-sides[axis][0], -sides[axis][1]] as const);

function enlarged(size: Call['size'], [rows, columns]: Pair): Op {
  const both = geometry([enlargedAxis(size[0], rows), enlargedAxis(size[1], columns)]);
  return {
    ...plain,
    ...both,
    scale: 1 / rows,
    run([x], region) {
      const [, height, width] = x!.shape;
      const y = tf.image.resizeNearestNeighbor(x!, [height * rows, width * columns]);
      const [[top], [left]] = both.needs(region);
      const held = [[top * rows, (top + height) * rows], [left * columns, (left + width) * columns]] as const; // prettier-ignore
      return cut(y, held, region);
    },
  };
}

/** A blur that resizes. Ends of a part of the image are treated as those of an image; what they spoil is cut off. */
function blurred(
  { size }: Call,
  axisOf: (size: number) => BlurAxis,
  run: (x: tf.Tensor4D) => tf.Tensor4D,
  own: Pick<Op, 'scale' | 'cost'>,
): Op {
  const axes = bothAxes((axis) => axisOf(size[axis]));
  return {
    ...plain,
    ...geometry(axes),
    ...own,
    run: ([x], region) => cut(run(x!), [axes[0].computed(region[0]), axes[1].computed(region[1])], region),
  };
}

/** A layer whose output at a pixel depends on its inputs at this pixel only. */
const pointwise = ({ layer, size }: Call): Op => ({
  ...plain,
  size,
  pointwise: true,
  needs: (region) => region,
  run: (inputs) => layer.apply(inputs.length === 1 ? inputs[0]! : inputs, { training: false }) as tf.Tensor4D,
});

/** Returns the operation of a layer, or undefined for options that cannot be computed by parts. */
export type MakeOp = (call: Call) => Op | undefined;

const onLastAxis =
  (make: MakeOp): MakeOp =>
  (call) =>
    [-1, 3].includes(call.config.axis as number) ? make(call) : undefined;
const ofChannelsLast =
  (make: MakeOp): MakeOp =>
  (call) =>
    call.config.dataFormat === 'channelsLast' ? make(call) : undefined;

/** tfjs' own classes by name. */
const builtIn: Record<string, MakeOp> = {
  Conv2D: ofChannelsLast((call) => convolution(call)),
  DepthwiseConv2D: ofChannelsLast((call) => convolution(call, true)),
  Conv2DTranspose: ofChannelsLast(transposedConvolution),
  ZeroPadding2D: ofChannelsLast(({ size, config }) => border(size, builtInSides(config.padding), 'zero')),
  Cropping2D: ofChannelsLast(({ size, config }) =>
    border(size, negative(builtInSides(config.cropping)), 'zero'),
  ),
  UpSampling2D: ofChannelsLast((call) =>
    call.config.interpolation === 'nearest' ? enlarged(call.size, pairOf(call.config.size)) : undefined,
  ),
  BatchNormalization: onLastAxis(pointwise),
  Concatenate: onLastAxis(pointwise),
  ...Object.fromEntries(
    ['ReLU', 'LeakyReLU', 'ELU', 'Activation', 'ThresholdedReLU', 'Dropout', 'Add', 'Multiply', 'Average', 'Maximum', 'Minimum']
      .map((name) => [name, pointwise]),
  ), // prettier-ignore
};

/** The classes of this library. Subclasses may compute something else. */
const own = new Map<unknown, MakeOp>([
  [AntialiasDownsampling2D, (call) => blurred(call, halvedAxis, blurAndHalve, { scale: 2, cost: 9 })],
  [AntialiasUpsampling2D, (call) => blurred(call, doubledAxis, doubleSmoothly, { scale: 1 / 2, cost: 4 })],
  [BatchNormalization, pointwise],
  [Dropout, pointwise],
  [LeakyReLU, pointwise],
  [NearestUpsampling2D, ({ size, config }) => enlarged(size, pairOf(config.factor))],
  [ReflectionPadding2D, ownBorder('reflect')],
  [ReplicationPadding2D, ownBorder('replicate')],
  [
    Cropping2D,
    ({ size, config }) =>
      border(size, negative(paddingSides('translateImage', config.cropping as Padding2D)), 'zero'),
  ],
]);

/** The function that makes the operation of a layer, in translation: without dropout, batch norm by running statistics. */
export function localLayer(layer: layers.Layer): MakeOp | undefined {
  const name = layer.getClassName();
  const isBuiltIn = Object.hasOwn(builtIn, name) && layer.constructor === builtInClass(name);
  return own.get(layer.constructor) ?? (isBuiltIn ? builtIn[name] : undefined);
}

/** The classes that tfjs makes, which a program may have extended under the same name. */
function builtInClass(name: string): unknown {
  return tf.serialization.SerializationMap.getMap().classNameMap[name]?.[0];
}

/** The operations of a network, independent of the format that they are written in. Values have the order of TensorFlow.js. */
import type { Border } from '../../core/border.js';

/** A weight. Its values are read in the background. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Promise<Float32Array>;
}

export type Pair = readonly [height: number, width: number];

/** Pixels before and after, along the height and along the width. */
export type Sides = readonly [rows: Pair, columns: Pair];

/** Activations that have the same name in TensorFlow and, apart from their case, in ONNX. */
export const activations = {
  relu: 'Relu',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  elu: 'Elu',
  selu: 'Selu',
  softplus: 'Softplus',
} as const;
export type Activation = keyof typeof activations;

/** γ, β and ε of a norm; without γ or β they are 1 or 0. */
export interface Norm {
  readonly gamma?: Weight | undefined;
  readonly beta?: Weight | undefined;
  readonly epsilon: number;
}

export type Operation =
  | { readonly kind: 'border'; readonly border: Border; readonly sides: Sides }
  | { readonly kind: 'crop'; readonly sides: Sides }
  | {
      readonly kind: 'convolution';
      /** [height, width, inputs, outputs]; if `depthwise`, [height, width, inputs, outputs of each input] */
      readonly kernel: Weight;
      readonly bias?: Weight | undefined;
      /** Whether each channel is convolved by itself. */
      readonly depthwise: boolean;
      readonly strides: Pair;
      readonly dilation: Pair;
      /** TensorFlow's `same`, which depends on the size of the image, or zeros on each side. */
      readonly padding: 'same' | Sides;
    }
  | {
      readonly kind: 'transposed';
      /** [height, width, outputs, inputs] */
      readonly kernel: Weight;
      readonly bias?: Weight | undefined;
      readonly strides: Pair;
      readonly padding: 'same' | 'valid';
    }
  | ({ readonly kind: 'instance-norm' } & Norm)
  | ({ readonly kind: 'batch-norm'; readonly mean: Weight; readonly variance: Weight } & Norm)
  | { readonly kind: 'activation'; readonly activation: Activation }
  | { readonly kind: 'leaky-relu'; readonly alpha: number }
  /** `bilinear` has the centres of pixels where images have them (half-pixel centres), and repeats the edge. */
  | { readonly kind: 'upsampling'; readonly method: 'nearest' | 'bilinear'; readonly factor: Pair }
  | { readonly kind: 'concatenate' }
  | { readonly kind: 'add' }
  | {
      readonly kind: 'dense';
      /** [inputs, outputs] */
      readonly kernel: Weight;
      readonly bias?: Weight | undefined;
    }
  /** Sizes without the batch. */
  | { readonly kind: 'reshape'; readonly shape: readonly number[] }
  /** The axis of the input for each axis of the output, with the batch. */
  | { readonly kind: 'permute'; readonly axes: readonly number[] };

/** The result of an operation. */
export interface Step {
  /** The name of the layer, unique in the network. */
  readonly name: string;
  readonly operation: Operation;
  /** Indices of values: 0 for the input of the network, i + 1 for the result of step i. */
  readonly inputs: readonly number[];
  /** The count of axes of the result, with the batch. */
  readonly rank: number;
  /** The length of its last axis. */
  readonly channels: number;
}

/** A network as steps in an order in which they can be computed. */
export interface Network {
  /** The input, with null for sizes that are unknown. The batch comes first. */
  readonly inputShape: readonly (number | null)[];
  readonly steps: readonly Step[];
  /** The index of the value that is the output. */
  readonly output: number;
  /** Whether the network accepts images of one size only. */
  readonly isFixedSize: boolean;
}

/** The operations of a network as operators of ONNX. */
import type { Attribute } from '../../onnx/index.js';
import { activations, type Operation, type Pair, type Sides, type Step } from '../operations/operation.js';
import { addConstant, addWeight, depthwiseLayout, kernelLayout, type Layout } from './weights.js';
import { type GraphWriter, imageOrder, plainOrder, type Stored } from './writer.js';

/** What a step is written with. */
export interface Context {
  readonly writer: GraphWriter;
  /** The exporting function, for messages. */
  readonly where: string;
  /** The values of the step's inputs. */
  readonly inputs: readonly Stored[];
}

type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>;
type Write = (context: Context, step: Step) => Stored;

const ints = (...values: number[]): Attribute => ({ ints: values });

/** The sides as ONNX has them: the begin of each axis, then the end of each. */
const beginsAndEnds = ([rows, columns]: Sides): number[] => [rows[0], columns[0], rows[1], columns[1]];

/** Writes an operator on images, whose output is an image. */
function onImages(
  { writer, inputs: [x] }: Context,
  { name }: Step,
  op: string,
  rest: readonly string[],
  attributes: Record<string, Attribute> = {},
): Stored {
  const output = writer.node(op, name, [writer.ordered(x!, imageOrder), ...rest], attributes);
  return { name: output, order: imageOrder };
}

const borderModes = { zero: 'constant', reflect: 'reflect', replicate: 'edge' } as const;

function border(context: Context, step: Step, { sides, border }: Of<'border'>): Stored {
  const [top, left, bottom, right] = beginsAndEnds(sides) as [number, number, number, number];
  const pads = context.writer.integers([0, 0, top, left, 0, 0, bottom, right]);
  return onImages(context, step, 'Pad', [pads], { mode: { string: borderModes[border] } });
}

function crop(context: Context, step: Step, { sides: [rows, columns] }: Of<'crop'>): Stored {
  const { writer } = context;
  const beyond = 2 ** 31 - 1; // beyond all images: nothing is cropped at this end
  const ends = [rows[1], columns[1]].map((count) => (count === 0 ? beyond : -count));
  const bounds = [[rows[0], columns[0]], ends, [2, 3]].map((values) => writer.integers(values));
  return onImages(context, step, 'Slice', bounds);
}

const weightNames = (
  { writer, where }: Context,
  { kernel, bias }: Of<'convolution' | 'transposed'>,
  layout: Layout = kernelLayout,
) => [
  addWeight(writer, where, kernel, layout),
  ...(bias === undefined ? [] : [addWeight(writer, where, bias)]),
];

function convolution(context: Context, step: Step, operation: Of<'convolution'>): Stored {
  const { kernel, depthwise, strides, dilation, padding } = operation;
  const size = [kernel.shape[0]!, kernel.shape[1]!];
  const weights = weightNames(context, operation, depthwise ? depthwiseLayout(kernel.shape) : kernelLayout);
  return onImages(context, step, 'Conv', weights, {
    ...(depthwise && { group: { int: kernel.shape[2]! } }),
    kernel_shape: ints(...size),
    strides: ints(...strides),
    dilations: ints(...dilation),
    ...paddingOf(size, strides, dilation, padding),
  });
}

/**
 * With strides of 1, `same` adds the same zeros to images of all sizes. With larger strides the zeros depend on the size, which ONNX
 * computes as TensorFlow does.
 */
function paddingOf(
  size: readonly number[],
  strides: Pair,
  dilation: Pair,
  padding: 'same' | Sides,
): Record<string, Attribute> {
  if (padding !== 'same') return { pads: ints(...beginsAndEnds(padding)) };
  if (strides.some((stride, i) => stride > 1 && size[i]! > 1)) return { auto_pad: { string: 'SAME_UPPER' } };
  const sides = size.map((length, i): Pair => halved((length - 1) * dilation[i]!));
  return { pads: ints(...beginsAndEnds(sides as unknown as Sides)) };
}

/** `count` in two parts, the larger one last. */
const halved = (count: number): Pair => [Math.floor(count / 2), Math.ceil(count / 2)];

/**
 * The output has stride · size pixels with `same`, and stride · size + max(kernel − stride, 0) with `valid`. ONNX computes
 * stride · (size − 1) + kernel of them, removes `pads`, and appends `output_padding`.
 */
function transposed(context: Context, step: Step, operation: Of<'transposed'>): Stored {
  const { kernel, strides, padding } = operation;
  const size = [kernel.shape[0]!, kernel.shape[1]!];
  const surplus = size.map((length, i) => length - strides[i]!);
  const removed = surplus.map((count): Pair => halved(padding === 'same' ? Math.max(count, 0) : 0));
  const pads = beginsAndEnds(removed as unknown as Sides);
  return onImages(context, step, 'ConvTranspose', weightNames(context, operation), {
    kernel_shape: ints(...size),
    strides: ints(...strides),
    pads: ints(...pads),
    output_padding: ints(...surplus.map((count) => Math.max(-count, 0))),
  });
}

function gammaAndBeta({ writer, where }: Context, { channels }: Step, { gamma, beta }: Of<'instance-norm' | 'batch-norm'>) {
  return [
    gamma === undefined ? addConstant(writer, 1, channels) : addWeight(writer, where, gamma),
    beta === undefined ? addConstant(writer, 0, channels) : addWeight(writer, where, beta),
  ];
} // prettier-ignore

const instanceNorm = (context: Context, step: Step, operation: Of<'instance-norm'>): Stored =>
  onImages(context, step, 'InstanceNormalization', gammaAndBeta(context, step, operation), {
    epsilon: { float: operation.epsilon },
  });

function batchNorm(context: Context, step: Step, operation: Of<'batch-norm'>): Stored {
  const { writer, where } = context;
  const statistics = [operation.mean, operation.variance].map((weight) => addWeight(writer, where, weight));
  const weights = [...gammaAndBeta(context, step, operation), ...statistics];
  return onImages(context, step, 'BatchNormalization', weights, { epsilon: { float: operation.epsilon } });
}

const resizing: Record<Of<'upsampling'>['method'], Record<string, Attribute>> = {
  nearest: {
    mode: { string: 'nearest' },
    coordinate_transformation_mode: { string: 'asymmetric' },
    nearest_mode: { string: 'floor' },
  },
  bilinear: { mode: { string: 'linear' }, coordinate_transformation_mode: { string: 'half_pixel' } },
};

function upsampling(context: Context, step: Step, { method, factor }: Of<'upsampling'>): Stored {
  const data = Float32Array.of(1, 1, ...factor);
  const scales = context.writer.tensor({
    name: `scales_${factor.join('_')}`,
    type: 'float32',
    dims: [4],
    values: () => Promise.resolve(() => data),
  });
  return onImages(context, step, 'Resize', ['', scales], resizing[method]);
}

/** An operator that treats all elements alike, in any order of the axes. */
function elementwise(op: string, attributes: Record<string, Attribute> = {}): Write {
  return ({ writer, inputs: [x] }, { name }) => ({
    name: writer.node(op, name, [x!.name], attributes),
    order: x!.order,
  });
}

const add: Write = ({ writer, inputs: [first, ...others] }, { name }) => {
  const { order } = first!;
  const sum = others.reduce((sum, other, i) => {
    const partial = i === others.length - 1 ? name : `${name}/sum_${i}`;
    return writer.node('Add', partial, [sum, writer.ordered(other, order)]);
  }, first!.name);
  return { name: sum, order };
};

const concatenate: Write = ({ writer, inputs }, { name, rank }) => {
  const { order } = inputs[0]!;
  const names = inputs.map((input) => writer.ordered(input, order));
  return { name: writer.node('Concat', name, names, { axis: { int: order.indexOf(rank - 1) } }), order };
};

function dense({ writer, where, inputs: [x] }: Context, { name }: Step, { kernel, bias }: Of<'dense'>): Stored {
  const weights = [kernel, ...(bias === undefined ? [] : [bias])];
  const names = weights.map((weight) => addWeight(writer, where, weight));
  return { name: writer.node('Gemm', name, [writer.ordered(x!, [0, 1]), ...names]), order: [0, 1] };
} // prettier-ignore

function reshape({ writer, inputs: [x] }: Context, { name, rank }: Step, { shape }: Of<'reshape'>): Stored {
  const plain = writer.ordered(x!, plainOrder(x!.order.length));
  const sizes = writer.integers([0, ...shape]); // 0 keeps the size of the batch
  return { name: writer.node('Reshape', name, [plain, sizes]), order: plainOrder(rank) };
}

/** Only the order changes. A node is written if a later operation needs another one. */
const permute = ({ inputs: [x] }: Context, { axes }: Of<'permute'>): Stored => ({
  name: x!.name,
  order: x!.order.map((axis) => axes.indexOf(axis)),
});

/** Writes a step. Returns its result. */
export function writeStep(context: Context, step: Step): Stored {
  const { operation } = step;
  switch (operation.kind) {
    case 'border':
      return border(context, step, operation);
    case 'crop':
      return crop(context, step, operation);
    case 'convolution':
      return convolution(context, step, operation);
    case 'transposed':
      return transposed(context, step, operation);
    case 'instance-norm':
      return instanceNorm(context, step, operation);
    case 'batch-norm':
      return batchNorm(context, step, operation);
    case 'activation':
      return elementwise(activations[operation.activation])(context, step);
    case 'leaky-relu':
      return elementwise('LeakyRelu', { alpha: { float: operation.alpha } })(context, step);
    case 'upsampling':
      return upsampling(context, step, operation);
    case 'concatenate':
      return concatenate(context, step);
    case 'add':
      return add(context, step);
    case 'dense':
      return dense(context, step, operation);
    case 'reshape':
      return reshape(context, step, operation);
    case 'permute':
      return permute(context, operation);
  }
}

/** The operations of a network as operators of TensorFlow. Values have the order of TensorFlow.js. */
import {
  activations,
  type Norm,
  type Operation,
  type Pair,
  type Sides,
  type Step,
} from '../operations/operation.js';
import { type Attribute, type GraphDef, int, ints, text, type } from './graph-def.js';

type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>;

const onImages = ([height, width]: Pair): Attribute => ints([1, height, width, 1]);
const channelsLast = { data_format: text('NHWC') };
const int32 = { T: type('DT_INT32') };

/** Paddings of all four axes, [4, 2]. */
const paddings = (graph: GraphDef, [rows, columns]: Sides): string =>
  graph.integers([0, 0, ...rows, ...columns, 0, 0], [4, 2]);

function border(graph: GraphDef, name: string, x: string, { border, sides }: Of<'border'>): string {
  const tpaddings = { Tpaddings: type('DT_INT32') };
  if (border === 'zero') return graph.node('Pad', name, [x, paddings(graph, sides)], tpaddings);
  const mirror = (mode: 'REFLECT' | 'SYMMETRIC', name: string, x: string, sides: Sides) =>
    graph.node('MirrorPad', name, [x, paddings(graph, sides)], { ...tpaddings, mode: text(mode) });
  if (border === 'reflect') return mirror('REFLECT', name, x, sides);
  // TensorFlow cannot repeat the edge, but a symmetric border of one pixel repeats it once.
  const count = Math.max(...sides.flat());
  if (count === 0) return graph.node('Identity', name, [x]);
  for (let i = 0; i < count; i++) {
    const one = sides.map((side) => side.map((pixels) => Number(pixels > i))) as unknown as Sides;
    x = mirror('SYMMETRIC', i === count - 1 ? name : `${name}/border_${i}`, x, one);
  }
  return x;
}

/** A slice of a value. An end of 0 is the end of the axis. */
function slice(
  graph: GraphDef,
  name: string,
  x: string,
  begin: readonly number[],
  end: readonly number[],
  attr: Record<string, Attribute>,
): string {
  const bounds = [begin, end, begin.map(() => 1)].map((values) => graph.integers(values));
  return graph.node('StridedSlice', name, [x, ...bounds], {
    ...attr,
    Index: type('DT_INT32'),
    begin_mask: int(0),
    end_mask: int(end.reduce((mask, place, axis) => mask | (Number(place === 0) << axis), 0)),
    ellipsis_mask: int(0),
    new_axis_mask: int(0),
    shrink_axis_mask: int(0),
  });
}

function crop(graph: GraphDef, name: string, x: string, { sides: [rows, columns] }: Of<'crop'>): string {
  const begin = [0, rows[0], columns[0], 0];
  const end = [0, -rows[1], -columns[1], 0];
  return slice(graph, name, x, begin, end, { T: type('DT_FLOAT') });
} // prettier-ignore

/** Adds the bias of a layer, if it has one. The last node has the name of the step. */
function biased(
  graph: GraphDef,
  name: string,
  { bias }: Of<'convolution' | 'transposed' | 'dense'>,
  write: (name: string) => string,
): string {
  if (bias === undefined) return write(name);
  return graph.node('BiasAdd', name, [write(`${name}/product`), graph.weight(bias)], channelsLast);
}

function convolution(graph: GraphDef, name: string, x: string, operation: Of<'convolution'>): string {
  const { kernel, depthwise, strides, dilation, padding } = operation;
  const isPadded = padding !== 'same' && padding.flat().some((count) => count > 0);
  return biased(graph, name, operation, (name) =>
    graph.node(depthwise ? 'DepthwiseConv2dNative' : 'Conv2D', name, [x, graph.weight(kernel)], {
      ...channelsLast,
      strides: onImages(strides),
      dilations: onImages(dilation),
      padding: text(padding === 'same' ? 'SAME' : isPadded ? 'EXPLICIT' : 'VALID'),
      ...(isPadded && { explicit_paddings: ints([0, 0, ...padding[0], ...padding[1], 0, 0]) }),
    }),
  );
}

/** The sizes of an image, multiplied and increased: [batch, height, width, channels]. */
function sizes(graph: GraphDef, name: string, x: string, factors: readonly number[], terms: readonly number[]): string {
  const shape = graph.node('Shape', `${name}/shape`, [x], { out_type: type('DT_INT32') });
  const product = graph.node('Mul', `${name}/multiplied`, [shape, graph.integers(factors)], int32);
  return graph.node('AddV2', `${name}/size`, [product, graph.integers(terms)], int32);
} // prettier-ignore

function transposed(graph: GraphDef, name: string, x: string, operation: Of<'transposed'>): string {
  const { kernel, strides, padding } = operation;
  const [height, width, channels] = kernel.shape as [number, number, number];
  const surplus = [height, width].map((size, i) => (padding === 'valid' ? Math.max(size - strides[i]!, 0) : 0));
  const size = sizes(graph, name, x, [1, ...strides, 0], [0, ...surplus, channels]);
  return biased(graph, name, operation, (name) =>
    graph.node('Conv2DBackpropInput', name, [size, graph.weight(kernel), x], {
      ...channelsLast,
      strides: onImages(strides),
      dilations: onImages([1, 1]),
      padding: text(padding.toUpperCase()),
    }),
  );
} // prettier-ignore

function instanceNorm(graph: GraphDef, name: string, x: string, { gamma, beta, epsilon }: Norm): string {
  const part = (op: string, place: string, inputs: string[], attr: Record<string, Attribute> = {}) =>
    graph.node(op, `${name}/${place}`, inputs, attr);
  const mean = (place: string, value: string) =>
    part('Mean', place, [value, graph.integers([1, 2])], {
      keep_dims: { b: true },
      Tidx: type('DT_INT32'),
    });
  const centred = part('Sub', 'centred', [x, mean('mean', x)]);
  const variance = mean('variance', part('Square', 'squares', [centred]));
  let scale = part('Rsqrt', 'scale', [part('AddV2', 'biased', [variance, graph.scalar(epsilon)])]);
  if (gamma !== undefined) scale = part('Mul', 'scale_gamma', [scale, graph.weight(gamma)]);
  if (beta === undefined) return graph.node('Mul', name, [centred, scale]);
  return graph.node('AddV2', name, [part('Mul', 'normal', [centred, scale]), graph.weight(beta)]);
}

function batchNorm(graph: GraphDef, { name, channels }: Step, x: string, operation: Of<'batch-norm'>): string {
  const { gamma, beta, mean, variance, epsilon } = operation;
  const scale = gamma === undefined ? graph.filled(1, channels) : graph.weight(gamma);
  const offset = beta === undefined ? graph.filled(0, channels) : graph.weight(beta);
  return graph.node('FusedBatchNormV3', name, [x, scale, offset, graph.weight(mean), graph.weight(variance)], {
    ...channelsLast,
    U: type('DT_FLOAT'),
    epsilon: { f: epsilon },
    is_training: { b: false },
  });
} // prettier-ignore

function upsampling(graph: GraphDef, name: string, x: string, { method, factor }: Of<'upsampling'>): string {
  const [rows, columns] = factor;
  const all = sizes(graph, name, x, [1, rows, columns, 1], [0, 0, 0, 0]);
  const size = slice(graph, `${name}/height_width`, all, [1], [3], int32);
  return graph.node(method === 'nearest' ? 'ResizeNearestNeighbor' : 'ResizeBilinear', name, [x, size], {
    align_corners: { b: false },
    half_pixel_centers: { b: method === 'bilinear' },
  });
}

const index32 = { Tidx: type('DT_INT32') };

function add(graph: GraphDef, name: string, [first, ...others]: readonly string[]): string {
  return others.reduce((sum, other, i) => {
    const partial = i === others.length - 1 ? name : `${name}/sum_${i}`;
    return graph.node('AddV2', partial, [sum, other]);
  }, first!);
}

/** Writes a step. Returns the name of its result. */
export function writeStep(graph: GraphDef, step: Step, inputs: readonly string[]): string {
  const { name, operation } = step;
  const x = inputs[0]!;
  switch (operation.kind) {
    case 'border':
      return border(graph, name, x, operation);
    case 'crop':
      return crop(graph, name, x, operation);
    case 'convolution':
      return convolution(graph, name, x, operation);
    case 'transposed':
      return transposed(graph, name, x, operation);
    case 'instance-norm':
      return instanceNorm(graph, name, x, operation);
    case 'batch-norm':
      return batchNorm(graph, step, x, operation);
    case 'activation':
      return graph.node(activations[operation.activation], name, [x]);
    case 'leaky-relu':
      return graph.node('LeakyRelu', name, [x], { alpha: { f: operation.alpha } });
    case 'upsampling':
      return upsampling(graph, name, x, operation);
    case 'concatenate':
      return graph.node('ConcatV2', name, [...inputs, graph.integers([step.rank - 1], [])], {
        ...index32,
        N: int(inputs.length),
      });
    case 'add':
      return add(graph, name, inputs);
    case 'dense':
      return biased(graph, name, operation, (name) =>
        graph.node('MatMul', name, [x, graph.weight(operation.kernel)], {
          transpose_a: { b: false },
          transpose_b: { b: false },
        }),
      );
    case 'reshape':
      return graph.node('Reshape', name, [x, graph.integers([-1, ...operation.shape])], {
        Tshape: type('DT_INT32'),
      });
    case 'permute':
      return graph.node('Transpose', name, [x, graph.integers(operation.axes)], { Tperm: type('DT_INT32') });
  }
}

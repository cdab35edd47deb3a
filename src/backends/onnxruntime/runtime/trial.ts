/**
 * A graph whose results are known, of what some execution providers compute wrongly: they lose the Tanh between Conv and
 * Clip, misplace a ConvTranspose with uneven pads, or lack buffers for many parts of a tensor.
 */
import { encodeModel, type OnnxValue } from '../../../onnx/index.js';
import { GraphWriter, type LoweringSettings } from '../lowering/writer.js';
import { type Feed, type Results } from './runtime.js';

export interface Trial {
  readonly model: Uint8Array;
  readonly feeds: Readonly<Record<string, Feed>>;
  readonly fetches: readonly string[];
  /** What is wrong with these results, in words. */
  readonly fault: (results: Results) => string | undefined;
}

/** Providers may round differently, also to 16 bits; known faults are of 0.1 and more. */
const TOLERANCE = 0.01;

const count = (size: number): number[] => Array.from({ length: size }, (_, i) => i + 1);

/** The trial, written as recorded graphs are. */
export function trialOf(settings: LoweringSettings): Trial {
  const writer = new GraphWriter({ values: [], nodes: [], outputs: [] }, settings);
  writer.enter('Trial', 0);
  const constant = (dims: readonly number[], data: readonly number[]) =>
    writer.constant('float32', dims, data);

  const ones = { ints: [1, 1] };
  const point = { kernel_shape: ones, strides: ones, dilations: ones, pads: { ints: [0, 0, 0, 0] } };
  const cast = (x: string, code: number) => writer.op('Cast', [x], { to: { int: code } });
  const convolution: GraphWriter['op'] = (op, operands, attributes) => {
    if (settings.precision === 'float32') return writer.op(op, operands, attributes);
    const rounded = operands.map((x) => cast(x, 10));
    return cast(writer.op(op, rounded, attributes), 1);
  };
  const conv = convolution('Conv', ['image', constant([1, 1, 1, 1], [0.5])], point);
  const clip = writer.op('Clip', [writer.op('Tanh', [conv]), constant([], [-1]), constant([], [1])]);
  const transposed = convolution('ConvTranspose', ['image', constant([1, 1, 3, 3], count(9))], {
    kernel_shape: { ints: [3, 3] },
    strides: { ints: [2, 2] },
    dilations: ones,
    pads: { ints: [1, 1, 0, 0] },
  });
  const parts = writer.split(
    'list',
    0,
    count(20).map(() => 1),
  );
  const joined = writer.op('Concat', [...parts].reverse(), { axis: { int: 0 } });

  const inputs = [
    { name: 'image', dims: [1, 1, 2, 2], data: count(4) },
    { name: 'list', dims: [20], data: count(20) },
  ];
  const outputs = [
    { what: 'Conv, Tanh and Clip', name: clip, dims: [1, 1, 2, 2], data: [0.5, 1, 1.5, 2].map(Math.tanh) },
    {
      what: 'ConvTranspose',
      name: transposed,
      dims: [1, 1, 4, 4],
      data: [[5, 14, 10, 12], [14, 36, 24, 30], [15, 34, 20, 24], [24, 55, 32, 36]].flat(), // prettier-ignore
    },
    { what: 'Split', name: joined, dims: [20], data: count(20).reverse() },
  ];
  const value = ({ name, dims }: { name: string; dims: number[] }): OnnxValue => ({
    name,
    type: 'float32',
    shape: dims,
  });
  return {
    model: encodeModel({
      irVersion: 10,
      opsets: { '': 21 },
      producer: 'ts-cyclegan',
      graph: {
        name: 'trial',
        nodes: writer.nodes,
        inputs: inputs.map(value),
        outputs: outputs.map(value),
        initializers: writer.initializers,
      },
    }),
    feeds: Object.fromEntries(
      inputs.map(({ name, dims, data }) => [
        name,
        { type: 'float32', dims, data: Float32Array.from(data), location: 'cpu' },
      ]),
    ),
    fetches: outputs.map(({ name }) => name),
    fault(results) {
      for (const { what, name, data } of outputs) {
        const got = results[name] as Float32Array;
        const at = data.findIndex((right, i) => !(Math.abs(got[i]! - right) <= TOLERANCE));
        if (at >= 0) return `${what}: got ${got[at]!.toFixed(3)}, right is ${data[at]!.toFixed(3)}`;
      }
      return undefined;
    },
  };
}

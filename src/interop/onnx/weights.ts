/** Weights in the layouts and element types of ONNX. */
import { Float16Array } from '@petamoriken/float16';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { permute } from '../../core/permute.js';
import type { Weight } from '../operations/operation.js';
import type { GraphWriter } from './writer.js';

/** Where ONNX has the axes of a weight of TensorFlow.js. */
export interface Layout {
  readonly axes: readonly number[];
  /** The sizes then, if axes are merged. */
  readonly dims?: readonly number[];
}

/** Kernels of convolutions are [h, w, in, out] in TensorFlow.js and [out, in, h, w] in ONNX; transposed ones [h, w, out, in] and [in, out, h, w]. */
export const kernelLayout: Layout = { axes: [3, 2, 0, 1] };

/** Depthwise kernels are [h, w, in, multiplier] in TensorFlow.js and [in · multiplier, 1, h, w] in ONNX. */
export const depthwiseLayout = ([height, width, inputs, multiplier]: readonly number[]): Layout => ({
  axes: [2, 3, 0, 1],
  dims: [inputs! * multiplier!, 1, height!, width!],
});

/** Adds a weight, in another layout if given. Returns its name. */
export function addWeight(writer: GraphWriter, where: string, weight: Weight, layout?: Layout): string {
  const { name, shape } = weight;
  return writer.tensor({
    name,
    type: writer.float,
    dims: layout === undefined ? shape : (layout.dims ?? layout.axes.map((axis) => shape[axis]!)),
    values: async () => {
      const values = await weight.values;
      return () => {
        const ordered =
          layout === undefined ? values : permute(values, shape, layout.axes, writer.scratch(values.length));
        return writer.float === 'float16' ? halves(where, name, ordered) : ordered;
      };
    },
  });
}

/** Adds a vector of equal values. Returns its name. */
export function addConstant(writer: GraphWriter, value: 0 | 1, length: number): string {
  const bits = value === 1 ? 0x3c00 : 0; // float16
  return writer.tensor({
    name: `${value === 1 ? 'ones' : 'zeros'}_${length}`,
    type: writer.float,
    dims: [length],
    values: () =>
      Promise.resolve(() =>
        writer.float === 'float16'
          ? new Uint16Array(length).fill(bits)
          : new Float32Array(length).fill(value),
      ),
  });
}

/** The bits of float16 values. */
function halves(where: string, name: string, values: Float32Array): Uint16Array {
  const half = new Float16Array(values);
  const bits = new Uint16Array(half.buffer, half.byteOffset, half.length);
  if (bits.some((each) => (each & 0x7c00) === 0x7c00)) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: float16 holds values up to 65504, but the weight ${show(name)} has larger values. Export as float32.`,
    );
  }
  return bits;
}

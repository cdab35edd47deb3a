/** Exports a network as an ONNX file. */
import { flag, oneOf, resolveOptions, satisfying, wholeNumber, withDefault } from '../../core/options.js';
import type { WeightsDtype } from '../../models/bundle.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { encodeModel, type OnnxTensor, type OnnxValue } from '../../onnx/index.js';
import { metadataEntries, metadataOf, type MetadataOptions } from '../operations/metadata.js';
import { directionEntry, type ExportableModel, exportedNetwork } from '../operations/model-network.js';
import { readNetwork } from '../operations/read-network.js';
import { shapesOf, type Shape, type Sizes } from '../operations/shapes.js';
import { type Ends, isLevels, orderOf, writeInput, writeOutput } from './ends.js';
import { writeStep } from './operators.js';
import { GraphWriter, type PendingTensor } from './writer.js';

/** Options of {@link exportOnnx}. */
export interface ExportOnnxOptions extends MetadataOptions {
  /** The generator of a `CycleGAN` to export. */
  direction?: Direction;
  /**
   * The version of ONNX' operators, from 13 to 21. Newer versions need newer runtimes.
   * @default 17
   */
  opset?: number;
  /**
   * The count of images of a call, or `'dynamic'` for any count.
   * @default 'dynamic'
   */
  batch?: number | 'dynamic';
  /**
   * The height and width of the images, or `'dynamic'` for all sizes that the network accepts. Networks that accept one size only,
   * such as the generator of a `GAN`, always have this size.
   * @default 'dynamic'
   */
  size?: readonly [height: number, width: number] | 'dynamic';
  /**
   * The order of the axes of images: [batch, channels, height, width] as in PyTorch, or [batch, height, width, channels] as in
   * TensorFlow and in decoded image files.
   * @default 'NCHW'
   */
  layout?: 'NCHW' | 'NHWC';
  /**
   * Whether images go in and come out as levels 0..255 (uint8), instead of float32 in [−1, 1].
   * @default false
   */
  uint8?: boolean;
  /**
   * The type of weights and computations. `float16` halves the file; images stay float32 or uint8. Runtimes without float16, such as
   * ONNX Runtime on CPUs, compute in float32.
   * @default 'float32'
   */
  dtype?: WeightsDtype;
}

const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

const entries = {
  direction: directionEntry,
  opset: withDefault(wholeNumber(13, 21), 17),
  batch: withDefault(
    satisfying<number | 'dynamic'>(
      (value) => value === 'dynamic' || isSize(value),
      '"dynamic" or a whole number from 1',
    ),
    'dynamic',
  ),
  size: withDefault(
    satisfying<readonly [number, number] | 'dynamic'>(
      (value) => value === 'dynamic' || (Array.isArray(value) && value.length === 2 && value.every(isSize)),
      '"dynamic" or [height, width], whole numbers from 1',
    ),
    'dynamic',
  ),
  layout: withDefault(oneOf('NCHW', 'NHWC'), 'NCHW'),
  uint8: withDefault(flag(), false),
  dtype: withDefault(oneOf('float32', 'float16'), 'float32'),
  ...metadataEntries,
};

/** The oldest version of the format with these operators. */
const irVersions = { 13: 7, 14: 7, 15: 8, 16: 8, 17: 8, 18: 8, 19: 9, 20: 9, 21: 10 } as const;

/**
 * Exports a generator, or any network of this library, as an ONNX file. It computes what the model computes in inference: without
 * dropout, and with the running statistics of batch norm. (`Pix2Pix.translate` does so with `mode: 'eval'`.)
 *
 * The input is called `input` and the output `output`. The metadata of the file names the library and its version, the direction, the
 * layout, the range of the values and the licence.
 *
 * @param model a `CycleGAN`, `Translator`, `Pix2Pix`, `CUT`, `GAN`, or a `tf.LayersModel` with one input and one output
 * @returns the bytes of the file
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `DISPOSED`; `UNSUPPORTED` for networks with layers
 * that cannot be exported; `NOT_A_NUMBER` if a weight is NaN or infinite
 * @see [Interchange: ONNX](../../../docs/interchange.md#onnx)
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import '@tensorflow/tfjs';
 * import { CycleGAN } from 'ts-cyclegan';
 * import { exportOnnx } from 'ts-cyclegan/interop';
 * const model = new CycleGAN({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 7 });
 * await writeFile('horse2zebra.onnx', await exportOnnx(model, { direction: 'AtoB', licence: 'CC-BY-4.0' }));
 * ```
 */
export async function exportOnnx(
  model: ExportableModel,
  options: ExportOnnxOptions = {},
): Promise<Uint8Array> {
  const where = 'exportOnnx';
  const resolved = resolveOptions(where, entries, options);
  const { direction, opset, batch, size, dtype } = resolved;
  const { network, facts } = exportedNetwork(where, model, direction);
  const { layout, uint8 } = resolved;
  const ends = { layout, value_range: uint8 ? '0..255' : '-1..1', dtype };
  const metadata = metadataOf(where, { ...facts, ...ends }, resolved);
  const read = readNetwork(where, network);
  const sizes: Sizes = { batch: batch === 'dynamic' ? null : batch, size: size === 'dynamic' ? null : size };
  const { input, output } = shapesOf(where, network, read, sizes);

  const writer = new GraphWriter(dtype);
  const values = [writeInput(writer, resolved, input.length)];
  for (const step of read.steps) {
    values.push(writeStep({ writer, where, inputs: step.inputs.map((i) => values[i]!) }, step));
  }
  writeOutput(writer, resolved, values[read.output]!);
  return encodeModel({
    irVersion: irVersions[opset as keyof typeof irVersions],
    opsets: { '': opset },
    producer: 'ts-cyclegan',
    graph: {
      name: network.name,
      nodes: writer.nodes,
      inputs: [valueInfo('input', input, resolved)],
      outputs: [valueInfo('output', output, resolved)],
      initializers: await completed(writer.tensors),
    },
    metadata,
  });
}

/** The initializers. Their data is ordered when it is written, so that one of them is in memory twice, not all. */
async function completed(tensors: readonly PendingTensor[]): Promise<OnnxTensor[]> {
  const done: OnnxTensor[] = [];
  for (const { name, type, dims, values } of tensors) {
    const ordered = await values();
    done.push({
      name,
      type,
      dims,
      get data() {
        return ordered();
      },
    });
  }
  return done;
}

/** The description of an end. Unknown sizes have names: the output may have another size than the input. */
function valueInfo(name: 'input' | 'output', shape: Shape, ends: Ends): OnnxValue {
  const prefix = name === 'input' ? '' : 'output_';
  const names = ['batch', `${prefix}height`, `${prefix}width`];
  const sizes = shape.map((size, axis) => size ?? names[axis]!);
  return {
    name,
    type: isLevels(ends, shape.length) ? 'uint8' : 'float32',
    shape: orderOf(ends, shape.length).map((axis) => sizes[axis]!),
  };
}

/** A generator as a list of operations that compute parts of images. */
import { type layers, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import { BatchNormalization } from '../layers/batch-normalization.js';
import { Dropout } from '../layers/dropout.js';
import { InstanceNormalization } from '../layers/instance-normalization.js';
import { localLayer, type MakeOp } from './local-layers.js';
import { droppingOut, normalization } from './normalization.js';
import type { Op } from './op.js';
import type { Size } from './region.js';

/** The output of a layer, or the input image. */
export interface Value {
  /** Indices of the inputs, all of them smaller than the index of this value. */
  readonly inputs: readonly number[];
  /** Undefined for the input image. */
  readonly op?: Op;
  readonly size: Size;
  readonly channels: number;
  /** Pixels of the input image for each pixel of this value, along an axis. */
  readonly scale: number;
}

/** The values of a network in order of computation: the first is the input image, the last is the output. */
export type Graph = readonly Value[];

/** How a network is run. */
export interface Run {
  /** The source of dropout masks. Batch norm then uses the statistics of the image. Undefined: without dropout. */
  readonly training?: RandomSource | undefined;
}

/** The function that makes the operation of a layer. */
function makerOf(layer: layers.Layer, { training }: Run): MakeOp | undefined {
  if (layer.constructor === InstanceNormalization) return normalization;
  if (training === undefined) return localLayer(layer);
  if (layer.constructor === BatchNormalization) return normalization;
  if (layer.constructor === Dropout) return (call) => droppingOut(call, training);
  const builtIn = localLayer(layer);
  if (layer.getClassName() === 'Dropout') return undefined; // its masks cannot be repeated
  return layer.getClassName() === 'BatchNormalization' && builtIn ? normalization : builtIn;
}

/**
 * Reads the layers of a network that is applied to images of a size.
 *
 * @throws CycleGANError `UNSUPPORTED` if a layer cannot be computed by parts
 */
export function graphOf(where: string, network: LayersModel, size: Size, run: Run): Graph {
  const values: Value[] = [];
  const indices = new Map<SymbolicTensor, number>();
  const [input] = network.inputs as [SymbolicTensor];
  indices.set(input, 0);
  values.push({ inputs: [], size, channels: input.shape.at(-1)!, scale: 1 });

  const visit = (tensor: SymbolicTensor): number => {
    const known = indices.get(tensor);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const inputs = tensor.inputs.map(visit);
    const [first] = inputs.map((index) => values[index]!);
    const alike = inputs.every((index) => sameSize(values[index]!.size, first!.size)); // others are broadcast
    const op =
      first && alike
        ? makerOf(
            layer,
            run,
          )?.({ layer, size: first.size, channels: first.channels, config: layer.getConfig() })
        : undefined;
    if (op === undefined) throw unsupported(where, layer);
    indices.set(tensor, values.length);
    values.push({
      inputs,
      op,
      size: op.size,
      channels: tensor.shape.at(-1)!,
      scale: first!.scale * op.scale,
    });
    return values.length - 1;
  };
  visit(network.outputs[0] as SymbolicTensor);
  return values;
}

const sameSize = (a: Size, b: Size): boolean => a[0] === b[0] && a[1] === b[1];

const unsupported = (where: string, layer: layers.Layer) =>
  new CycleGANError(
    'UNSUPPORTED',
    `${where}: option "tile" needs a generator of layers that can be computed by parts, but "${layer.name}" is of the class ` +
      `${layer.getClassName()}, with options for which this is unknown. Pass tile: false, or use smaller images.`,
  );

/** The value that heights and widths must be a multiple of, so that sizes are halved and doubled without rest. */
export const multipleOf = (graph: Graph): number => Math.max(...graph.map(({ scale }) => Math.ceil(scale)));

/** The elements of a value. */
export const elements = ({ size: [height, width], channels }: Value): number => height * width * channels;

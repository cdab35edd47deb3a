/**
 * Weights under PyTorch's names and in its layouts, as in `network.state_dict()`.
 *
 * The layers of this library's networks have the names of PyTorch's modules, so a key is the name of a layer and the name of a
 * parameter. Kernels are [out, in, h, w] in PyTorch and [h, w, in, out] in tfjs, transposed kernels [in, out, h, w] and
 * [h, w, out, in], depthwise kernels [channels, 1, h, w] and [h, w, channels, 1], and those of linear layers [out, in] and [in, out].
 */
import * as tf from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { nearest, show } from '../core/options.js';
import { permute } from '../core/permute.js';
import { isFloat32Array } from '../core/typed-arrays.js';
import { fixedFilter } from '../layers/antialias-2d.js';

/** A tensor as plain data. */
export interface NamedArray {
  shape: number[];
  /** The elements in row-major order; 64-bit integers for PyTorch's counters. */
  data: Float32Array | BigInt64Array;
}

/** Tensors under PyTorch's names, in PyTorch's order. */
export type StateDict = Record<string, NamedArray>;

/** The permutations between the axes of a kernel in PyTorch and in tfjs. */
export interface KernelAxes {
  pytorch: number[];
  tfjs: number[];
}

const linear: KernelAxes = { pytorch: [1, 0], tfjs: [1, 0] };
/** Also those of transposed convolutions. */
const convolution: KernelAxes = { pytorch: [3, 2, 0, 1], tfjs: [2, 3, 1, 0] };
/** With one output for each channel, as in this library's networks. */
const depthwise: KernelAxes = { pytorch: [2, 3, 0, 1], tfjs: [2, 3, 0, 1] };

/** The axes of a weight with this rank and name, if it is a kernel. */
export function kernelAxes(rank: number, name: string): KernelAxes | undefined {
  if (rank === 2) return linear;
  if (rank !== 4) return undefined;
  return name === 'depthwise_kernel' ? depthwise : convolution;
}

/** One entry of a state dict and its weight. PyTorch's batch counters and the fixed filters of CUT's layers have no weight. */
interface Slot {
  key: string;
  weight: LayerVariable | undefined;
  shape: number[];
  /** If it is a kernel. */
  axes?: KernelAxes | undefined;
  /** The only values that the entry may have. */
  fixed?: Float32Array;
}

/** PyTorch's names of the parameters. */
export const parameterNames: Record<string, string> = {
  kernel: 'weight',
  depthwise_kernel: 'weight',
  gamma: 'weight',
  bias: 'bias',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

function slotsOf(layer: layers.Layer): Slot[] {
  const slots = layer.weights.map((weight): Slot => {
    const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
    const axes = kernelAxes(weight.shape.length, name);
    const shape = weight.shape as number[];
    return {
      key: `${layer.name}.${parameterNames[name] ?? name}`,
      weight,
      shape: axes?.pytorch.map((axis) => shape[axis]!) ?? shape,
      axes,
    };
  });
  if (slots.some((slot) => slot.key.endsWith('.running_var'))) {
    slots.push({ key: `${layer.name}.num_batches_tracked`, weight: undefined, shape: [] });
  }
  const filter = fixedFilter(layer);
  if (filter !== undefined) {
    const { shape, data } = filter;
    slots.push({ key: `${layer.name}.filt`, weight: undefined, shape, fixed: data });
  }
  return slots;
}

/**
 * Returns the weights of a network under PyTorch's names, in PyTorch's order and layouts.
 *
 * `num_batches_tracked` of batch norm, which has no effect with a fixed momentum, is 0.
 *
 * @param network a generator or discriminator of this library
 * @see [Porting from PyTorch: weights](../../docs/porting-from-pytorch.md#weights)
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { patchDiscriminator, stateDict } from 'ts-cyclegan';
 * const network = patchDiscriminator({ convention: 'pytorch', inputShape: [64, 64, 3], filters: 4 });
 * const weights = await stateDict(network);
 * console.log(weights['model.0.weight'].shape); // [4, 3, 4, 4]: out, in, height, width
 * ```
 */
export async function stateDict(network: LayersModel): Promise<StateDict> {
  const entries: StateDict = {};
  for (const { key, weight, shape, axes, fixed } of network.layers.flatMap(slotsOf)) {
    if (weight === undefined) {
      entries[key] = { shape, data: fixed ?? new BigInt64Array(1) };
      continue;
    }
    const data = await weight.read().data<'float32'>();
    const order = axes?.pytorch ?? shape.keys();
    entries[key] = { shape, data: permute(data, weight.shape as number[], [...order]) }; // always a copy
  }
  return entries;
}

/** Whether an entry belongs to the running statistics of an instance norm, which old PyTorch files contain but do not use. */
function isLeftover(key: string, network: LayersModel): boolean {
  const [, name, parameter] = /^(.*)\.([^.]+)$/.exec(key) ?? [];
  const layer = network.layers.find((layer) => layer.name === name);
  return (
    layer?.getClassName() === 'InstanceNormalization' &&
    ['running_mean', 'running_var', 'num_batches_tracked'].includes(parameter!)
  );
}

/**
 * Sets the weights of a network from a PyTorch state dict. All entries are checked before the first weight is set. An entry
 * that is missing, unknown, of the wrong shape or not finite is refused by name.
 *
 * Running statistics of instance norms, which old files contain, are ignored, and so is the prefix `module.` of
 * `nn.DataParallel`.
 *
 * @param network a generator or discriminator of this library, of the same architecture
 * @param entries named arrays in PyTorch's layouts; `num_batches_tracked` may be missing
 * @throws CycleGANError `INVALID_WEIGHTS`, with a hint if the weights have the other convention or the layouts of Keras
 * @see [Porting from PyTorch: weights](../../docs/porting-from-pytorch.md#weights)
 */
export function loadStateDict(network: LayersModel, entries: StateDict): void {
  const where = `loadStateDict (${network.name})`;
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_WEIGHTS', `${where}: ${message}`);
  };
  if (typeof (entries as unknown) !== 'object' || (entries as unknown) === null) {
    refuse(`expected arrays by name, got ${show(entries)}.`);
  }
  const given = withoutPrefix(entries);
  const slots = network.layers.flatMap(slotsOf);
  const keys = slots.map((slot) => slot.key);
  const unknown = Object.keys(given).filter((key) => !keys.includes(key) && !isLeftover(key, network));
  const other = otherConvention(network, unknown, keys, given);
  if (other !== undefined) refuse(other);
  for (const key of unknown) {
    refuse(`the network has no "${key}". ${nearest(key, keys)} Is it of the same architecture and norm?`);
  }
  for (const slot of slots) {
    const isCounter = slot.weight === undefined && slot.fixed === undefined;
    const fault = isCounter ? undefined : entryFault(slot, given[slot.key]);
    if (fault !== undefined) refuse(fault);
  }
  for (const { key, weight, shape, axes } of slots) {
    if (weight === undefined) continue;
    const data = given[key]!.data as Float32Array;
    const order = axes?.tfjs ?? shape.keys();
    // a copy, because tfjs does not copy the array; weight by weight, which needs the least memory
    tf.tidy(() => {
      weight.write(tf.tensor(permute(data, shape, [...order]), weight.shape as number[]));
    });
  }
}

/** Removes the prefix `module.` that `nn.DataParallel` adds to every name. */
function withoutPrefix(entries: StateDict): StateDict {
  const names = Object.keys(entries);
  if (!names.every((name) => name.startsWith('module.'))) return entries;
  return Object.fromEntries(names.map((name) => [name.slice('module.'.length), entries[name]!]));
}

/** Describes the fault of the entry for a weight, if any. */
function entryFault({ key, shape, axes, fixed }: Slot, entry: NamedArray | undefined): string | undefined {
  if ((entry ?? undefined) === undefined) {
    return `"${key}" is missing. Is the file of the same architecture and norm?`;
  }
  const { shape: got, data } = entry!;
  if (!Array.isArray(got) || !tf.util.arraysEqual(got, shape)) {
    const fault = `"${key}" must have shape ${show(shape)}, got ${show(got)}.`;
    const ofKeras = axes?.tfjs.map((axis) => shape[axis]!);
    if (ofKeras === undefined || !Array.isArray(got) || !tf.util.arraysEqual(got, ofKeras)) return fault;
    const transposed = `tf.transpose(kernel, ${show(axes!.pytorch)})`;
    return `${fault} This is the layout of Keras. Transpose kernels to the layout of PyTorch with ${transposed}.`;
  }
  if (!isFloat32Array(data)) return `"${key}" must hold a Float32Array, got ${show(data)}.`;
  const size = tf.util.sizeFromShape(shape);
  if (data.length !== size) return `"${key}" must have ${size} elements for its shape, got ${data.length}.`;
  if (!data.every(Number.isFinite)) return `"${key}" holds NaN or Infinity.`;
  if (fixed?.some((value, i) => value !== data[i])) {
    return `"${key}" holds another filter than this network, whose filters are fixed: [1, 2, 1] and [1, 3, 3, 1], as in CUT.`;
  }
  return undefined;
}

/** The endings of weight names in Keras. */
const kerasName = /(?:^|[./])(?:kernel|gamma|beta|moving_mean|moving_variance)(?::0)?$|:0$/;

/**
 * A message if the entries have Keras' names or the other convention. With instance norm, `keras` has γ and β but no bias in
 * the convolution before it, and `pytorch` has the bias but no γ and β.
 */
function otherConvention(
  network: LayersModel,
  unknown: readonly string[],
  keys: readonly string[],
  given: StateDict,
): string | undefined {
  const keras = unknown.find((key) => kerasName.test(key));
  if (keras !== undefined) {
    return (
      `${show(keras)} is a Keras name, but PyTorch names and layouts are expected, such as ${show(keys[0])}. ` +
      'Set Keras weights with network.setWeights, in the order and layouts of Keras.'
    );
  }
  const norms = new Set(
    network.layers
      .filter((layer) => layer.getClassName() === 'InstanceNormalization')
      .map(({ name }) => name),
  );
  const isOfNorm = (key: string) => norms.has(key.slice(0, key.lastIndexOf('.')));
  const missing = keys.filter((key) => !Object.hasOwn(given, key) && !key.endsWith('.num_batches_tracked'));
  const isBias = (key: string) => key.endsWith('.bias') && !isOfNorm(key);
  if (unknown.length === 0 || missing.length === 0) return undefined;
  const from =
    unknown.every(isBias) && missing.every(isOfNorm)
      ? 'pytorch'
      : unknown.every(isOfNorm) && missing.every(isBias)
        ? 'keras'
        : undefined;
  if (from === undefined) return undefined;
  const to = from === 'keras' ? 'pytorch' : 'keras';
  return (
    `the weights have the convention "${from}", but the network has the convention "${to}": ` +
    `it has ${show(missing[0])} and no ${show(unknown[0])}. Build it with convention: "${from}".`
  );
}

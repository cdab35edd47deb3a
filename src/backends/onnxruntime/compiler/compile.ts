/** Compiles a gathered graph: passes, then ONNX, then the inputs and outputs of a run. */
import { type Gathered, graphOf } from '../recording/gather.js';
import { type Graph } from '../lowering/graph.js';
import { lower } from './lower.js';
import { type PassSettings, runPasses } from '../passes/passes.js';
import { elementType } from '../lowering/writer.js';
import { filledData } from '../runtime/host-data.js';
import { type Feed } from '../runtime/runtime.js';
import { type Spec } from '../lowering/specs.js';
import { type Value } from '../recording/value.js';

/** How an ONNX model belongs to values. */
export interface Compiled {
  readonly graph: Graph;
  /** Names of the wanted values, in order; different values may have one name. */
  readonly fetches: readonly string[];
  /** The same names, each once, with shapes and types. */
  readonly results: ReadonlyMap<string, Spec>;
  readonly inputs: readonly CompiledInput[];
  /** How many nodes run on the CPU if the provider is WebGPU. */
  readonly cpuNodes: number;
  readonly bytesFed: number;
  readonly bytesFetched: number;
}

interface CompiledInput {
  readonly name: string;
  /** Which leaf of the gathered graph it is. */
  readonly leaf: number;
  readonly spec: Spec;
  /** Whether a filled value is fed as one element. */
  readonly scalar: boolean;
}

const bytesOf = ({ size, dtype }: Spec): number => size * (dtype === 'bool' ? 1 : 4);
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/**
 * The ONNX model of what was gathered, and how it belongs to values.
 *
 * @param constants indices of leaves that become part of the model
 */
export function compile(
  gathered: Gathered,
  settings: PassSettings,
  constants: readonly number[] = [],
): Compiled & { readonly model: Uint8Array } {
  const graph = runPasses(graphOf(gathered, constants), settings);
  const { model, feeds, fetches, cpuNodes } = lower(graph, settings);
  const leafOf = new Map(gathered.leaves.map((leaf, i) => [gathered.ids.get(leaf), i]));
  const inputs = feeds.map(({ value, name, scalar }) => ({
    name,
    scalar,
    leaf: leafOf.get(value)!,
    spec: graph.values[value]!.spec,
  }));
  return {
    model,
    graph,
    fetches,
    results: new Map(fetches.map((name, i) => [name, graph.values[graph.outputs[i]!]!.spec])),
    inputs,
    cpuNodes,
    bytesFed: sum(inputs.map(({ spec, scalar }) => (scalar ? 4 : bytesOf(spec)))),
    bytesFetched: sum(gathered.wanted.map(({ spec }) => bytesOf(spec))),
  };
}

/** What to feed for these leaves, which have host data or are on the device. */
export function feedsOf({ inputs }: Compiled, leaves: readonly Value[]): Record<string, Feed> {
  const feeds: Record<string, Feed> = {};
  for (const { name, leaf, spec, scalar } of inputs) {
    const value = leaves[leaf]!;
    const { state } = value;
    const type = elementType(spec.dtype);
    const tensor = state.type === 'resident' ? state.buffer.tensor : undefined;
    if (tensor !== undefined) {
      feeds[name] = { type, dims: spec.shape, gpuBuffer: tensor.gpuBuffer, location: 'gpu-buffer' };
    } else {
      const data = scalar ? filledData(1, spec.dtype, scalarOf(value)) : value.hostData!;
      feeds[name] = { type, dims: scalar ? [] : spec.shape, data, location: 'cpu' };
    }
  }
  return feeds;
}

/** The element that all elements of a value are equal to. */
export function scalarOf({ state, known }: Value): number {
  return state.type === 'filled' ? state.fill : (known![0] as number);
}

/** Whether each wanted value has an array of its own. */
export const isUnique = ({ fetches, results }: Compiled): boolean => results.size === fetches.length;

/** What a thread must know about the inputs of a program. */
export const inputSpecs = ({ inputs }: Compiled) =>
  inputs.map(({ name, spec, scalar }) => ({
    name,
    type: elementType(spec.dtype),
    dims: scalar ? [] : spec.shape,
    scalar,
  }));

/** What a thread must know about the outputs of a program. */
export const outputSpecs = ({ results }: Compiled) =>
  [...results].map(([name, { dtype, shape }]) => ({ name, type: elementType(dtype), dims: shape }));

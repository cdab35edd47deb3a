/** From a gathered graph to a program: passes, then ONNX, then what a run feeds and fetches. */
import { type Gathered, graphOf } from '../recording/gather.js';
import { type Graph } from '../lowering/graph.js';
import { lower } from './lower.js';
import { type PassSettings, runPasses } from '../passes/passes.js';
import { elementType } from '../lowering/writer.js';
import { filledData } from '../runtime/host-data.js';
import { type Feed, type Results } from '../runtime/runtime.js';
import { type Spec } from '../lowering/specs.js';
import { type Value } from '../recording/value.js';

/** What ties an ONNX model to values. */
export interface Compiled {
  readonly graph: Graph;
  /** Names of the wanted values, in order; different values may have one name. */
  readonly fetches: readonly string[];
  /** The same names, each once, with what comes. */
  readonly results: ReadonlyMap<string, Spec>;
  readonly inputs: readonly CompiledInput[];
  readonly bytesFed: number;
  readonly bytesFetched: number;
}

interface CompiledInput {
  readonly name: string;
  /** Which leaf of the gathered graph it is. */
  readonly leaf: number;
  readonly spec: Spec;
  /** Whether one number is fed for a value that is filled with it. */
  readonly scalar: boolean;
}

const bytesOf = ({ size, dtype }: Spec): number => size * (dtype === 'bool' ? 1 : 4);
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/**
 * The ONNX model of what was gathered, and what ties it to values.
 *
 * @param constants indices of leaves that become part of the model
 */
export function compile(
  gathered: Gathered,
  settings: PassSettings,
  constants: readonly number[] = [],
): Compiled & { readonly model: Uint8Array } {
  const graph = runPasses(graphOf(gathered, constants), settings);
  const { model, feeds, fetches } = lower(graph, settings);
  const leafOf = new Map(gathered.leaves.map((leaf, i) => [leaf.number, i]));
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
    bytesFed: sum(inputs.map(({ spec, scalar }) => (scalar ? 4 : bytesOf(spec)))),
    bytesFetched: sum(gathered.wanted.map(({ spec }) => bytesOf(spec))),
  };
}

/** What to feed for these leaves. */
export function feedsOf({ inputs }: Compiled, leaves: readonly Value[]): Record<string, Feed> {
  const feeds: Record<string, Feed> = {};
  for (const { name, leaf, spec, scalar } of inputs) {
    const { data, fill } = leaves[leaf]!;
    const type = elementType(spec.dtype);
    if (scalar) feeds[name] = { type, dims: [], data: filledData(1, spec.dtype, fill!), location: 'cpu' };
    else feeds[name] = { type, dims: spec.shape, data: data!, location: 'cpu' };
  }
  return feeds;
}

/** Gives each wanted value its values. */
export function hand(results: Results, compiled: Compiled, wanted: readonly Value[]): void {
  const owned = isUnique(compiled);
  wanted.forEach((value, i) => {
    value.data = results[compiled.fetches[i]!]!;
    value.owned = owned;
    value.node = undefined;
  });
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

/**
 * Gathers, out of the recorded nodes, what wanted values need: which kinds of nodes, how they are connected, which values are fed.
 * All of it is a list of integers. Equal lists mean equal graphs, so the list is the graph's signature, as a text. The graph itself
 * is written out only if no program has that signature yet.
 */
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { type GraphInput, type GraphValue } from '../lowering/graph.js';
import { type Spec } from '../lowering/specs.js';
import { type Node, type Value } from './value.js';

/** What was gathered. */
export interface Gathered {
  readonly signature: string;
  readonly nodes: readonly Node[];
  /** Values that come from outside, in order of their ids. */
  readonly leaves: readonly Value[];
  /** Values to be computed, in order of their ids. */
  readonly wanted: readonly Value[];
  /** The ids of values in the graph: leaves and outputs of nodes, counted as they come. */
  readonly ids: ReadonlyMap<Value, number>;
}

export type Wants = (value: Value) => boolean;

/** Whether a value is pending and a tensor or a reader holds it. Of a node, an earlier run may have computed some outputs. */
export const isWanted: Wants = ({ state, refs, readers }) =>
  state.type === 'pending' && (refs > 0 || readers > 0);

/**
 * @param recorded nodes in the order in which they were recorded
 * @param wants which of their outputs are to be computed
 */
export function gather(recorded: readonly Node[], wants: Wants = isWanted): Gathered {
  const nodes = neededNodes(recorded, wants);
  const ids = new Map<Value, number>();
  const leaves: Value[] = [];
  const wanted: Value[] = [];
  const wires: number[] = [];
  for (const { kind, inputs, outputs } of nodes) {
    wires.push(kind.id);
    for (const input of inputs) {
      if (input === undefined) continue;
      let id = ids.get(input);
      if (id === undefined) {
        if (input.state.type === 'pending') throw new Error('internal: a node comes before what it needs');
        leaves.push(input);
        ids.set(input, (id = ids.size));
      }
      wires.push(id);
    }
    for (const output of outputs) {
      ids.set(output, ids.size);
      if (wants(output)) wanted.push(output);
    }
  }

  const signature = new Int32Array(wires.length + leaves.length * 2 + wanted.length + 3);
  signature.set(wires);
  let at = wires.length;
  for (const leaf of leaves) {
    signature[at++] = leaf.spec.id;
    signature[at++] = fillCode(leaf);
  }
  for (const value of wanted) signature[at++] = ids.get(value)!;
  signature.set([nodes.length, leaves.length, wanted.length], at);
  return { signature: signatureOf(signature), nodes, leaves, wanted, ids };
}

/** The bytes of integers as a text, two a character: the JavaScript engine builds and compares it fast. */
export function signatureOf(integers: Int32Array): string {
  const units = new Uint16Array(integers.buffer, integers.byteOffset, integers.length * 2);
  let text = '';
  for (let i = 0; i < units.length; i += 8192) {
    text += String.fromCharCode(...units.subarray(i, i + 8192));
  }
  return text;
}

/** From the last node to the first: a node is needed if one of its outputs is wanted, or goes into a needed node. */
function neededNodes(recorded: readonly Node[], wants: Wants): Node[] {
  const isNeeded = new Set<Node>();
  const needed: Node[] = [];
  for (let i = recorded.length - 1; i >= 0; i--) {
    const node = recorded[i]!;
    if (!isNeeded.has(node) && !node.outputs.some(wants)) continue;
    for (const input of node.inputs) if (input?.state.type === 'pending') isNeeded.add(input.state);
    needed.push(node);
  }
  return needed.reverse();
}

/** 0: fed whole; 1 and 2: filled with 0 and 1, which is part of the graph; 3: filled with a scalar that is fed. */
function fillCode({ state }: Value): number {
  if (state.type !== 'filled') return 0;
  const { fill } = state;
  return fill === 0 && !Object.is(fill, -0) ? 1 : fill === 1 ? 2 : 3;
}

const sources: readonly GraphValue['source'][] = [
  { from: 'feed' },
  { from: 'fill', value: 0 },
  { from: 'fill', value: 1 },
  { from: 'fed fill' },
];

/**
 * Writes out what was gathered as a graph.
 *
 * @param constants indices of leaves, known and float32, that become part of it
 */
export function graphOf(
  { nodes, leaves, wanted, ids }: Gathered,
  constants: readonly number[] = [],
): KernelGraph {
  const values: GraphValue[] = [];
  const idOf = (value: Value): number => ids.get(value)!;
  const input = (value: Value, spec: Spec): GraphInput => ({ value: idOf(value), spec });
  for (const leaf of leaves) values[idOf(leaf)] = { spec: leaf.spec, source: sources[fillCode(leaf)]! };
  for (const i of constants) {
    const { spec, known } = leaves[i]!;
    values[idOf(leaves[i]!)] = { spec, source: { from: 'constant', data: known as Float32Array } };
  }
  const graphNodes = nodes.map(({ kind, inputs, outputs }): KernelNode => {
    for (const output of outputs) values[idOf(output)] = { spec: output.spec, source: { from: 'node' } };
    return {
      name: kind.name,
      kernel: kind.kernel,
      attrs: kind.attrs,
      inputs: inputs.map((value, i) => value && input(value, kind.inputs[i]!)),
      outputs: outputs.map(idOf),
    };
  });
  return { values, nodes: graphNodes, outputs: wanted.map(idOf) };
}

/**
 * Gathers, out of the nodes that were recorded, what wanted values need, as numbers: which kinds of nodes, how
 * they hang together, which values are fed. Equal lists of numbers mean equal graphs, so that list is the
 * graph's signature, as a text; the graph itself is written out only if no program has that signature yet.
 */
import { type Spec } from '../lowering/specs.js';
import { type Node, type Value } from './value.js';
import { type KernelGraph, type KernelNode } from '../kernels/kernel.js';
import { type GraphInput, type GraphValue } from '../lowering/graph.js';

/** What was gathered. */
export interface Gathered {
  readonly signature: string;
  readonly nodes: readonly Node[];
  /** Values that come from outside, in order of their numbers. */
  readonly leaves: readonly Value[];
  /** Values to be computed, in order of their numbers. */
  readonly wanted: readonly Value[];
}

export type Wants = (value: Value) => boolean;

let graphs = 0;

/** Whether a value is pending and a tensor or a reader holds it. Of a node some outputs may have been computed before. */
export const isWanted: Wants = ({ node, refs, readers }) => node !== undefined && (refs > 0 || readers > 0);

/**
 * @param recorded nodes in the order in which they were recorded
 * @param wants which of their outputs are to be computed
 */
export function gather(recorded: readonly Node[], wants: Wants = isWanted): Gathered {
  const graph = ++graphs;
  const nodes = neededNodes(recorded, wants);

  // Numbers: leaves and outputs of nodes, as they come.
  let next = 0;
  const leaves: Value[] = [];
  const wanted: Value[] = [];
  const wires: number[] = [];
  const number = (value: Value): number => {
    value.graph = graph;
    return (value.number = next++);
  };
  for (const { kind, inputs, outputs } of nodes) {
    wires.push(kind.id);
    for (const input of inputs) {
      if (input === undefined) continue;
      if (input.graph !== graph) {
        if (input.node !== undefined) throw new Error('internal: a node comes before what it needs');
        leaves.push(input);
        number(input);
      }
      wires.push(input.number);
    }
    for (const output of outputs) {
      number(output);
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
  for (const value of wanted) signature[at++] = value.number;
  signature.set([nodes.length, leaves.length, wanted.length], at);
  return { signature: signatureOf(signature), nodes, leaves, wanted };
}

/** The bytes of whole numbers as a text, two a character: built by the engine, compared as fast as text is. */
export function signatureOf(numbers: Int32Array): string {
  const units = new Uint16Array(numbers.buffer, numbers.byteOffset, numbers.length * 2);
  let text = '';
  for (let i = 0; i < units.length; i += 8192) {
    text += String.fromCharCode(...units.subarray(i, i + 8192));
  }
  return text;
}

/** Backwards: a node is needed if one of its outputs is wanted, or goes into a needed node. */
function neededNodes(recorded: readonly Node[], wants: Wants): Node[] {
  const needed: Node[] = [];
  for (let i = recorded.length - 1; i >= 0; i--) {
    const node = recorded[i]!;
    if (!node.needed && !node.outputs.some(wants)) continue;
    node.needed = false; // ready for the next time
    for (const input of node.inputs) if (input?.node !== undefined) input.node.needed = true;
    needed.push(node);
  }
  return needed.reverse();
}

/** 0: fed whole; 1 and 2: filled with 0 and 1, which is part of the graph; 3: filled with a number that is fed. */
function fillCode({ fill }: Value): number {
  if (fill === undefined) return 0;
  return fill === 0 && !Object.is(fill, -0) ? 1 : fill === 1 ? 2 : 3;
}

const sources: readonly GraphValue['source'][] = [
  { from: 'feed' },
  { from: 'fill', value: 0 },
  { from: 'fill', value: 1 },
  { from: 'fed fill' },
];

/**
 * Writes out what was gathered as a graph. Must be called before anything else is gathered.
 *
 * @param constants indices of leaves, known and float32, that become part of it
 */
export function graphOf({ nodes, leaves, wanted }: Gathered, constants: readonly number[] = []): KernelGraph {
  const values: GraphValue[] = [];
  for (const leaf of leaves) values[leaf.number] = { spec: leaf.spec, source: sources[fillCode(leaf)]! };
  for (const i of constants) {
    const { number, spec, data } = leaves[i]!;
    values[number] = { spec, source: { from: 'constant', data: data as Float32Array } };
  }
  const graphNodes = nodes.map(({ kind, inputs, outputs }): KernelNode => {
    for (const output of outputs) values[output.number] = { spec: output.spec, source: { from: 'node' } };
    return {
      name: kind.name,
      kernel: kind.kernel,
      attrs: kind.attrs,
      inputs: inputs.map((value, i) => value && input(value, kind.inputs[i]!)),
      outputs: outputs.map((value) => value.number),
    };
  });
  return { values, nodes: graphNodes, outputs: wanted.map((value) => value.number) };
}

const input = (value: Value, spec: Spec): GraphInput => ({ value: value.number, spec });

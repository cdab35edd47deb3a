/** Writes a graph as an ONNX model: each kernel in turn, then the names that are fed and fetched. */
import { encodeModel, type OnnxValue } from '../../../onnx/index.js';
import { type KernelGraph } from '../kernels/kernel.js';
import { countCpuNodes } from './cpu-nodes.js';
import { executionOrder } from './execution-order.js';
import { Lowering } from '../lowering/lowering.js';
import { elementType, feedName, GraphWriter, type LoweringSettings } from '../lowering/writer.js';

/** A graph, ready for ONNX Runtime. */
export interface LoweredGraph {
  readonly model: Uint8Array;
  /** By value that is fed: its name, and whether it is fed as one element (of a filled value) or whole. */
  readonly feeds: readonly { value: number; name: string; scalar: boolean }[];
  /** Names of the wanted values, in the order of `graph.outputs`; the same name may come more than once. */
  readonly fetches: readonly string[];
  /** How many nodes run on the CPU if the provider is WebGPU. */
  readonly cpuNodes: number;
}

// What ONNX Runtime 1.20 and newer understand.
const OPSET = 21;
const IR_VERSION = 10;

export function lower(graph: KernelGraph, settings: LoweringSettings): LoweredGraph {
  const writer = new GraphWriter(graph, settings);
  graph.nodes.forEach((node, i) => {
    writer.enter(node.name, i);
    node.kernel.lower(new Lowering(graph, writer, node));
  });

  const inputs: OnnxValue[] = [];
  const feeds: LoweredGraph['feeds'][number][] = [];
  graph.values.forEach(({ spec, source }, value) => {
    if (source.from !== 'feed' && source.from !== 'fed fill') return;
    const scalar = source.from === 'fed fill';
    feeds.push({ value, name: feedName(value), scalar });
    inputs.push({
      name: feedName(value),
      type: elementType(spec.dtype),
      shape: scalar ? [] : spec.shape,
    });
  });

  writer.enter('output', 0);
  const outputs = new Map<string, OnnxValue>();
  const fetches = graph.outputs.map((value) => {
    const { spec } = graph.values[value]!;
    const made = writer.use({ value, spec }, 'plain');
    const name = writer.isMade(made) ? made : writer.op('Identity', [made]);
    outputs.set(name, { name, type: elementType(spec.dtype), shape: spec.shape });
    return name;
  });
  const nodes = executionOrder(writer.nodes);
  const model = encodeModel({
    irVersion: IR_VERSION,
    opsets: { '': OPSET, 'com.microsoft': 1 },
    producer: 'ts-cyclegan',
    graph: {
      name: 'recorded',
      nodes,
      inputs,
      outputs: [...outputs.values()],
      initializers: writer.initializers,
    },
  });
  return { model, feeds, fetches, cpuNodes: settings.onWebGPU ? countCpuNodes(nodes) : 0 };
}

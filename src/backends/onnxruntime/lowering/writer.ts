/**
 * Writes ONNX nodes. Each value of the graph may exist under several names: plain as in tfjs, channels first as ONNX needs images,
 * reshaped. A missing one is written when it is first asked for. So a chain of convolutions stays channels first from end to end,
 * and no pass has to remove transposes.
 */
import { type DataType } from '@tensorflow/tfjs-core';
import { type Attribute, type ElementType, type OnnxNode, type OnnxTensor } from '../../../onnx/index.js';
import { type Graph, type GraphInput } from './graph.js';

/** `channels first` moves the last axis behind the first: [n, h, w, c] becomes [n, c, h, w]. */
export type Layout = 'plain' | 'channels first';

/** Names of tfjs' types in ONNX. */
export const elementTypes = { float32: 'float32', int32: 'int32', bool: 'bool' } as const;

export const elementType = (dtype: DataType): 'float32' | 'int32' | 'bool' =>
  elementTypes[dtype as keyof typeof elementTypes];

/** How axes move from `layout` to plain, or back: `permutation(4, 'channels first')` is [0, 3, 1, 2]. */
export function permutation(rank: number, to: Layout): number[] {
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  return to === 'channels first' ? [0, rank - 1, ...spatial] : [0, ...spatial.map((i) => i + 1), 1];
}

/** Which of several algorithms kernels use. */
export interface LoweringSettings {
  /** Winograd's algorithm for convolutions: if it is faster, whenever it is possible, or never. */
  readonly winograd: 'auto' | 'always' | 'never';
  /** Whether it runs on WebGPU, which limits the buffers of one operator, and so the outputs of a Split. */
  readonly onWebGPU: boolean;
  /** The type in which convolutions and their input gradients are computed. */
  readonly precision: 'float32' | 'float16';
}

export class GraphWriter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  /** By value: names by layout and spec. */
  private readonly names: Map<string, string>[];
  private readonly constants = new Map<string, string>();
  /** Nodes that are written once and used again: transposes and reshapes. */
  private readonly shared = new Map<string, string>();
  private readonly made = new Set<string>();
  private next = 0;
  /** Names what is written next, after the kernel that it is for. */
  private scope = '';

  constructor(
    private readonly graph: Graph,
    readonly settings: LoweringSettings,
  ) {
    this.names = graph.values.map(() => new Map<string, string>());
  }

  /** Nodes written from here on are for the kernel `name`, node `index` of the graph. */
  enter(name: string, index: number): void {
    this.scope = `${name}.${index}`;
  }

  /** Writes a node; returns the names of its outputs. */
  nodesOutputs(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number,
    domain?: string,
  ): string[] {
    const outputs = Array.from({ length: count }, () => `t${this.next++}`);
    const name = `${this.scope}/${op}.${this.nodes.length}`;
    for (const output of outputs) this.made.add(output);
    this.nodes.push({ op, name, inputs, outputs, attributes, ...(domain !== undefined && { domain }) });
    return outputs;
  }

  /**
   * Whether a node of the model makes `name`. ONNX Runtime does not write an output that is an input or a constant into the
   * array that it gets for it.
   */
  isMade(name: string): boolean {
    return this.made.has(name);
  }

  op(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.nodesOutputs(op, inputs, attributes, 1)[0]!;
  }

  /** The name of a constant. The same constant is written once. */
  constant(type: ElementType, dims: readonly number[], values: readonly number[]): string {
    const key = `${type}[${dims.join()}]${values.map((x) => (Object.is(x, -0) ? '-0' : x)).join()}`;
    let name = this.constants.get(key);
    if (name === undefined) {
      name = `c${this.initializers.length}`;
      this.initializers.push({ name, type, dims, data: pack(type, values) });
      this.constants.set(key, name);
    }
    return name;
  }

  /** A constant list of 64-bit integers: shapes, axes, starts. */
  int64s(values: readonly number[]): string {
    return this.constant('int64', [values.length], values);
  }

  transpose(x: string, order: readonly number[]): string {
    if (order.every((axis, i) => axis === i)) return x;
    return this.once(`T${x}:${order.join()}`, () => this.op('Transpose', [x], { perm: { ints: order } }));
  }

  /** Cuts `x` along an axis into parts of these sizes. */
  split(x: string, axis: number, sizes: readonly number[]): string[] {
    if (!this.settings.onWebGPU) {
      return this.nodesOutputs('Split', [x, this.int64s(sizes)], { axis: { int: axis } }, sizes.length);
    }
    let end = 0;
    return sizes.map((size) => {
      const [starts, ends] = [end, (end += size)].map((at) => this.int64s([at]));
      return this.op('Slice', [x, starts!, ends!, this.int64s([axis])]);
    });
  }

  reshape(x: string, shape: readonly number[]): string {
    return this.once(`R${x}:${shape.join()}`, () =>
      this.op('Reshape', [x, this.int64s(shape)], { allowzero: { int: 1 } }),
    );
  }

  /** Calls `write` when this key is first asked for, and returns the name that it returned. */
  once(key: string, write: () => string): string {
    let name = this.shared.get(key);
    if (name === undefined) {
      name = write();
      this.shared.set(key, name);
    }
    return name;
  }

  /** `name` is the value with this id in `layout`. */
  define(value: number, name: string, layout: Layout): void {
    this.names[value]!.set(`${layout}${this.graph.values[value]!.spec.id}`, name);
  }

  /** Whether a value exists in this layout already. */
  has({ value, spec }: GraphInput, layout: Layout): boolean {
    return this.names[value]!.has(`${layout}${spec.id}`);
  }

  /** The name of a value in this layout and in the shape that `spec` says. */
  use({ value, spec }: GraphInput, layout: Layout): string {
    const key = `${layout}${spec.id}`;
    const names = this.names[value]!;
    let name = names.get(key);
    if (name === undefined) {
      name = this.make({ value, spec }, layout);
      names.set(key, name);
    }
    return name;
  }

  private make(input: GraphInput, layout: Layout): string {
    const { value, spec } = input;
    const own = this.graph.values[value]!;
    if (layout === 'channels first') {
      return this.transpose(this.use(input, 'plain'), permutation(spec.shape.length, layout));
    }
    if (this.has(input, 'channels first')) {
      return this.transpose(this.use(input, 'channels first'), permutation(spec.shape.length, 'plain'));
    }
    if (own.spec !== spec && own.source.from !== 'fill' && own.source.from !== 'fed fill') {
      return this.reshape(this.use({ value, spec: own.spec }, 'plain'), spec.shape);
    }
    switch (own.source.from) {
      case 'feed':
        return feedName(value);
      case 'constant':
        return this.frozen(value, own.spec.shape, own.source.data);
      case 'fill':
      case 'fed fill':
        return this.op('Expand', [this.scalar(value)!, this.int64s(spec.shape)]);
      case 'node':
        throw new Error(`internal: value ${value} is used before a kernel has defined it`);
    }
  }

  private frozen(value: number, dims: readonly number[], data: Float32Array): string {
    const name = feedName(value);
    this.initializers.push({ name, type: 'float32', dims, data });
    return name;
  }

  /** The name of the element that fills a value, as a scalar; undefined for values that are not filled. */
  scalar(value: number): string | undefined {
    const { source, spec } = this.graph.values[value]!;
    if (source.from === 'fed fill') return feedName(value);
    if (source.from !== 'fill') return undefined;
    return this.constant(elementType(spec.dtype), [], [source.value]);
  }
}

/** The name under which a value is fed. */
export const feedName = (value: number): string => `f${value}`;

function pack(type: ElementType, values: readonly number[]): OnnxTensor['data'] {
  switch (type) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, BigInt);
    case 'bool':
      return Uint8Array.from(values);
    default:
      throw new Error(`internal: constants of type ${type} are not written`);
  }
}

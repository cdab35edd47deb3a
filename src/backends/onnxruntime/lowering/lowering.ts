/** What a kernel uses to write itself as ONNX: its inputs, attributes and outputs, and the writer. */
import { type Attribute, type ElementType } from '../../../onnx/index.js';
import { type Spec } from './specs.js';
import { type Graph, type GraphInput, type GraphNode } from './graph.js';
import { elementType, type GraphWriter, type Layout, type LoweringSettings, permutation } from './writer.js';

export const int = (value: number): Attribute => ({ int: value });
export const float = (value: number): Attribute => ({ float: value });
export const ints = (values: readonly number[]): Attribute => ({ ints: values });
export const string = (value: string): Attribute => ({ string: value });

export class Lowering<A extends object = object> {
  readonly attrs: A;
  /** Specs of the inputs; optional inputs that were left out are undefined. */
  readonly inputs: readonly Spec[];
  readonly outputs: readonly Spec[];
  /** Which algorithms kernels may use. */
  readonly settings: LoweringSettings;

  constructor(
    graph: Graph,
    private readonly writer: GraphWriter,
    private readonly node: GraphNode,
  ) {
    this.attrs = node.attrs as A;
    this.settings = writer.settings;
    this.inputs = node.inputs.map((input) => input?.spec) as Spec[];
    this.outputs = node.outputs.map((value) => graph.values[value]!.spec);
  }

  private at(i: number): GraphInput {
    return this.node.inputs[i]!;
  }

  /** The name of input `i`, in this layout. */
  input(i: number, layout: Layout = 'plain'): string {
    return this.writer.use(this.at(i), layout);
  }

  /** Whether input `i` exists in this layout, so that asking for it costs nothing. */
  has(i: number, layout: Layout): boolean {
    return this.writer.has(this.at(i), layout);
  }

  /** Whether all elements of input `i` are equal. */
  isFilled(i: number): boolean {
    return this.writer.scalar(this.at(i).value) !== undefined;
  }

  /**
   * Input `i` for an operation that broadcasts, to be computed with others of up to `rank` axes in `layout`:
   * a scalar instead of a filled value, and leading axes of 1 if a layout needs all axes.
   */
  broadcast(i: number, rank: number, layout: Layout): string {
    const { value, spec } = this.at(i);
    const scalar = this.writer.scalar(value);
    if (scalar !== undefined) return scalar;
    if (layout === 'plain' || (spec.size === 1 && spec.shape.length <= 1)) return this.input(i);
    if (spec.shape.length === rank) return this.input(i, layout);
    const shape = [...Array.from({ length: rank - spec.shape.length }, () => 1), ...spec.shape];
    return this.transpose(this.reshape(this.input(i), shape), permutation(rank, layout));
  }

  /** Writes a node with one output and returns its name. */
  op(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.writer.op(op, inputs, attributes);
  }

  /** Writes a node with several outputs and returns their names. `domain` is that of other operator sets. */
  ops(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number,
    domain?: string,
  ): string[] {
    return this.writer.nodesOutputs(op, inputs, attributes, count, domain);
  }

  constant(type: ElementType, dims: readonly number[], values: readonly number[]): string {
    return this.writer.constant(type, dims, values);
  }

  /** A constant scalar of the type that an input or output has. */
  scalar(value: number, like: Spec): string {
    return this.constant(elementType(like.dtype), [], [value]);
  }

  /** A constant list of 64-bit integers: shapes, axes, starts. */
  int64s(values: readonly number[]): string {
    return this.writer.int64s(values);
  }

  transpose(x: string, order: readonly number[]): string {
    return this.writer.transpose(x, order);
  }

  /** Cuts `x` along an axis into parts of these sizes. */
  split(x: string, axis: number, sizes: readonly number[]): string[] {
    return this.writer.split(x, axis, sizes);
  }

  reshape(x: string, shape: readonly number[]): string {
    return this.writer.reshape(x, shape);
  }

  /** Calls `write` when a kernel of the graph first asks for this key, and returns the name that it returned. */
  once(key: string, write: () => string): string {
    return this.writer.once(key, write);
  }

  /** Converts to the type of an input or output, or to float16. */
  cast(x: string, to: Spec['dtype'] | 'float16'): string {
    const codes = { float32: 1, int32: 6, bool: 9, float16: 10 } as const;
    return this.op('Cast', [x], { to: int(codes[to === 'float16' ? to : elementType(to)]) });
  }

  /** Output `i` is `name`, in this layout. */
  output(name: string, layout: Layout = 'plain', i = 0): void {
    this.writer.define(this.node.outputs[i]!, name, layout);
  }
}

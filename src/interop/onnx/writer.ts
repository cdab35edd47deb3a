/** Collects the nodes and initializers of an ONNX graph. */
import type { Attribute, ElementType, OnnxNode } from '../../onnx/index.js';
import type { ElementArray } from '../../onnx/model.js';

/** An initializer whose values are read when all nodes are written, and put in order when the file is. */
export interface PendingTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly values: () => Promise<() => ElementArray>;
}

/**
 * A value in the graph, with its axes in some order: `order[i]` is the axis of TensorFlow.js that is stored at place i. Images are
 * [batch, height, width, channels] in TensorFlow.js, and [batch, channels, height, width] in ONNX: order [0, 3, 1, 2].
 */
export interface Stored {
  readonly name: string;
  readonly order: readonly number[];
}

export const imageOrder = [0, 3, 1, 2];

/** The order of TensorFlow.js. */
export const plainOrder = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i);

const same = (a: readonly number[], b: readonly number[]): boolean => a.every((axis, i) => axis === b[i]);

export class GraphWriter {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: PendingTensor[] = [];
  /** Names of values and initializers, by what they hold. */
  readonly #known = new Map<string, string>();
  #scratch = new Float32Array(0);

  /** @param float the type of weights and of computations */
  constructor(readonly float: 'float32' | 'float16') {}

  /** Adds a node with one output, which has the name of the node. */
  node(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): string {
    this.nodes.push({ op, name, inputs, outputs: [name], attributes });
    return name;
  }

  /** Adds an initializer once. */
  tensor(tensor: PendingTensor): string {
    if (!this.#known.has(tensor.name)) {
      this.#known.set(tensor.name, tensor.name);
      this.tensors.push(tensor);
    }
    return tensor.name;
  }

  /** Room for the values of one initializer, which are written to the file before the next are put in order. */
  scratch(length: number): Float32Array {
    if (this.#scratch.length < length) this.#scratch = new Float32Array(length);
    return this.#scratch.subarray(0, length);
  }

  /** A vector of integers. */
  integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.tensor({
      name: `integers_${values.join('_')}`,
      type: 'int64',
      dims: [values.length],
      values: () => Promise.resolve(() => data),
    });
  }

  /** A scalar, float32. */
  scalar(value: number): string {
    const data = Float32Array.of(value);
    return this.tensor({
      name: `scalar_${value}`,
      type: 'float32',
      dims: [],
      values: () => Promise.resolve(() => data),
    });
  }

  /** The name of a value with its axes in the wanted order. */
  ordered({ name, order }: Stored, wanted: readonly number[]): string {
    if (same(order, wanted)) return name;
    const perm = wanted.map((axis) => order.indexOf(axis));
    const transposed = `${name}/transposed_${perm.join('_')}`;
    if (!this.#known.has(transposed)) {
      this.#known.set(transposed, this.node('Transpose', transposed, [name], { perm: { ints: perm } }));
    }
    return transposed;
  }

  /** Gives a value of the graph the name `output`. */
  nameOutput(value: string): void {
    const rename = (names: readonly string[]) => names.map((name) => (name === value ? 'output' : name));
    if (value === 'input') this.node('Identity', 'output', ['input']);
    else {
      this.nodes.forEach((node, i) => {
        this.nodes[i] = { ...node, inputs: rename(node.inputs), outputs: rename(node.outputs) };
      });
    }
  }
}

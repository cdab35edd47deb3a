/** A graph of TensorFlow (GraphDef) in the JSON form of protobuf, as graph models of TensorFlow.js have it. */
import type { Weight } from '../operations/operation.js';

/** An attribute: 64-bit integers are texts, and texts are base64. */
export type Attribute =
  | { type: 'DT_FLOAT' | 'DT_INT32' }
  | { i: string }
  | { f: number }
  | { b: boolean }
  | { s: string }
  | { shape: TensorShape }
  | { list: { i: string[] } }
  | { tensor: { dtype: 'DT_FLOAT' | 'DT_INT32'; tensorShape: TensorShape } };

/** −1 for a size that is not fixed. */
interface TensorShape {
  dim: { size: string }[];
}

interface Node {
  name: string;
  op: string;
  input: string[];
  attr: Record<string, Attribute>;
}

export const int = (value: number): Attribute => ({ i: String(value) });
export const ints = (values: readonly number[]): Attribute => ({ list: { i: values.map(String) } });
export const type = (dtype: 'DT_FLOAT' | 'DT_INT32'): Attribute => ({ type: dtype });

/** All platforms have it, but the types of the language do not. */
const { btoa } = globalThis as unknown as { btoa: (text: string) => string };
export const text = (value: string): Attribute => ({ s: btoa(value) });

export const tensorShape = (shape: readonly (number | null)[]): TensorShape => ({
  dim: shape.map((size) => ({ size: String(size ?? -1) })),
});

/** A constant of the graph: a weight, or values of its own. */
export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Promise<Float32Array> | Float32Array | Int32Array;
}

export class GraphDef {
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];
  readonly #known = new Set<string>();

  /** Adds a node. Its type is float32 unless `attr` says otherwise. */
  node(op: string, name: string, input: readonly string[], attr: Record<string, Attribute> = {}): string {
    this.nodes.push({ name, op, input: [...input], attr: { T: type('DT_FLOAT'), ...attr } });
    return name;
  }

  /** Adds a constant once. */
  constant(constant: Constant): string {
    const { name, shape, values } = constant;
    if (this.#known.has(name)) return name;
    this.#known.add(name);
    const dtype = values instanceof Int32Array ? 'DT_INT32' : 'DT_FLOAT';
    const tensor = { dtype, tensorShape: tensorShape(shape) } as const;
    this.nodes.push({ name, op: 'Const', input: [], attr: { dtype: type(dtype), value: { tensor } } });
    this.constants.push(constant);
    return name;
  }

  weight({ name, shape, values }: Weight): string {
    return this.constant({ name, shape, values });
  }

  /** Integers of a shape: a vector by default. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const name = `integers/${shape.join('x')}/${values.join('_')}`;
    return this.constant({ name, shape, values: Int32Array.from(values) });
  }

  scalar(value: number): string {
    return this.constant({ name: `scalar/${value}`, shape: [], values: Float32Array.of(value) });
  }

  /** A vector of equal values. */
  filled(value: 0 | 1, length: number): string {
    const name = `${value === 1 ? 'ones' : 'zeros'}/${length}`;
    return this.constant({ name, shape: [length], values: new Float32Array(length).fill(value) });
  }
}

/**
 * A recorded graph as plain data: numbered values, and nodes in an order in which they can run.
 * Passes turn one graph into another; `lower` writes it as ONNX.
 */
import { type Spec } from './specs.js';

/** Where a value of the graph comes from. */
export type Source =
  /** fed from outside at each run */
  | { from: 'feed' }
  /** float32 numbers that are part of the graph */
  | { from: 'constant'; data: Float32Array }
  /** one number everywhere, part of the graph */
  | { from: 'fill'; value: number }
  /** one number everywhere, fed as a scalar at each run */
  | { from: 'fed fill' }
  | { from: 'node' };

export interface GraphValue {
  readonly spec: Spec;
  readonly source: Source;
}

/** A value as a node sees it: `spec` may be another shape of the same elements. */
export interface GraphInput {
  readonly value: number;
  readonly spec: Spec;
}

/** One call of a kernel. */
export interface GraphNode {
  /** The kernel's name. */
  readonly name: string;
  readonly attrs: object;
  readonly inputs: readonly (GraphInput | undefined)[];
  /** Numbers of the values that come out. */
  readonly outputs: readonly number[];
}

export interface Graph<Node extends GraphNode = GraphNode> {
  readonly values: readonly GraphValue[];
  readonly nodes: readonly Node[];
  /** Numbers of the values that are wanted. */
  readonly outputs: readonly number[];
}

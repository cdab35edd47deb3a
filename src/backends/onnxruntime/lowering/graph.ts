/**
 * A recorded graph as plain data: values, whose ids are their indices, and nodes in an order in which they can run.
 * Passes turn one graph into another; `lower` writes it as ONNX.
 */
import { type Spec } from './specs.js';

/** Where a value of the graph comes from. */
export type Source =
  /** fed from outside at each run */
  | { from: 'feed' }
  /** float32 elements that are part of the graph */
  | { from: 'constant'; data: Float32Array }
  /** all elements are equal; the element is part of the graph */
  | { from: 'fill'; value: number }
  /** all elements are equal; the element is fed as a scalar at each run */
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
  /** Ids of the output values. */
  readonly outputs: readonly number[];
}

export interface Graph<Node extends GraphNode = GraphNode> {
  readonly values: readonly GraphValue[];
  readonly nodes: readonly Node[];
  /** Ids of the wanted values. */
  readonly outputs: readonly number[];
}

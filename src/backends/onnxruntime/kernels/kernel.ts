/**
 * What the backend must know about a tfjs kernel: the shapes of its outputs, and how it is written in ONNX. Each family of kernels
 * has a file with a table of these.
 */
import { type DataType } from '@tensorflow/tfjs-core';
import { type Graph, type GraphNode } from '../lowering/graph.js';
import { type Lowering } from '../lowering/lowering.js';
import { type Spec } from '../lowering/specs.js';

/** Shape and type of an output. */
export interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/**
 * A kernel that lowers to ONNX. `A` is the type of its attributes.
 */
export interface Kernel<A extends object = object> {
  /** Names of its inputs, in the order in which `infer` and `lower` see them; 'list' for an array of inputs. */
  readonly inputs: readonly string[] | 'list';
  /** Whether it gives an array of tensors, even of one. */
  readonly many?: boolean;
  /**
   * Shapes and types of the outputs. Called once for each combination of attributes and input specs.
   * `undefined` means that this combination is not lowered: the cpu backend's own kernel runs it.
   * May throw, as tfjs' own kernels do, if the arguments make no sense.
   */
  infer(inputs: readonly Spec[], attrs: A): readonly OutputSpec[] | undefined;
  /** Writes one call as ONNX nodes. Called when a graph is compiled. */
  lower(call: Lowering<A>): void;
}

/** Types a table of kernels: each keeps the type of its own attributes inside. */
export const kernel = <A extends object = object>(definition: Kernel<A>): Kernel => definition;

/** A call in a graph, with the kernel that can write it. */
export interface KernelNode extends GraphNode {
  readonly kernel: Kernel;
}

/** What is recorded, what passes transform, and what is written as ONNX. */
export type KernelGraph = Graph<KernelNode>;

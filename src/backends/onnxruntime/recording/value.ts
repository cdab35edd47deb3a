/**
 * What a tensor's data id stands for. tfjs takes any object for a data id; here it is the value itself, so
 * that finding the value of a tensor costs nothing.
 *
 * A value is known (`data`, or `resident` in another thread), or an array that the program may write to (`given`), or the same
 * number everywhere (`fill`), or a pair of values (`parts`, complex numbers), or pending: it comes out of a recorded node that
 * has not run (`node`), or that runs (`running`).
 */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernel } from '../kernels/kernel.js';
import { type HostData } from '../runtime/host-data.js';
import { type OrtThread } from '../runtime/ort-thread.js';
import { type Spec } from '../lowering/specs.js';

/** An array to which the program may write (`given.ts`). */
export interface GivenArray {
  /** The values now; undefined while they are hidden. */
  readonly now: HostData | undefined;
  /** The values now, as a value whose data never changes. */
  take(): Value;
  /** Until `show` nobody learns the values, and `take` gives those of now. */
  hide(): void;
  show(): void;
  /** No tensor has the array any more. */
  dispose(): void;
}

/** Where an array is. */
export interface Residence {
  /** Its number in each thread that has it. */
  readonly numbers: Map<OrtThread, number>;
  /** How many values it is the array of. */
  values: number;
}

/** A kernel with everything that does not change from call to call: all calls of one kind share it. */
export interface Kind {
  readonly id: number;
  readonly name: string;
  readonly kernel: Kernel;
  readonly attrs: object;
  readonly inputs: readonly (Spec | undefined)[];
  readonly outputs: readonly Spec[];
}

/** One recorded call of a kernel. */
export interface Node {
  readonly kind: Kind;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  /** Whether the graph being gathered needs it. */
  needed: boolean;
}

let nextId = 0;

export class Value {
  /** Never given twice: what has the same id has the same numbers. */
  readonly id = nextId++;
  /** How many tensors hold it, by tfjs' count. */
  refs = 1;
  /** Never written to, and never shown to the program: it gets copies. */
  data: HostData | undefined;
  given: GivenArray | undefined;
  /** Where its array is in other threads. */
  resident: Residence | undefined;
  /** Whether `data` came out of a run and no other value has it, so that it may be used again. */
  owned = false;
  fill: number | undefined;
  node: Node | undefined;
  running: Promise<void> | undefined;
  parts: { real: TensorInfo; imag: TensorInfo } | undefined;
  /** Why it could not be computed. */
  error: Error | undefined;
  /** Reads that wait for it; they want it even if all tensors that held it are gone. */
  readers = 0;
  /** Its number in the graph being gathered, if `graph` is that one's. */
  number = 0;
  graph = 0;

  constructor(
    readonly spec: Spec,
    /** The backend's recorder: values of another one mean nothing to this. */
    readonly owner: object,
  ) {}

  /** Its values, where they are at hand. Nobody may write to them; the program may, to those that it gave. */
  get known(): HostData | undefined {
    return this.given === undefined ? this.data : this.given.now;
  }

  /** What goes into a graph for it: whatever the program writes later, it has the values of now. */
  take(): Value {
    return this.given === undefined ? this : this.given.take();
  }
}

/** What a node gives cannot be computed. */
export function fail({ outputs }: Node, error: Error): void {
  for (const output of outputs) {
    output.node = undefined;
    output.error = error;
  }
}

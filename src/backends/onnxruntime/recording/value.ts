/**
 * What a tensor's data id stands for. tfjs takes any object as a data id. Here the data id is the value itself, so that no table
 * has to be searched for the value of a tensor. A value is in one state at a time.
 */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernel } from '../kernels/kernel.js';
import { type Spec } from '../lowering/specs.js';
import { filledData, type HostData } from '../runtime/host-data.js';
import { type DeviceTensor } from '../runtime/runtime.js';
import { type HostArray } from '../runtime/array-types.js';

/** In main memory. The array is never written to, and never shown to the program, which gets copies. */
export interface Known {
  readonly type: 'known';
  readonly data: HostData;
  /** Whether a run made the array and nothing else refers to it, so that a later run may use it again. */
  owned: boolean;
}

/** The program's own array, to which it may write (`given.ts`). */
interface GivenState {
  readonly type: 'given';
  readonly array: GivenArray;
}

export interface GivenArray {
  /** The values now; undefined while they are hidden. */
  readonly now: HostData | undefined;
  /** The values now, as a value whose data never changes. */
  take(): Value;
  /** Until `show`, nobody can see the values, and `take` gives those of this moment. */
  hide(): void;
  show(): void;
  /** No tensor has the array any more. */
  dispose(): void;
}

/** All elements are equal. */
interface Filled {
  readonly type: 'filled';
  readonly fill: number;
}

/** In the memory of threads or of a device, and perhaps in main memory too (`data`, `owned`: as in {@link Known}). */
export interface Resident {
  readonly type: 'resident';
  readonly buffer: ResidentBuffer;
  data: HostData | undefined;
  owned: boolean;
}

/** An array in the memory of threads or of a device. */
export interface ResidentBuffer {
  /** How many values use it. It is freed with the last. */
  values: number;
  /** What a session is fed, if it is on a device. */
  readonly tensor?: DeviceTensor;
  /** A copy of its elements; a promise if the runtime answers with promises. */
  read(): HostArray | Promise<HostArray>;
  free(): void;
}

/** Two real values. */
interface Complex {
  readonly type: 'complex';
  readonly real: TensorInfo;
  readonly imag: TensorInfo;
}

/** One recorded call of a kernel, which has not run: the state of all its outputs. */
export interface Node {
  readonly type: 'pending';
  readonly kind: Kind;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
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

/** An asynchronous runtime computes it. */
interface Running {
  readonly type: 'running';
  readonly done: Promise<void>;
}

interface Failed {
  readonly type: 'failed';
  readonly error: Error;
}

/** It has no values: none were written, or they were released. */
interface Empty {
  readonly type: 'empty';
}

/** An input of what is being traced: its values must not be used other than in the graph. */
interface Hidden {
  readonly type: 'hidden';
}

export type State =
  Known | GivenState | Filled | Resident | Complex | Node | Running | Failed | Empty | Hidden;

export const empty: State = { type: 'empty' };
export const hidden: State = { type: 'hidden' };

let nextId = 0;

export class Value {
  /** Never given twice: the same id means the same elements. */
  readonly id = nextId++;
  /** How many tensors hold it, as tfjs counts. */
  refs = 1;
  /** Reads that wait for it. They need it even if all tensors that held it are disposed. */
  readers = 0;

  constructor(
    readonly spec: Spec,
    /** The recorder of its backend. Values of other backends are moved. */
    readonly owner: object,
    public state: State,
  ) {}

  /** Its array in main memory, if there is one. Nobody may write to it, except the program to an array that it gave. */
  get known(): HostData | undefined {
    const { state } = this;
    if (state.type === 'known' || state.type === 'resident') return state.data;
    return state.type === 'given' ? state.array.now : undefined;
  }

  /** Its elements as an array, if they need not be computed or read from a thread. */
  get hostData(): HostData | undefined {
    const { state, spec } = this;
    return state.type === 'filled' ? filledData(spec.size, spec.dtype, state.fill) : this.known;
  }

  /** What goes into a graph for it: its elements as they are now, even if the program writes to its array later. */
  take(): Value {
    return this.state.type === 'given' ? this.state.array.take() : this;
  }

  /** Something else refers to its array: no run may use it again. */
  share(): void {
    const { state } = this;
    if (state.type === 'known' || state.type === 'resident') state.owned = false;
  }
}

/** The outputs of a node cannot be computed. Those that an earlier run has computed stay. */
export function fail({ outputs }: Node, error: Error): void {
  const failed: State = { type: 'failed', error };
  for (const output of outputs) {
    const { type } = output.state;
    if (type === 'pending' || type === 'running') output.state = failed;
  }
}

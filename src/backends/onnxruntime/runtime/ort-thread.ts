/**
 * A thread of Node's that has sessions, and memory for the arrays that they compute: weights and an optimizer's slots stay
 * there from step to step. onnxruntime-node makes a JavaScript object of each array that comes out, tens of megabytes
 * a step; in the program's own thread they would have its garbage collected once or twice a step, on the cores that compute.
 * This thread has next to nothing to collect.
 *
 * The program's thread waits for the answer, so that computing stays synchronous.
 */
import { ofThisRealm } from '../../../core/typed-arrays.js';
import { type ArrayKind, ArrayPool } from './array-pool.js';
import { type SessionOptions } from './session-options.js';
import { type Clock, waitForStart } from './thread-start.js';

/** Arrays of numbers, and of bools as bytes. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** An array's name, type and shape. */
export interface ArraySpec {
  readonly name: string;
  readonly type: 'float32' | 'int32' | 'bool';
  readonly dims: readonly number[];
}

/** What a session is fed: arrays, or single values, which need no array of their own. */
export interface InputSpec extends ArraySpec {
  readonly scalar: boolean;
}

/** A session in the thread. */
export interface ThreadSession {
  /**
   * Begins a run.
   *
   * @param feeds for each input its value, if it is a scalar, or the number of an array
   * @returns waits for its end, and gives the numbers of the outputs; nothing else may be asked of the thread before
   */
  run(feeds: readonly number[]): () => readonly number[];
  dispose(): void;
}

interface Port {
  postMessage(message: unknown, transfer: readonly object[]): void;
}

/** Node's module `worker_threads`, as far as it is used. */
export interface WorkerThreads {
  readonly MessageChannel: new () => { port1: Port; port2: Port };
  readonly Worker: new (program: string, options: object) => { unref(): void; terminate(): unknown };
  receiveMessageOnPort(port: Port): { message: { error?: string; arrays: Numbers[] } } | undefined;
}

/** Whose turn it is: the thread has something to do, or none. */
const [OURS, THEIRS] = [0, 1];

/** Runs in the thread. As text it needs no file that a bundler would have to know. */
const program = `
const { receiveMessageOnPort, workerData } = require('node:worker_threads');
const { port, turn, path, trial } = workerData;
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
const sessions = new Map();
const memory = []; // arrays by number; what is released stays, until the other thread says that it is dropped
let binding;

const size = ({ dims }) => dims.reduce((product, dim) => product * dim, 1);

const tensors = (specs, data) =>
  Object.fromEntries(specs.map(({ name, type, dims }, i) => [name, { type, dims, location: 'cpu', data: data[i] }]));

const requests = {
  begin() {
    const ort = require(path);
    ort.initOrt();
    binding = ort.binding;
    const made = new binding.InferenceSession();
    made.loadModel(trial.model.buffer, trial.model.byteOffset, trial.model.byteLength, { intraOpNumThreads: 1 });
    const wanted = Object.fromEntries(trial.fetches.map((name) => [name, null]));
    if (typeof made.run(trial.feeds, wanted, {}).then === 'function') throw new Error('it gives promises');
    made.dispose();
  },
  create({ session, model, options, inputs, outputs }) {
    const made = new binding.InferenceSession();
    made.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
    const scalars = inputs.map(({ scalar, type }) => scalar && new arrays[type](1));
    sessions.set(session, { made, inputs, outputs, scalars });
  },
  run({ session, feeds, makes }) {
    const { made, inputs, outputs, scalars } = sessions.get(session);
    const fed = feeds.map((feed, i) => {
      if (!scalars[i]) return memory[feed];
      scalars[i][0] = feed;
      return scalars[i];
    });
    const results = outputs.map((spec, i) => (memory[makes[i]] ??= new arrays[spec.type](size(spec))));
    made.run(tensors(inputs, fed), tensors(outputs, results), {});
  },
  read: ({ numbers, copies }) => numbers.map((number, i) => {
    const array = memory[number];
    if (copies[i] === undefined) {
      memory[number] = undefined;
      return array;
    }
    const copy = memory[copies[i]] ?? new array.constructor(array.length);
    memory[copies[i]] = undefined;
    copy.set(array);
    return copy;
  }),
  dispose({ session, profiling }) {
    const { made } = sessions.get(session);
    sessions.delete(session);
    if (profiling) made.endProfiling();
    made.dispose();
  },
};

function answer({ to, dropped, written, ...request }) {
  let error;
  let arrays = [];
  try {
    for (const [number, data] of written) memory[number] = data;
    for (const number of dropped) memory[number] = undefined;
    arrays = requests[to](request) ?? [];
  } catch (cause) {
    error = String(cause?.message ?? cause);
  }
  port.postMessage({ error, arrays }, arrays.map(({ buffer }) => buffer));
  Atomics.store(turn, 0, ${OURS});
  Atomics.notify(turn, 0);
}

answer({ to: 'begin', dropped: [], written: [] });
for (;;) {
  while (Atomics.load(turn, 0) === ${OURS}) Atomics.wait(turn, 0, ${OURS});
  answer(receiveMessageOnPort(port).message);
}
`;

export class OrtThread {
  private readonly turn = new Int32Array(new SharedArrayBuffer(4));
  private readonly port: Port;
  private readonly worker;
  /** The kinds of arrays, by number. */
  private readonly kinds: ArrayKind[] = [];
  /** Numbers of nothing, to be given again. */
  private readonly spare: number[] = [];
  private readonly pool = new ArrayPool<number>((number) => this.dropped.push(number));
  private lastSession = 0;
  /** How many arrays it has that somebody needs. */
  arrays = 0;
  private dropped: number[] = [];
  private written: (readonly [number, Numbers])[] = [];
  private transfers: object[] = [];

  /**
   * @param path of onnxruntime-node's binding
   * @param trial what it computes first, to see whether it gets promises
   * @throws ThreadIsHeld by a debugger; Error where it does not begin, or cannot compute while one waits
   */
  constructor(
    private readonly node: WorkerThreads,
    path: string,
    trial: { readonly model: Uint8Array; readonly feeds: object; readonly fetches: readonly string[] },
    clock: Clock,
    isDebugged: boolean,
  ) {
    const { port1, port2 } = new node.MessageChannel();
    this.port = port1;
    this.turn[0] = THEIRS;
    this.worker = new node.Worker(program, {
      eval: true,
      execArgv: [],
      workerData: { port: port2, turn: this.turn, path, trial },
      transferList: [port2],
    });
    this.worker.unref(); // a program may end without having told us
    try {
      waitForStart(this.turn, THEIRS, clock, isDebugged);
      this.answer();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  createSession(
    model: Uint8Array,
    options: SessionOptions,
    inputs: readonly InputSpec[],
    outputs: readonly ArraySpec[],
  ): ThreadSession {
    const session = ++this.lastSession;
    this.pool.clear(); // it may want other sizes
    this.ask('create', { session, model, options, inputs, outputs })();
    const kinds = outputs.map(({ type, dims }) => ({ type, size: dims.reduce((a, b) => a * b, 1) }));
    return {
      run: (feeds) => {
        this.pool.countRun();
        const makes = kinds.map((kind) => this.pool.take(kind) ?? this.number(kind));
        this.arrays += makes.length;
        const wait = this.ask('run', { session, feeds, makes });
        return () => {
          try {
            wait();
          } catch (error) {
            for (const number of makes) this.release(number);
            throw error;
          }
          return makes;
        };
      },
      dispose: () => void this.ask('dispose', { session, profiling: options.enableProfiling === true })(),
    };
  }

  /** The number that an array gets, with the next request. It is the thread's from then on, and must have a buffer for itself. */
  write(data: Numbers): number {
    const number = this.number({ type: typeOf(data), size: data.length });
    this.written.push([number, data]);
    this.transfers.push(data.buffer);
    this.arrays++;
    return number;
  }

  /** Arrays: copies of those that are `kept`, the others themselves, which are nothing in the thread from then on. */
  read(numbers: readonly number[], kept: readonly boolean[]): readonly Numbers[] {
    const copies = numbers.map((number, i) => {
      const kind = this.kinds[number]!;
      return kept[i]! ? (this.pool.take(kind) ?? this.number(kind)) : undefined;
    });
    const arrays = this.ask('read', { numbers, copies })();
    numbers.forEach((number, i) => this.spare.push(copies[i] ?? number));
    this.arrays -= kept.filter((keep) => !keep).length;
    return arrays;
  }

  /** Nobody needs an array any more. */
  release(number: number): void {
    this.arrays--;
    this.pool.give(this.kinds[number]!, number);
  }

  /** A number for an array that is not there yet. */
  private number(kind: ArrayKind): number {
    const number = this.spare.pop() ?? this.kinds.length;
    this.kinds[number] = kind;
    return number;
  }

  dispose(): void {
    void this.worker.terminate();
  }

  /** @returns waits for the answer */
  private ask(to: string, request: object): () => Numbers[] {
    const { dropped, written, transfers } = this;
    this.dropped = [];
    this.written = [];
    this.transfers = [];
    this.port.postMessage({ to, dropped, written, ...request }, transfers);
    this.spare.push(...dropped);
    Atomics.store(this.turn, 0, THEIRS);
    Atomics.notify(this.turn, 0);
    return () => this.answer();
  }

  private answer(): Numbers[] {
    // a wait may end for a notification that was meant for the turn before
    while (Atomics.load(this.turn, 0) === THEIRS) Atomics.wait(this.turn, 0, THEIRS);
    const { error, arrays } = this.node.receiveMessageOnPort(this.port)!.message;
    if (error !== undefined) throw new Error(error);
    return arrays.map(ofThisRealm);
  }
}

const typeOf = (data: Numbers): ArraySpec['type'] =>
  data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool';

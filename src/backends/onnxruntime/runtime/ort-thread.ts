/**
 * A thread of Node's that has sessions, and memory for the arrays that they compute: weights and an optimizer's slots stay
 * there from step to step. onnxruntime-node makes a JavaScript object of each array that comes out, tens of megabytes
 * a step; in the program's own thread they would have its garbage collected once or twice a step, on the cores that compute.
 * This thread has next to nothing to collect.
 *
 * The program's thread waits for the answer, so that computing stays synchronous.
 */
import { ofThisRealm } from '../../../core/typed-arrays.js';
import { type ElementType } from '../../../onnx/index.js';
import { type SessionOptions } from './session-options.js';

/** Arrays of numbers, and of bools as bytes. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** An array's name, type and shape. */
export interface ArraySpec {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
}

/** A session in the thread. Arrays go by numbers. */
export interface ThreadSession {
  /**
   * Begins a run.
   *
   * @param feeds one for each input
   * @param makes the numbers that the outputs get
   * @returns waits for its end; nothing else may be asked of the thread before
   */
  run(feeds: readonly number[], makes: readonly number[]): () => void;
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

/** A thread that has not begun by then will not, in milliseconds. */
const START = 20_000;

/** Bytes of arrays that are kept for later results. */
const MOST_FREE = 128 * 2 ** 20;

/** Runs in the thread. As text it needs no file that a bundler would have to know. */
const program = `
const { receiveMessageOnPort, workerData } = require('node:worker_threads');
const { port, turn, path } = workerData;
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
const sessions = new Map();
const memory = new Map(); // arrays by number
const free = new Map(); // arrays for results, by type and length
let freeBytes = 0;
let binding;

function release(number) {
  const array = memory.get(number);
  if (array === undefined) return; // a result for which there was no room
  memory.delete(number);
  if (freeBytes + array.byteLength > ${MOST_FREE}) return;
  freeBytes += array.byteLength;
  const key = array.constructor.name + array.length;
  if (free.has(key)) free.get(key).push(array);
  else free.set(key, [array]);
}

function forget() {
  free.clear();
  freeBytes = 0;
}

function take(Type, length) {
  const found = free.get(Type.name + length)?.pop();
  if (found === undefined) return new Type(length);
  freeBytes -= found.byteLength;
  return found;
}

const tensors = (specs, numbers) => {
  const named = {};
  for (let i = 0; i < specs.length; i++) {
    const { name, type, dims } = specs[i];
    named[name] = { type, dims, location: 'cpu', data: memory.get(numbers[i]) };
  }
  return named;
};

const requests = {
  begin() {
    const ort = require(path);
    ort.initOrt();
    binding = ort.binding;
  },
  create({ session, model, options, inputs, outputs }) {
    const made = new binding.InferenceSession();
    made.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
    sessions.set(session, { made, inputs, outputs });
    forget(); // it may want other sizes
  },
  run({ session, feeds, makes }) {
    const { made, inputs, outputs } = sessions.get(session);
    outputs.forEach(({ type, dims }, i) => {
      memory.set(makes[i], take(arrays[type], dims.reduce((size, dim) => size * dim, 1)));
    });
    try {
      made.run(tensors(inputs, feeds), tensors(outputs, makes), {});
    } catch (error) {
      makes.forEach(release);
      throw error;
    }
  },
  read: ({ numbers, kept }) => numbers.map((number, i) => {
    const array = memory.get(number);
    if (!kept[i]) {
      memory.delete(number);
      return array;
    }
    const copy = take(array.constructor, array.length);
    copy.set(array);
    return copy;
  }),
  dispose({ session, profiling }) {
    const { made } = sessions.get(session);
    sessions.delete(session);
    if (profiling) made.endProfiling();
    made.dispose();
    forget();
  },
};

function answer({ to, released, written, ...request }) {
  let error;
  let arrays = [];
  try {
    released.forEach(release);
    for (const [number, data] of written) memory.set(number, data);
    arrays = requests[to](request) ?? [];
  } catch (cause) {
    error = String(cause?.message ?? cause);
  }
  port.postMessage({ error, arrays }, arrays.map(({ buffer }) => buffer));
  Atomics.store(turn, 0, ${OURS});
  Atomics.notify(turn, 0);
}

answer({ to: 'begin', released: [], written: [] });
for (;;) {
  while (Atomics.load(turn, 0) === ${OURS}) Atomics.wait(turn, 0, ${OURS});
  answer(receiveMessageOnPort(port).message);
}
`;

export class OrtThread {
  private readonly turn = new Int32Array(new SharedArrayBuffer(4));
  private readonly port: Port;
  private readonly worker;
  private last = 0;
  /** How many arrays it has. */
  arrays = 0;
  private released: number[] = [];
  private written: (readonly [number, Numbers])[] = [];
  private transfers: object[] = [];

  /**
   * @param path of onnxruntime-node's binding
   * @throws Error where it does not begin
   */
  constructor(
    private readonly node: WorkerThreads,
    path: string,
  ) {
    const { port1, port2 } = new node.MessageChannel();
    this.port = port1;
    this.turn[0] = THEIRS;
    this.worker = new node.Worker(program, {
      eval: true,
      execArgv: [],
      workerData: { port: port2, turn: this.turn, path },
      transferList: [port2],
    });
    this.worker.unref(); // a program may end without having told us
    try {
      if (Atomics.wait(this.turn, 0, THEIRS, START) === 'timed-out') throw new Error('it does not begin');
      this.answer();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  createSession(
    model: Uint8Array,
    options: SessionOptions,
    inputs: readonly ArraySpec[],
    outputs: readonly ArraySpec[],
  ): ThreadSession {
    const session = this.number();
    this.ask('create', { session, model, options, inputs, outputs })();
    return {
      run: (feeds, makes) => {
        const wait = this.ask('run', { session, feeds, makes });
        return () => {
          wait();
          this.arrays += makes.length;
        };
      },
      dispose: () => void this.ask('dispose', { session, profiling: options.enableProfiling === true })(),
    };
  }

  /** A number that nothing has had. */
  number(): number {
    return ++this.last;
  }

  /** The number that an array gets, with the next request. It is the thread's from then on, and must have a buffer for itself. */
  write(data: Numbers): number {
    const number = this.number();
    this.written.push([number, data]);
    this.transfers.push(data.buffer);
    this.arrays++;
    return number;
  }

  /** Arrays: copies of those that are `kept`, the others themselves, which are nothing in the thread from then on. */
  read(numbers: readonly number[], kept: readonly boolean[]): readonly Numbers[] {
    this.arrays -= kept.filter((keep) => !keep).length;
    return this.ask('read', { numbers, kept })();
  }

  /** Nobody needs an array any more; it goes with the next request. */
  release(number: number): void {
    this.released.push(number);
    this.arrays--;
  }

  dispose(): void {
    void this.worker.terminate();
  }

  /** @returns waits for the answer */
  private ask(to: string, request: object): () => Numbers[] {
    const { released, written, transfers } = this;
    this.released = [];
    this.written = [];
    this.transfers = [];
    this.port.postMessage({ to, released, written, ...request }, transfers);
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

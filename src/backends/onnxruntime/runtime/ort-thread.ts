/**
 * A worker thread with sessions and with memory for the arrays that they compute: weights and an optimizer's slots stay there from
 * step to step. onnxruntime-node makes a JavaScript object of each output array, tens of megabytes a step. In the program's own
 * thread, garbage collection of these would run once or twice a step, on the cores that compute. This thread has next to no garbage.
 *
 * The program's thread waits for each answer, so computing stays synchronous.
 */
import { ofThisRealm } from '../../../core/typed-arrays.js';
import { type ArrayKind, ArrayPool } from './array-pool.js';
import { type HostArray, typeOf } from './array-types.js';
import { type SessionOptions } from './session-options.js';
import {
  type ArraySpec,
  type InputSpec,
  type Port,
  THREAD,
  type ThreadAnswer,
  type ThreadData,
  type ThreadRequest,
  type ThreadTrial,
} from './thread-messages.js';
import { threadProgram } from './thread-program.generated.js';
import { type Clock, waitForStart } from './thread-start.js';

/** A session in the thread. */
export interface ThreadSession {
  /**
   * Begins a run.
   *
   * @param feeds for each input its element, if it is a scalar, or the id of an array
   * @returns waits for the end of the run and returns the ids of the outputs. The thread takes no other request before that.
   */
  run(feeds: readonly number[]): () => readonly number[];
  dispose(): void;
}

/** Node's module `worker_threads`, as far as it is used. */
export interface WorkerThreads {
  readonly MessageChannel: new () => { port1: Port; port2: Port };
  readonly Worker: new (program: string, options: object) => { unref(): void; terminate(): unknown };
  receiveMessageOnPort(port: Port): { message: ThreadAnswer } | undefined;
}

export class OrtThread {
  private readonly turn = new Int32Array(new SharedArrayBuffer(4));
  private readonly port: Port;
  private readonly worker;
  /** The kinds of arrays, by id. */
  private readonly kinds: ArrayKind[] = [];
  /** Ids of no array, to be given again. */
  private readonly spare: number[] = [];
  private readonly pool = new ArrayPool<number>((id) => this.dropped.push(id));
  private lastSession = 0;
  /** How many of its arrays are in use. */
  arrays = 0;
  private dropped: number[] = [];
  private written: (readonly [number, HostArray])[] = [];
  private transfers: object[] = [];

  /**
   * @param path of onnxruntime-node's binding
   * @param trial what it computes first, to see whether it gets promises
   * @throws ThreadIsHeld by a debugger; Error if it does not begin, or cannot compute synchronously
   */
  constructor(
    private readonly node: WorkerThreads,
    path: string,
    trial: ThreadTrial,
    clock: Clock,
    isDebugged: boolean,
  ) {
    const { port1, port2 } = new node.MessageChannel();
    this.port = port1;
    this.turn[0] = THREAD;
    const workerData: ThreadData = { port: port2, turn: this.turn, path, trial };
    this.worker = new node.Worker(threadProgram, {
      eval: true,
      execArgv: [],
      workerData,
      transferList: [port2],
    });
    this.worker.unref(); // a program may end without disposing the backend
    try {
      waitForStart(this.turn, THREAD, clock, isDebugged);
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
    this.ask({ to: 'create', session, model, options, inputs, outputs })();
    const kinds = outputs.map(({ type, dims }) => ({ type, size: dims.reduce((a, b) => a * b, 1) }));
    return {
      run: (feeds) => {
        this.pool.countRun();
        const makes = kinds.map((kind) => this.pool.take(kind) ?? this.newId(kind));
        this.arrays += makes.length;
        const wait = this.ask({ to: 'run', session, feeds, makes });
        return () => {
          try {
            wait();
          } catch (error) {
            for (const id of makes) this.release(id);
            throw error;
          }
          return makes;
        };
      },
      dispose: () => void this.ask({ to: 'dispose', session, profiling: options.enableProfiling === true })(),
    };
  }

  /** Hands an array over to the thread, with the next request. It must have a buffer of its own. @returns its id */
  write(data: HostArray): number {
    const id = this.newId({ type: typeOf(data), size: data.length });
    this.written.push([id, data]);
    this.transfers.push(data.buffer);
    this.arrays++;
    return id;
  }

  /** Copies of the arrays that are `kept`, and the others themselves, which leave the thread. */
  read(ids: readonly number[], kept: readonly boolean[]): readonly HostArray[] {
    const copies = ids.map((id, i) => {
      const kind = this.kinds[id]!;
      return kept[i]! ? (this.pool.take(kind) ?? this.newId(kind)) : undefined;
    });
    const arrays = this.ask({ to: 'read', ids, copies })();
    ids.forEach((id, i) => this.spare.push(copies[i] ?? id));
    this.arrays -= kept.filter((keep) => !keep).length;
    return arrays;
  }

  /** An array is no longer in use. */
  release(id: number): void {
    this.arrays--;
    this.pool.give(this.kinds[id]!, id);
  }

  /** An id for an array that is not there yet. */
  private newId(kind: ArrayKind): number {
    const id = this.spare.pop() ?? this.kinds.length;
    this.kinds[id] = kind;
    return id;
  }

  dispose(): void {
    void this.worker.terminate();
  }

  /** @returns waits for the answer */
  private ask(request: ThreadRequest): () => HostArray[] {
    const { dropped, written, transfers } = this;
    this.dropped = [];
    this.written = [];
    this.transfers = [];
    this.port.postMessage({ dropped, written, ...request }, transfers);
    this.spare.push(...dropped);
    Atomics.store(this.turn, 0, THREAD);
    Atomics.notify(this.turn, 0);
    return () => this.answer();
  }

  private answer(): HostArray[] {
    // a notification of the turn before may end this wait
    while (Atomics.load(this.turn, 0) === THREAD) Atomics.wait(this.turn, 0, THREAD);
    const { error, arrays } = this.node.receiveMessageOnPort(this.port)!.message;
    if (error !== undefined) throw new Error(error);
    return arrays.map(ofThisRealm);
  }
}

/**
 * The program of a thread with sessions (`ort-thread.ts`). `npm run generate:thread` makes one string of it and of what it
 * imports: a string needs no file that a bundler would have to know.
 */
import { arrayTypes, type HostArray } from './array-types.js';
import { type Binding, type NativeSession } from './native-binding.js';
import {
  type ArrayChanges,
  type ArraySpec,
  type InputSpec,
  type Port,
  PROGRAM,
  type ThreadAnswer,
  type ThreadData,
  type ThreadRequest,
  type ThreadRequests,
} from './thread-messages.js';

interface WorkerThreads {
  readonly workerData: ThreadData;
  readonly receiveMessageOnPort: (port: Port) => { readonly message: ThreadRequest & ArrayChanges };
}

// A thread's program that comes as a string is a CommonJS module.
declare const require: (path: string) => unknown;

interface ThreadSession {
  readonly native: NativeSession;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly ArraySpec[];
  /** By input: the array of a scalar. */
  readonly scalars: readonly (HostArray | undefined)[];
}

const { receiveMessageOnPort, workerData } = require('node:worker_threads') as WorkerThreads;
const { port, turn, path, trial } = workerData;
const sessions = new Map<number, ThreadSession>();
/** Arrays by id. One that is released stays until the program's thread says that it is dropped. */
const memory: (HostArray | undefined)[] = [];
let binding: Binding['binding'];

const sizeOf = ({ dims }: ArraySpec): number => dims.reduce((product, dim) => product * dim, 1);

function newArray(spec: ArraySpec): HostArray {
  return new arrayTypes[spec.type](sizeOf(spec));
}

const tensors = (specs: readonly ArraySpec[], data: readonly (HostArray | undefined)[]): object =>
  Object.fromEntries(
    specs.map(({ name, type, dims }, i) => [name, { type, dims, location: 'cpu', data: data[i] }]),
  );

function openSession(model: Uint8Array, options: Parameters<NativeSession['loadModel']>[3]): NativeSession {
  const native = new binding.InferenceSession();
  native.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
  return native;
}

type Handlers = { [Name in keyof ThreadRequests]: (request: ThreadRequests[Name]) => HostArray[] };

const handlers: Handlers = {
  begin() {
    const ort = require(path) as Binding;
    ort.initOrt();
    binding = ort.binding;
    const native = openSession(trial.model, { intraOpNumThreads: 1 });
    const wanted = Object.fromEntries(trial.fetches.map((name) => [name, null]));
    const results = native.run(trial.feeds, wanted, {}) as { then?: unknown };
    if (typeof results.then === 'function') throw new Error('it gives promises');
    native.dispose();
    return [];
  },

  create({ session, model, options, inputs, outputs }) {
    const native = openSession(model, options);
    const scalars = inputs.map((input) => (input.scalar ? newArray({ ...input, dims: [] }) : undefined));
    sessions.set(session, { native, inputs, outputs, scalars });
    return [];
  },

  run({ session, feeds, makes }) {
    const { native, inputs, outputs, scalars } = sessions.get(session)!;
    const fed = feeds.map((feed, i) => {
      const scalar = scalars[i];
      if (scalar === undefined) return memory[feed];
      scalar[0] = feed;
      return scalar;
    });
    const results = outputs.map((spec, i) => (memory[makes[i]!] ??= newArray(spec)));
    native.run(tensors(inputs, fed), tensors(outputs, results), {});
    return [];
  },

  read: ({ ids, copies }) =>
    ids.map((id, i) => {
      const array = memory[id]!;
      const copyId = copies[i];
      if (copyId === undefined) {
        memory[id] = undefined;
        return array;
      }
      const copy = memory[copyId] ?? new (array.constructor as Float32ArrayConstructor)(array.length);
      memory[copyId] = undefined;
      copy.set(array);
      return copy;
    }),

  dispose({ session, profiling }) {
    const { native } = sessions.get(session)!;
    sessions.delete(session);
    if (profiling) native.endProfiling();
    native.dispose();
    return [];
  },
};

function answer({ dropped, written, ...request }: ThreadRequest & ArrayChanges): void {
  let error: string | undefined;
  let arrays: HostArray[] = [];
  try {
    for (const [id, data] of written) memory[id] = data;
    for (const id of dropped) memory[id] = undefined;
    const handle = handlers[request.to] as (request: object) => HostArray[];
    arrays = handle(request);
  } catch (cause) {
    error = String((cause as Error | null)?.message ?? cause);
  }
  const message: ThreadAnswer = { error, arrays };
  port.postMessage(
    message,
    arrays.map(({ buffer }) => buffer),
  );
  Atomics.store(turn, 0, PROGRAM);
  Atomics.notify(turn, 0);
}

answer({ to: 'begin', dropped: [], written: [] });
for (;;) {
  while (Atomics.load(turn, 0) === PROGRAM) Atomics.wait(turn, 0, PROGRAM);
  answer(receiveMessageOnPort(port).message);
}

/**
 * Captures computations that run repeatedly, such as training steps. A backend that records kernels can replay a captured
 * computation with other values (`trace` of the ONNX Runtime backend). A replay skips the JavaScript program and tfjs, which
 * take a fifth of the time of a small step.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Draws, uniformValues } from './draws.js';
import type { RandomSource } from './random.js';
import { flatten, type TensorTree, type TreeForm, unflatten } from './tree.js';

type DataId = tf.Tensor['dataId'];

/** Replays computations: the data ids of the outputs of each, or undefined if they can no longer be replayed. */
type Replay = (inputs: readonly (readonly DataId[])[]) => DataId[][] | undefined;

/** The members of a backend that can replay. */
export interface CapturingBackend {
  /** Runs the recorded kernels. */
  flush(): void | Promise<void>;
  /** The largest count of computations that `trace` runs at the same time. */
  readonly concurrency: number;
  /** Returns undefined if the computations cannot be replayed; they have still run, or will. */
  trace(
    computations: readonly { inputs: readonly DataId[]; compute: () => readonly DataId[] }[],
  ): Replay | undefined;
  /** Appends a tensor that a traced computation has just created to the inputs of the computation. */
  input(dataId: DataId): void;
}

/** The outputs of a computation. */
interface Outputs {
  readonly form: TreeForm;
  readonly specs: readonly { readonly shape: number[]; readonly dtype: tf.DataType }[];
  /** Indices of the variables that it assigns. */
  readonly assigned: readonly number[];
  /** Shapes of the random tensors that it draws, in order. */
  readonly drawn: readonly (readonly number[])[];
}

interface Captured {
  readonly key: string;
  readonly backend: tf.KernelBackend;
  readonly replay: Replay;
  readonly outputs: readonly Outputs[];
}

/** A computation of tensors and variables alone. */
export interface Computation<T extends TensorTree = tf.NamedTensorMap> {
  /** All tensors that it reads and that change between runs, other than variables. */
  readonly inputs: readonly tf.Tensor[];
  /** All variables that it reads or assigns. */
  readonly variables: readonly tf.Variable[];
  /** Depends on inputs, variables, draws and the key alone. It may assign variables, and has no other side effect. */
  readonly compute: (draws: Draws) => T;
}

type MaybeCapturing = tf.KernelBackend & Partial<CapturingBackend>;

/** Computations by name, captured at their first run if the backend can replay. */
export class Capture {
  readonly #captured = new Map<string, Captured>();
  readonly #random: RandomSource;
  /** Values that were drawn for a replay that could not run. The computation uses them instead of new ones. */
  #unused: Float32Array[] = [];

  /** @param random the source of the computations' random tensors */
  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** The count of computations that the current backend runs at the same time. */
  get concurrency(): number {
    return (tf.backend() as MaybeCapturing).concurrency ?? 1;
  }

  /**
   * Runs computations that do not depend on each other. Each is called, or its capture is replayed.
   *
   * @param key changes whenever the computations do; undefined if they may differ each time and cannot be captured
   * @param atOnce runs several at the same time if the backend can, which takes memory for all of them
   */
  run<T extends TensorTree>(
    name: string,
    key: string | undefined,
    computations: readonly Computation<T>[],
    atOnce = false,
  ): T[] {
    const size = atOnce ? Math.max(1, this.concurrency) : 1;
    const results: T[] = [];
    for (let i = 0; i < computations.length; i += size) {
      results.push(...this.#run(`${name} ${i}`, key, computations.slice(i, i + size)));
    }
    return results;
  }

  #run<T extends TensorTree>(
    name: string,
    key: string | undefined,
    computations: readonly Computation<T>[],
  ): T[] {
    const backend = tf.backend() as MaybeCapturing;
    if (key === undefined || backend.trace === undefined) {
      const outputs = computations.map(({ compute }) => compute({ uniform: (shape) => this.#draw(shape) }));
      void backend.flush?.();
      return outputs;
    }
    const ids = computations.map(({ inputs, variables }) =>
      [...inputs, ...variables].map(({ dataId }) => dataId),
    );
    const captured = this.#captured.get(name);
    if (captured?.backend === backend && captured.key === key) {
      const results = this.#replay(backend, captured, ids, computations);
      if (results !== undefined) return results;
    }

    const results: T[] = [];
    const outputs: Outputs[] = [];
    let replay: Replay | undefined;
    try {
      replay = backend.trace(
        computations.map(({ variables, compute }, i) => ({
          inputs: ids[i]!,
          compute: () => {
            const before = variables.map(({ dataId }) => dataId);
            const drawn: (readonly number[])[] = [];
            const uniform = (shape: readonly number[]): tf.Tensor => {
              const tensor = this.#draw(shape);
              backend.input!(tensor.dataId);
              drawn.push(shape);
              return tensor;
            };
            const result = compute({ uniform });
            const assigned = [...variables.keys()].filter((k) => variables[k]!.dataId !== before[k]);
            const { tensors, form } = flatten(result);
            results.push(result);
            outputs.push({
              form,
              specs: tensors.map(({ shape, dtype }) => ({ shape, dtype })),
              assigned,
              drawn,
            });
            return [...tensors, ...assigned.map((k) => variables[k]!)].map(({ dataId }) => dataId);
          },
        })),
      );
    } finally {
      this.#unused = []; // a computation that throws does not leave them to the next one
    }
    if (replay === undefined) this.#captured.delete(name);
    else this.#captured.set(name, { key, backend, replay, outputs });
    return results;
  }

  #replay<T extends TensorTree>(
    backend: tf.KernelBackend,
    { outputs, replay }: Captured,
    ids: readonly (readonly DataId[])[],
    computations: readonly Computation<T>[],
  ): T[] | undefined {
    const drawn = outputs.map((own) => own.drawn.map((shape) => uniformValues(shape, this.#random)));
    const tensors = drawn.map((own, i) => own.map((data, k) => tensorOf(data, outputs[i]!.drawn[k]!)));
    try {
      const data = replay(ids.map((own, i) => [...own, ...tensors[i]!.map(({ dataId }) => dataId)]));
      if (data === undefined) this.#unused = drawn.flat();
      return data?.map((own, i) => take(backend, outputs[i]!, own, computations[i]!.variables) as T);
    } finally {
      tf.dispose(tensors);
    }
  }

  #draw(shape: readonly number[]): tf.Tensor {
    return tensorOf(this.#unused.shift() ?? uniformValues(shape, this.#random), shape);
  }
}

const tensorOf = (data: Float32Array, shape: readonly number[]): tf.Tensor =>
  tf.tensor(data, [...shape], 'float32');

/** Wraps the outputs of a replay in tensors, and assigns its variables. */
function take(
  backend: tf.KernelBackend,
  { form, specs, assigned }: Outputs,
  data: readonly DataId[],
  variables: readonly tf.Variable[],
): TensorTree {
  const tensor = (dataId: DataId, { shape, dtype }: { shape: number[]; dtype: tf.DataType }) =>
    tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend);
  for (const [k, i] of assigned.entries()) {
    const value = tensor(data[specs.length + k]!, variables[i]!);
    variables[i]!.assign(value);
    value.dispose();
  }
  return unflatten(
    form,
    specs.map((spec, i) => tensor(data[i]!, spec)),
  );
}

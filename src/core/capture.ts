/**
 * Captures computations that run again and again, as training steps do. A backend that records what is computed can
 * replay a captured computation with other values (the ONNX Runtime backend's `trace`), without the program that
 * called its kernels. That program, and tfjs below it, take a fifth of the time of a small step.
 */
import * as tf from '@tensorflow/tfjs-core';

type DataId = tf.Tensor['dataId'];

/** Replays computations: the data ids of the outputs of each, or undefined if they can no longer be replayed. */
type Replay = (inputs: readonly (readonly DataId[])[]) => DataId[][] | undefined;

/** What a backend offers that can replay. */
export interface CapturingBackend {
  /** Runs what was recorded. */
  flush(): void | Promise<void>;
  /** How many computations `trace` takes, to run them at the same time. */
  readonly concurrency: number;
  /** Returns undefined if the computations cannot be replayed; they have still run, or will. */
  trace(
    computations: readonly { inputs: readonly DataId[]; compute: () => readonly DataId[] }[],
  ): Replay | undefined;
}

/** The outputs of a computation. */
interface Outputs {
  readonly specs: readonly { readonly name: string; readonly shape: number[]; readonly dtype: tf.DataType }[];
  /** Which of the variables it assigns. */
  readonly assigned: readonly number[];
}

interface Captured {
  readonly key: string;
  readonly backend: tf.KernelBackend;
  readonly replay: Replay;
  readonly outputs: readonly Outputs[];
}

/** A computation of tensors and variables alone. */
export interface Computation {
  /** All tensors that it reads and that change from time to time, other than variables. */
  readonly inputs: readonly tf.Tensor[];
  /** All variables that it reads or assigns. */
  readonly variables: readonly tf.Variable[];
  /** Depends on inputs, variables and what the key stands for. It assigns variables, and has no other side effect. */
  readonly compute: () => tf.NamedTensorMap;
}

type MaybeCapturing = tf.KernelBackend & Partial<CapturingBackend>;

/** Computations by name, captured at their first run if the backend can replay. */
export class Capture {
  readonly #captured = new Map<string, Captured>();

  /** How many computations the backend in use runs at the same time. */
  get concurrency(): number {
    return (tf.backend() as MaybeCapturing).concurrency ?? 1;
  }

  /**
   * Runs computations that do not depend on each other: each is called, or its capture is replayed. A backend that
   * records runs them at once.
   *
   * @param key changes whenever the computations do; undefined if they may differ each time and cannot be captured
   * @param atOnce runs as many at the same time as the backend can, which takes memory for all of them
   */
  run(
    name: string,
    key: string | undefined,
    computations: readonly Computation[],
    atOnce = false,
  ): tf.NamedTensorMap[] {
    const size = atOnce ? Math.max(1, this.concurrency) : 1;
    const results: tf.NamedTensorMap[] = [];
    for (let i = 0; i < computations.length; i += size) {
      results.push(...this.#run(`${name} ${i}`, key, computations.slice(i, i + size)));
    }
    return results;
  }

  #run(name: string, key: string | undefined, computations: readonly Computation[]): tf.NamedTensorMap[] {
    const backend = tf.backend() as MaybeCapturing;
    if (key === undefined || backend.trace === undefined) {
      const outputs = computations.map(({ compute }) => compute());
      void backend.flush?.();
      return outputs;
    }
    const ids = computations.map(({ inputs, variables }) =>
      [...inputs, ...variables].map(({ dataId }) => dataId),
    );
    const captured = this.#captured.get(name);
    if (captured?.backend === backend && captured.key === key) {
      const data = captured.replay(ids);
      if (data !== undefined) {
        return data.map((own, i) => take(backend, captured.outputs[i]!, own, computations[i]!.variables));
      }
    }

    const results: tf.NamedTensorMap[] = [];
    const outputs: Outputs[] = [];
    const replay = backend.trace(
      computations.map(({ variables, compute }, i) => ({
        inputs: ids[i]!,
        compute: () => {
          const before = variables.map(({ dataId }) => dataId);
          const tensors = compute();
          const assigned = [...variables.keys()].filter((k) => variables[k]!.dataId !== before[k]);
          const specs = Object.entries(tensors).map(([name, { shape, dtype }]) => ({ name, shape, dtype }));
          results.push(tensors);
          outputs.push({ specs, assigned });
          return [...Object.values(tensors), ...assigned.map((k) => variables[k]!)].map(
            ({ dataId }) => dataId,
          );
        },
      })),
    );
    if (replay === undefined) this.#captured.delete(name);
    else this.#captured.set(name, { key, backend, replay, outputs });
    return results;
  }
}

/** Makes tensors of the outputs of a replay, and assigns to variables what is theirs. */
function take(
  backend: tf.KernelBackend,
  { specs, assigned }: Outputs,
  data: readonly DataId[],
  variables: readonly tf.Variable[],
): tf.NamedTensorMap {
  const tensor = (dataId: DataId, { shape, dtype }: { shape: number[]; dtype: tf.DataType }) =>
    tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend);
  for (const [k, i] of assigned.entries()) {
    const value = tensor(data[specs.length + k]!, variables[i]!);
    variables[i]!.assign(value);
    value.dispose();
  }
  return Object.fromEntries(specs.map((spec, i) => [spec.name, tensor(data[i]!, spec)]));
}

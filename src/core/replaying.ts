/**
 * Computations that are done again and again, as steps of training are. A backend that records what is computed can
 * do one again with other numbers without the program that called its kernels (the ONNX Runtime backend's `trace`):
 * that program, and tfjs between the two, take a fifth of the time of a small step.
 */
import * as tf from '@tensorflow/tfjs-core';

type DataId = tf.Tensor['dataId'];

/** Does computations again: the data of what comes out of each, or nothing where that cannot be. */
type Again = (inputs: readonly (readonly DataId[])[]) => DataId[][] | undefined;

/** What a backend offers that can replay. */
interface TracingBackend {
  /** Runs what was recorded. */
  flush(): void | Promise<void>;
  /** Whether it takes two computations, and does them at the same time. */
  readonly tracesTwo: boolean;
  /** Nothing comes back where computations cannot be done again like this. They have run then too, or will. */
  trace(
    computations: readonly { inputs: readonly DataId[]; compute: () => readonly DataId[] }[],
  ): Again | undefined;
}

/** What comes out of a computation. */
interface Outputs {
  readonly specs: readonly { readonly name: string; readonly shape: number[]; readonly dtype: tf.DataType }[];
  /** Which of the variables it assigns. */
  readonly assigned: readonly number[];
}

/** Computations that were seen. */
interface Known {
  readonly key: string;
  readonly backend: tf.KernelBackend;
  readonly again: Again;
  readonly outputs: readonly Outputs[];
}

/** One computation, of tensors and variables alone. */
export interface Computation {
  /** All tensors that it reads and that change from time to time, other than variables. */
  inputs: readonly tf.Tensor[];
  /** All variables that it reads or assigns. */
  variables: readonly tf.Variable[];
  /**
   * Everything that it depends on besides stays as it is as long as the key does. It assigns variables, and changes
   * nothing else.
   */
  compute: () => tf.NamedTensorMap;
}

type MaybeTracing = tf.KernelBackend & Partial<TracingBackend>;

/** Computations that are done again and again, by name. */
export class Replayer {
  readonly #known = new Map<string, Known>();

  /** Whether the backend in use does two computations at the same time. */
  get runsTwo(): boolean {
    return (tf.backend() as MaybeTracing).tracesTwo === true;
  }

  /**
   * What computations give that do not depend on each other: each is called, or what it did before is done again. A backend that
   * records runs it at once.
   *
   * @param key tells them from what had their name before; undefined where they may be others each time
   * @param atOnce two of them at the same time, which takes memory for both; where the backend cannot, one after the other
   */
  run(
    name: string,
    key: string | undefined,
    computations: readonly Computation[],
    atOnce = false,
  ): tf.NamedTensorMap[] {
    if (atOnce && this.runsTwo) return this.#run(name, key, computations);
    return computations.flatMap((computation, i) => this.#run(`${name} ${i}`, key, [computation]));
  }

  #run(name: string, key: string | undefined, computations: readonly Computation[]): tf.NamedTensorMap[] {
    const backend = tf.backend() as MaybeTracing;
    if (key === undefined || backend.trace === undefined) {
      const outputs = computations.map(({ compute }) => compute());
      void backend.flush?.();
      return outputs;
    }
    const ids = computations.map(({ inputs, variables }) =>
      [...inputs, ...variables].map(({ dataId }) => dataId),
    );
    const known = this.#known.get(name);
    if (known?.backend === backend && known.key === key) {
      const data = known.again(ids);
      if (data !== undefined) {
        return data.map((given, i) => take(backend, known.outputs[i]!, given, computations[i]!.variables));
      }
    }

    const results: tf.NamedTensorMap[] = [];
    const outputs: Outputs[] = [];
    const again = backend.trace(
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
    if (again === undefined) this.#known.delete(name);
    else this.#known.set(name, { key, backend, again, outputs });
    return results;
  }
}

/** Makes tensors of what a replay gave, and assigns to variables what is theirs. */
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

/**
 * The optimizer of one network. Weights may be frozen and unfrozen while training (`layer.trainable`). A frozen weight keeps its
 * value, its slots and its count of steps, as in PyTorch for a parameter without a gradient.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { allVariables, trainableVariables, namedWeights } from '../../layers/networks.js';
import { Optimizer, type OptimizerRule, type SlotData } from './optimizer.js';
import { beginAll, type Transaction, type Transactional } from './transaction.js';

/** Variables with the same count of steps, and their optimizer. */
interface Cohort {
  readonly variables: readonly tf.Variable[];
  readonly optimizer: Optimizer;
}

/** Steps and slots of each weight that has been trained, by the name of the weight, as plain data. */
export type NetworkOptimizerState = Record<string, { steps: number } & { slots: SlotData }>;

export class NetworkOptimizer implements Transactional {
  readonly network: LayersModel;
  readonly #rule: OptimizerRule;
  #trained: readonly tf.Variable[] = [];
  #cohorts: readonly Cohort[] = [];

  constructor(network: LayersModel, rule: OptimizerRule) {
    this.network = network;
    this.#rule = rule;
    this.refresh();
  }

  /** The variables that were trainable at the last {@link NetworkOptimizer.refresh}. */
  get trained(): readonly tf.Variable[] {
    return this.#trained;
  }

  /** Their names. */
  get trainedNames(): string[] {
    const names = this.#names();
    return this.#trained.map(({ id }) => names.get(id)!);
  }

  /** Updates the list of trainable variables. */
  refresh(): void {
    const trained = trainableVariables(this.network);
    const ids = new Set(trained.map(({ id }) => id));
    if (ids.size === this.#trained.length && this.#trained.every(({ id }) => ids.has(id))) return;
    const known = new Set(this.#cohorts.flatMap(({ variables }) => variables.map(({ id }) => id)));
    const cohorts = this.#cohorts.flatMap((cohort) => split(cohort, ids));
    const fresh = trained.filter(({ id }) => !known.has(id));
    if (fresh.length > 0) cohorts.push({ variables: fresh, optimizer: new Optimizer(this.#rule) });
    [this.#trained, this.#cohorts] = [trained, cohorts];
  }

  /** The cohorts of trainable variables. */
  get #active(): Cohort[] {
    const ids = new Set(this.#trained.map(({ id }) => id));
    return this.#cohorts.filter(({ variables }) => ids.has(variables[0]!.id));
  }

  /** All variables that an update reads or assigns: the network's variables, and the slots of trainable ones. */
  get variables(): tf.Variable[] {
    return [
      ...allVariables(this.network),
      ...this.#active.flatMap(({ optimizer, variables }) => optimizer.slots(variables)),
    ];
  }

  /** Returns the scalars of the next update, by cohort, and counts the step. The caller owns the tensors. */
  scalars(learningRate: number): tf.NamedTensorMap[] {
    return this.#active.map(({ optimizer }) => optimizer.scalars(learningRate));
  }

  /**
   * Runs the update. It consists of kernels only, so it can be captured.
   *
   * @param gradients gradients of {@link NetworkOptimizer.trained}
   */
  update(gradients: readonly tf.Tensor[], scalars: readonly tf.NamedTensorMap[]): void {
    const places = new Map(this.#trained.map(({ id }, i) => [id, i]));
    this.#active.forEach(({ optimizer, variables }, i) => {
      const own = variables.map(({ id }) => gradients[places.get(id)!]!);
      optimizer.update(variables, own, scalars[i]!);
    });
  }

  async state(): Promise<NetworkOptimizerState> {
    const names = this.#names();
    const states = this.#cohorts.map(async ({ optimizer, variables }) => {
      const { steps, slots } = await optimizer.state();
      return slots.map((own, i) => [names.get(variables[i]!.id)!, { steps, slots: own }] as const);
    });
    const found = new Map((await Promise.all(states)).flat());
    const order = [...names.values()].filter((name) => found.has(name));
    return Object.fromEntries(order.map((name) => [name, found.get(name)!]));
  }

  /** Resumes from a checked state. */
  restore(state: NetworkOptimizerState): void {
    const names = this.#names();
    const bySteps = new Map<string, tf.Variable[]>();
    const active = new Set(this.#trained.map(({ id }) => id));
    for (const variable of allVariables(this.network)) {
      const own = state[names.get(variable.id)!];
      if (own === undefined && !active.has(variable.id)) continue;
      const key = `${own?.steps ?? 0} ${active.has(variable.id)}`;
      bySteps.set(key, [...(bySteps.get(key) ?? []), variable]);
    }
    const cohorts = [...bySteps.values()].map((variables) => ({
      variables,
      optimizer: new Optimizer(this.#rule),
    }));
    try {
      for (const { variables, optimizer } of cohorts) {
        const own = variables.map(({ id }) => state[names.get(id)!]);
        if (own[0] === undefined) continue;
        optimizer.restore({ steps: own[0].steps, slots: own.map((each) => each!.slots) });
      }
    } catch (error) {
      disposeAll(cohorts);
      throw error;
    }
    disposeAll(this.#cohorts);
    this.#cohorts = cohorts;
  }

  #names(): Map<number, string> {
    const entries = [...namedWeights(this.network)];
    return new Map(entries.map(([name, weight]) => [(weight.read() as unknown as tf.Variable).id, name]));
  }

  begin(): Transaction {
    const cohorts = this.#cohorts;
    const { commit, rollback } = beginAll(cohorts.map(({ optimizer }) => optimizer));
    return {
      commit,
      rollback: () => {
        if (this.#cohorts !== cohorts) disposeAll(this.#cohorts);
        this.#cohorts = cohorts;
        rollback();
      },
    };
  }

  dispose(): void {
    disposeAll(this.#cohorts);
  }
}

function disposeAll(cohorts: readonly Cohort[]): void {
  for (const { optimizer } of cohorts) optimizer.dispose();
}

/** The part of a cohort that is trained and the part that is not. */
function split({ variables, optimizer }: Cohort, trained: ReadonlySet<number>): Cohort[] {
  const places = new Set([...variables.keys()].filter((i) => trained.has(variables[i]!.id)));
  if (places.size === 0 || places.size === variables.length) return [{ variables, optimizer }];
  const shapes = variables.map(({ shape }) => shape);
  const halves = optimizer.split(shapes, places);
  return halves.map((half, i) => ({
    variables: variables.filter((_, k) => places.has(k) === (i === 0)),
    optimizer: half,
  }));
}

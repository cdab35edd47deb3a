/**
 * One training step. Each phase of the algorithm becomes a few computations on tensors and variables, which a backend can
 * capture and replay (`core/capture.ts`).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Capture, type Computation } from '../../core/capture.js';
import type { Draws } from '../../core/draws.js';
import type { RandomSource } from '../../core/random.js';
import type { Dropout } from '../../layers/dropout.js';
import { allVariables, dropoutLayers, isPerSample, isPure } from '../../layers/networks.js';
import type { Algorithm, Phase, Term } from './algorithm.js';
import { gradientPass } from './gradient-pass.js';
import { isLight, memoryFor, type MemoryUse, pixelsOf, planOf } from './plan.js';
import { tensorsOf, type TrainedNetwork, type UpdateScalars } from './trained-network.js';

/** The losses of a step; `values` has shape [names.length]. */
export interface StepLosses {
  readonly names: readonly string[];
  readonly values: tf.Tensor;
}

/** Everything that a step reads and changes. */
export interface StepContext {
  readonly algorithm: Algorithm;
  readonly trained: Readonly<Record<string, TrainedNetwork>>;
  readonly random: RandomSource;
  readonly accumulate: number;
  readonly memory: MemoryUse | undefined;
}

/** How the computations of a step run. */
interface Mode {
  readonly memory: MemoryUse;
  /** Whether calls of one network become one call on a larger batch. */
  readonly joined: boolean;
  /** Whether computations of light networks run at the same time. */
  readonly atOnce: boolean;
  readonly pixels: number;
}

/** The result of a computation. `gradients` has no entry for networks that the computation itself has updated. */
type Result = {
  losses: tf.NamedTensorMap;
  outputs: tf.NamedTensorMap;
  gradients: Record<string, tf.Tensor[]>;
};

export class Step {
  readonly #context: StepContext;
  readonly #capture: Capture;
  readonly #dropout: Dropout[];
  readonly #perSample: boolean;
  readonly #pure: boolean;

  constructor(context: StepContext) {
    const { algorithm, random } = context;
    const networks = Object.values(algorithm.networks);
    this.#context = context;
    this.#capture = new Capture(random);
    this.#dropout = dropoutLayers(networks);
    this.#perSample = networks.every(isPerSample);
    this.#pure = networks.every(isPure);
  }

  /**
   * Computes and applies all gradients. The caller runs it in a `tf.tidy`.
   *
   * @param rates learning rates by group
   */
  run(batch: tf.NamedTensorMap, rates: Readonly<Record<string, number>>): StepLosses {
    const { algorithm, memory: wanted, random } = this.#context;
    const pixels = pixelsOf(batch);
    const memory = wanted ?? memoryFor(pixels);
    const fast = memory === 'fast' && this.#perSample;
    const mode: Mode = { memory, joined: fast, atOnce: fast && this.#capture.concurrency > 1, pixels };
    const given: tf.NamedTensorMap = { ...batch, ...algorithm.draws?.(batch, random) };
    const losses: tf.NamedTensorMap = {};
    for (const phase of algorithm.phases) {
      Object.assign(given, phase.inputs?.(given));
      const results = this.#run(phase, given, rates[phase.group]!, mode);
      for (const result of results) {
        Object.assign(losses, result.losses);
        Object.assign(given, result.outputs);
      }
    }
    return { names: Object.keys(losses), values: tf.stack(Object.values(losses)) };
  }

  #run(phase: Phase, given: tf.NamedTensorMap, rate: number, mode: Mode): Result[] {
    const { algorithm, trained, accumulate } = this.#context;
    const key = this.#key(phase, given, mode);
    const networks = algorithm.groups[phase.group]!.networks.map((name) => algorithm.networks[name]!);
    const sideBySide = mode.atOnce && key !== undefined && isLight(networks, mode.pixels);
    const plan = planOf(phase, { memory: mode.memory, perSample: this.#perSample, sideBySide });
    const owners = ownersOf(plan);
    const computations = plan.map((terms) => {
      const alone = [...trainedBy(terms)].filter((name) => owners.get(name)!.length === 1);
      const fused = accumulate === 1 ? alone : [];
      const scalars = Object.fromEntries(fused.map((name) => [name, trained[name]!.scalars(rate)]));
      return this.#computation(terms, given, scalars, this.#regularizedBy(phase, terms), mode.joined);
    });
    const names = plan.map((terms) => terms.map(({ name }) => name).join(' '));
    const results = this.#capture.run(`${phase.name}: ${names.join(', ')}`, key, computations, sideBySide);
    this.#update(phase, results, rate, key, sideBySide);
    return results;
  }

  /** A computation of the gradients of terms, and of the updates of networks for which there are scalars. */
  #computation(
    terms: readonly Term[],
    given: tf.NamedTensorMap,
    scalars: Readonly<Record<string, UpdateScalars>>,
    regularized: readonly LayersModel[],
    joined: boolean,
  ): Computation<Result> {
    const { algorithm, trained } = this.#context;
    const names = [...new Set(terms.flatMap(({ inputs }) => inputs))];
    const inputs = Object.fromEntries(names.map((name) => [name, given[name]!]));
    const used = [...new Set(terms.flatMap(({ uses }) => uses))];
    const updated = Object.keys(scalars);
    return {
      inputs: [...Object.values(inputs), ...Object.values(scalars).flatMap(tensorsOf)],
      variables: used.flatMap((name) =>
        updated.includes(name) ? trained[name]!.variables : allVariables(algorithm.networks[name]!),
      ),
      compute: (draws) =>
        this.#withDraws(draws, () => {
          const { losses, outputs, gradients } = gradientPass(terms, inputs, {
            networks: algorithm.networks,
            trained: Object.fromEntries(
              [...trainedBy(terms)].map((name) => [name, trained[name]!.optimizer.trained]),
            ),
            regularized,
            joined,
            draws,
          });
          for (const name of updated) {
            trained[name]!.update(gradients[name]!, scalars[name]!);
            tf.dispose(gradients[name]!);
          }
          const rest = Object.entries(gradients).filter(([name]) => !updated.includes(name));
          return { losses, outputs, gradients: Object.fromEntries(rest) };
        }),
    };
  }

  /** The networks whose regularization losses these terms add: each is added once, with the first term that trains it. */
  #regularizedBy(phase: Phase, terms: readonly Term[]): LayersModel[] {
    const { networks } = this.#context.algorithm;
    return [...trainedBy(terms)]
      .filter((name) => terms.includes(phase.terms.find(({ trains }) => trains.includes(name))!))
      .map((name) => networks[name]!);
  }

  /** Updates the networks that have gradients, once enough steps are accumulated. */
  #update(
    phase: Phase,
    results: readonly Result[],
    rate: number,
    key: string | undefined,
    atOnce: boolean,
  ): void {
    const { trained, accumulate } = this.#context;
    const gradients = new Map<string, tf.Tensor[][]>();
    for (const result of results) {
      for (const [name, own] of Object.entries(result.gradients)) {
        gradients.set(name, [...(gradients.get(name) ?? []), own]);
      }
    }
    const updates: Computation[] = [];
    for (const [name, parts] of gradients) {
      const network = trained[name]!;
      const collected = accumulate === 1 ? undefined : network.accumulate(sumOf(parts));
      if (accumulate > 1 && collected === undefined) continue;
      const used = collected === undefined ? parts : [collected];
      const scalars = network.scalars(rate);
      updates.push({
        inputs: [...used.flat(), ...tensorsOf(scalars)],
        variables: network.variables,
        compute: () => {
          const sum = sumOf(used);
          network.update(sum, scalars);
          tf.dispose(sum);
          return {};
        },
      });
    }
    this.#capture.run(`${phase.name}: update`, key, updates, atOnce);
    tf.dispose([...gradients.values()]);
  }

  /** Dropout layers draw their masks from `draws` while `compute` runs. */
  #withDraws<T>(draws: Draws, compute: () => T): T {
    const own = this.#dropout.map((layer) => layer.draws);
    for (const layer of this.#dropout) layer.draws = draws;
    try {
      return compute();
    } finally {
      for (const [i, layer] of this.#dropout.entries()) layer.draws = own[i]!;
    }
  }

  /** Everything else that the computations of a phase depend on; undefined if they cannot be captured. */
  #key({ terms }: Phase, given: tf.NamedTensorMap, { joined }: Mode): string | undefined {
    if (!this.#pure || !terms.every(({ pure }) => pure)) return undefined;
    const shapes = terms.map(({ inputs }) => inputs.map((name) => given[name]!.shape));
    const trained = Object.values(this.#context.trained).map(({ optimizer }) =>
      optimizer.trained.map(({ id }) => id),
    );
    return JSON.stringify([shapes, joined, trained]);
  }
}

const trainedBy = (terms: readonly Term[]): Set<string> => new Set(terms.flatMap(({ trains }) => trains));

/** Indices of the computations that train each network. */
function ownersOf(plan: readonly (readonly Term[])[]): Map<string, number[]> {
  const owners = new Map<string, number[]>();
  for (const [i, terms] of plan.entries()) {
    for (const name of trainedBy(terms)) owners.set(name, [...(owners.get(name) ?? []), i]);
  }
  return owners;
}

/** Adds lists of tensors element by element; returns new tensors. */
const sumOf = ([first, ...others]: readonly (readonly tf.Tensor[])[]): tf.Tensor[] =>
  first!.map((t, i) => others.reduce((sum, list) => tf.add(sum, list[i]!), tf.clone(t)));

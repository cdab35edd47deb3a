/**
 * What an algorithm is to the engine: networks, and what a step minimises. Everything else, capture and replay, accumulation,
 * optimizers, averages, state, `fit` and callbacks, belongs to the engine, which knows no GAN.
 *
 * A step runs the phases in order. A phase computes the gradients of its terms, which add up, and updates the networks that
 * they train.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Draws } from '../../core/draws.js';
import type { RandomSource } from '../../core/random.js';
import type { OptimizerRule } from './optimizer.js';
import type { Transactional } from './transaction.js';

/** What a training step computes. */
export interface Algorithm<Loss extends string = string> {
  /** Goes into states. */
  readonly name: string;
  readonly networks: Readonly<Record<string, LayersModel>>;
  /** Networks that share a learning rate, by the name of the rate. */
  readonly groups: Readonly<Record<string, Group>>;
  /** What else a step changes, image pools for example. */
  readonly stateful: Readonly<Record<string, Stateful>>;
  readonly phases: readonly Phase<Loss>[];
  /** The losses of each step, in the order in which they are shown. Phases may give more, such as penalties. */
  readonly losses: readonly Loss[];
  /** Losses that a step may give besides. */
  readonly optionalLosses?: readonly Loss[];
  /** Random tensors of a step beyond its batch, by name: noise for a generator. The engine disposes of them. */
  readonly draws?: (batch: tf.NamedTensorMap, random: RandomSource) => tf.NamedTensorMap;
  /** A value to be made small, for schedules that look at one. */
  monitor(losses: Readonly<Record<Loss, number>>): number;
}

/** Networks of an algorithm that are updated alike. */
export interface Group {
  /** Names of the networks. */
  readonly networks: readonly string[];
  readonly optimizer: OptimizerRule;
  /** Decay of moving averages of the networks' weights; 0 for none. */
  readonly ema?: number;
  /** Weights are clipped to [−clip, clip] after each update. */
  readonly clip?: number | undefined;
}

/** A part of an algorithm that steps change. Its state is plain data. */
export interface Stateful extends Transactional {
  state(): Promise<unknown>;
  /** Throws `INVALID_STATE` if a state is damaged or does not fit, and changes nothing. */
  check(where: string, state: unknown): void;
  restore(state: unknown): void;
  dispose(): void;
}

/** A part of a step, with one update of each network that its terms train. */
export interface Phase<Loss extends string = string> {
  readonly name: string;
  /** Name of the group whose networks it trains. */
  readonly group: string;
  readonly terms: readonly Term<Loss>[];
  /**
   * More tensors for the terms, from the batch, the draws and the outputs of earlier phases. Runs at every step and is never
   * captured: it may change stateful parts.
   */
  inputs?(given: tf.NamedTensorMap): tf.NamedTensorMap;
}

/** A part of a loss that may be differentiated by itself. */
export interface Term<Loss extends string = string> {
  readonly name: string;
  /** Terms of different branches may be computed at the same time, or one after another to save memory. */
  readonly branch?: string;
  /** Names of the networks that it calls, and of those among them that it trains. */
  readonly uses: readonly string[];
  readonly trains: readonly string[];
  /** Names of the tensors that it reads. */
  readonly inputs: readonly string[];
  /**
   * Calls of networks on inputs, by the name of the result, which `compute` gets besides its inputs. Calls of one network may
   * become one call on a joined batch.
   */
  readonly calls?: Readonly<Record<string, readonly [network: string, input: string]>>;
  /** Whether it depends on its arguments alone, as far as that is known; such terms are captured and replayed. */
  readonly pure: boolean;
  /** @param x inputs and the results of calls */
  compute(x: tf.NamedTensorMap, draws: Draws): TermResult<Loss>;
}

/** What a term gives. */
export interface TermResult<Loss extends string = string> {
  /** Scalars to report. */
  readonly losses: Partial<Record<Loss, tf.Scalar>>;
  /**
   * The scalar to minimise.
   * @default the sum of `losses`
   */
  readonly minimise?: tf.Scalar;
  /** Tensors for later phases. */
  readonly outputs?: tf.NamedTensorMap;
}

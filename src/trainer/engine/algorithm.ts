/**
 * The interface of an algorithm: its networks, and what a step minimises. Everything else belongs to the engine, which
 * knows no GAN: capture and replay, accumulation, optimizers, averages, state, `fit` and callbacks.
 *
 * A step runs the phases in order. A phase computes the gradient of the sum of its terms, and updates the networks that the
 * terms train.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Draws } from '../../core/draws.js';
import type { RandomSource } from '../../core/random.js';
import type { OptimizerRule } from './optimizer.js';
import type { Transactional } from './transaction.js';

/** Networks, phases and state of a training step. */
export interface Algorithm<Loss extends string = string> {
  /** States contain it. */
  readonly name: string;
  readonly networks: Readonly<Record<string, LayersModel>>;
  /** Networks that share a learning rate, by the name of that rate. */
  readonly groups: Readonly<Record<string, Group>>;
  /** Other parts that a step changes, such as image pools. */
  readonly stateful: Readonly<Record<string, Stateful>>;
  readonly phases: readonly Phase<Loss>[];
  /** The losses of each step, in display order. */
  readonly losses: readonly Loss[];
  /** Losses that only some steps have, such as penalties. */
  readonly optionalLosses?: readonly Loss[];
  /** Random tensors of a step by name, such as noise for a generator. The engine disposes them. */
  readonly draws?: (batch: tf.NamedTensorMap, random: RandomSource) => tf.NamedTensorMap;
  /** A metric for schedules such as `plateauSchedule`; lower is better. */
  monitor(losses: Readonly<Record<Loss, number>>): number;
}

/** Networks with the same optimizer settings. */
export interface Group {
  /** Names of the networks. */
  readonly networks: readonly string[];
  readonly optimizer: OptimizerRule;
  /** Decay of moving averages of the networks' weights; 0 for none. */
  readonly ema?: number;
  /** Clips weights to [−clip, clip] after each update. */
  readonly clip?: number | undefined;
}

/** A part of an algorithm that steps change, such as an image pool. Its state is plain data. */
export interface Stateful extends Transactional {
  state(): Promise<unknown>;
  /** Throws `INVALID_STATE` if the state is damaged or does not fit. Changes nothing. */
  check(where: string, state: unknown): void;
  restore(state: unknown): void;
  dispose(): void;
}

/** A part of a step. It updates each network that its terms train once. */
export interface Phase<Loss extends string = string> {
  readonly name: string;
  /** The name of the group whose networks it trains. */
  readonly group: string;
  readonly terms: readonly Term<Loss>[];
  /**
   * Computes more tensors for the terms from the batch, the draws and the outputs of earlier phases. It runs in every step and
   * is never captured, so it may change stateful parts.
   */
  inputs?(given: tf.NamedTensorMap): tf.NamedTensorMap;
}

/** A part of a loss that can be differentiated separately. */
export interface Term<Loss extends string = string> {
  readonly name: string;
  /** Different branches may be computed at the same time, or one after another to save memory. */
  readonly branch?: string;
  /** Names of the networks that it calls. */
  readonly uses: readonly string[];
  /** Names of the networks that it trains. */
  readonly trains: readonly string[];
  /** Names of the tensors that it reads. */
  readonly inputs: readonly string[];
  /**
   * Calls of networks on inputs, by the name of the result. `compute` receives the results in addition to its inputs. Several
   * calls of one network may become one call on a larger batch.
   */
  readonly calls?: Readonly<Record<string, readonly [network: string, input: string]>>;
  /** Whether the result of `compute` is known to depend only on its arguments. Pure terms are captured and replayed. */
  readonly pure: boolean;
  /** @param x the inputs and the results of calls, by name */
  compute(x: tf.NamedTensorMap, draws: Draws): TermResult<Loss>;
}

/** The result of a term. */
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

/** Computes losses, outputs and gradients of several terms together. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Draws } from '../../core/draws.js';
import { valueAndGradients } from '../../core/gradients.js';
import { asFunction } from '../../layers/networks.js';
import type { Term } from './algorithm.js';

/** The result. The caller disposes all tensors. */
export interface GradientPass {
  readonly losses: tf.NamedTensorMap;
  readonly outputs: tf.NamedTensorMap;
  /** Gradients by network, in the order of the variables in {@link PassOptions.trained}. */
  readonly gradients: Readonly<Record<string, tf.Tensor[]>>;
}

export interface PassOptions {
  readonly networks: Readonly<Record<string, LayersModel>>;
  /** The variables to differentiate by, for each network that is trained. */
  readonly trained: Readonly<Record<string, readonly tf.Variable[]>>;
  /** Networks whose regularization losses are added. */
  readonly regularized: readonly LayersModel[];
  /** Whether calls of one network become one call on a larger batch. */
  readonly joined: boolean;
  readonly draws: Draws;
}

/** Computes the terms, and the gradients of the sum that they minimise. */
export function gradientPass(
  terms: readonly Term[],
  inputs: tf.NamedTensorMap,
  { networks, trained, regularized, joined, draws }: PassOptions,
): GradientPass {
  const kept: { losses: tf.NamedTensorMap; outputs: tf.NamedTensorMap } = { losses: {}, outputs: {} };
  const minimised = (): tf.Scalar => {
    const called = joined ? joinedCalls(terms, inputs, networks) : undefined;
    const parts: tf.Scalar[] = [];
    for (const term of terms) {
      const calls = called ?? separateCalls(term, inputs, networks);
      const { losses, minimise, outputs = {} } = term.compute({ ...inputs, ...calls }, draws);
      const reported = Object.values<tf.Scalar | undefined>(losses) as tf.Scalar[];
      keepAll(kept.losses, losses as tf.NamedTensorMap);
      keepAll(kept.outputs, outputs);
      parts.push(...(minimise === undefined ? reported : [minimise]));
    }
    return tf.addN([...parts, ...regularized.flatMap((network) => network.calculateLosses())]);
  };
  const names = Object.keys(trained);
  try {
    const { value, gradients } = valueAndGradients(minimised, Object.values(trained).flat());
    value.dispose();
    let from = 0;
    const own = names.map((name) => [name, gradients.slice(from, (from += trained[name]!.length))] as const);
    return {
      losses: released(kept.losses),
      outputs: released(kept.outputs),
      gradients: Object.fromEntries(own),
    };
  } catch (error) {
    tf.dispose(kept);
    throw error;
  }
}

function keepAll(into: tf.NamedTensorMap, tensors: tf.NamedTensorMap): void {
  for (const [name, t] of Object.entries(tensors)) into[name] = tf.keep(t);
}

/** Hands kept tensors over to the caller's scope. */
function released(kept: tf.NamedTensorMap): tf.NamedTensorMap {
  return Object.fromEntries(
    Object.entries(kept).map(([name, t]) => {
      const copy = tf.clone(t);
      t.dispose();
      return [name, copy];
    }),
  );
}

const callsOf = (terms: readonly Term[]): [name: string, network: string, input: string][] =>
  terms.flatMap(({ calls = {} }) =>
    Object.entries(calls).map(
      ([name, [network, input]]) => [name, network, input] as [string, string, string],
    ),
  );

/** Runs the calls of a term one by one. */
function separateCalls(
  term: Term,
  inputs: tf.NamedTensorMap,
  networks: PassOptions['networks'],
): tf.NamedTensorMap {
  return Object.fromEntries(
    callsOf([term]).map(([name, network, input]) => [name, call(networks[network]!, inputs[input]!)]),
  );
}

/** Runs the calls of all terms. Calls of one network on inputs of the same size become one. */
function joinedCalls(
  terms: readonly Term[],
  inputs: tf.NamedTensorMap,
  networks: PassOptions['networks'],
): tf.NamedTensorMap {
  const groups = new Map<string, [name: string, network: string, input: string][]>();
  for (const each of callsOf(terms)) {
    const [, network, input] = each;
    const key = `${network} ${inputs[input]!.shape.slice(1).join()}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const results = [...groups.values()].flatMap((group) => {
    const network = networks[group[0]![1]]!;
    const images = group.map(([, , input]) => inputs[input]!);
    const outputs = images.length === 1 ? [call(network, images[0]!)] : callJoined(network, images);
    return group.map(([name], i) => [name, outputs[i]!] as const);
  });
  return Object.fromEntries(results);
}

const call = (network: LayersModel, x: tf.Tensor): tf.Tensor => asFunction(network)(x as tf.Tensor4D);

function callJoined(network: LayersModel, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const together = call(network, tf.concat([...inputs]));
  return tf.split(
    together,
    inputs.map(({ shape }) => shape[0]),
  );
}

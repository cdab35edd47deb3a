/** A gradient penalty: its value, the gradient it looks at, and its own gradients, of second order. */
import * as tf from '@tensorflow/tfjs';
import {
  draganPenalty,
  draganPoints,
  inputGradient,
  r1Penalty,
  wganGpPenalty,
  wganGpPoints,
  type Discriminate,
  type RandomSource,
} from 'ts-cyclegan';
import * as v from 'valibot';
import { drawFrom } from '../../../src/core/draws.js';
import { scalar, type Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { images, inLayout, numbers } from '../layout.js';
import { buildNetwork, named, setWeights, variablesOf } from '../networks.js';

const common = { reduction: v.literal('sum of all outputs'), discriminator: v.unknown() };
const norm = { lambda: v.number(), constant: v.number() };
const schema = v.variant('penalty', [
  v.strictObject({ penalty: v.literal('wgan-gp'), ...common, ...norm }),
  v.strictObject({ penalty: v.literal('dragan'), ...common, ...norm }),
  v.strictObject({ penalty: v.literal('r1'), ...common, gamma: v.number() }),
]);

/** Uniform draws that are given. */
export function scripted(values: ArrayLike<number>): RandomSource {
  let next = 0;
  const refuse = (): never => {
    throw new Error('a draw that is not in the script');
  };
  return { uniform: () => values[next++] ?? refuse(), index: refuse };
}

export async function gradientPenalty(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const network = buildNetwork(golden.layout, config.discriminator);
  setWeights(golden, 'D', network);
  const discriminate: Discriminate = (x) => network.apply(x, { training: true }) as tf.Tensor;

  const { points, penalty } = await penaltyOf(golden, config, discriminate);
  const gradient = inputGradient(discriminate, points);
  const variables = variablesOf(network);
  const { value, grads } = tf.variableGrads(penalty, variables);
  const results: Results = new Map();
  results.set('value', scalar((await value.data())[0]!));
  results.set('out/norms', await numbers(tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3]))));
  results.set('out/gradient', await inLayout(golden, gradient));
  const gradients = variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
  for (const [name, value] of await named(golden, 'D', network, gradients)) {
    results.set(`grad/${name}`, value);
  }
  return results;
}

/** Where the penalty of a case looks, and the penalty there. */
async function penaltyOf(
  golden: GoldenCase,
  config: v.InferOutput<typeof schema>,
  discriminate: Discriminate,
): Promise<{ points: tf.Tensor4D; penalty: () => tf.Scalar }> {
  const real = images(golden, 'real');
  if (config.penalty === 'r1') {
    return { points: real, penalty: () => r1Penalty(discriminate, real, config.gamma) };
  }
  const { lambda, constant } = config;
  if (config.penalty === 'dragan') {
    const u = await images(golden, 'u').data();
    return {
      points: draganPoints(real, drawFrom(scripted(u))),
      penalty: () => draganPenalty(discriminate, real, drawFrom(scripted(u)), { lambda, constant }),
    };
  }
  const fake = images(golden, 'fake');
  const alpha = golden.tensors.get('alpha')!.data;
  return {
    points: wganGpPoints(real, fake, drawFrom(scripted(alpha))),
    penalty: () => wganGpPenalty(discriminate, real, fake, drawFrom(scripted(alpha)), { lambda, constant }),
  };
}

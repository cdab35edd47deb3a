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
  type Draws,
} from 'ts-cyclegan';
import * as v from 'valibot';
import { scalar, type Results } from '../compare.js';
import { tensorOf, type GoldenCase } from '../format.js';
import { images, inLayout, numbers } from '../layout.js';
import { buildNetwork, named, setWeights, variablesOf } from '../networks.js';

const common = { reduction: v.literal('sum of all outputs'), discriminator: v.unknown() };
const norm = { lambda: v.number(), constant: v.number() };
const schema = v.variant('penalty', [
  v.strictObject({ penalty: v.literal('wgan-gp'), ...common, ...norm }),
  v.strictObject({ penalty: v.literal('dragan'), ...common, ...norm }),
  v.strictObject({ penalty: v.literal('r1'), ...common, gamma: v.number() }),
]);

/** Gives these values, one tensor after the other. */
export function scripted(values: readonly number[]): Draws {
  let next = 0;
  return {
    uniform(shape) {
      const start = next;
      next += tf.util.sizeFromShape([...shape]);
      if (next > values.length) throw new Error('a draw that is not in the script');
      return tf.tensor(values.slice(start, next), [...shape]);
    },
  };
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
    const u = images(golden, 'u');
    const values = [...(await u.data())];
    return {
      points: draganPoints(real, u),
      penalty: () => draganPenalty(discriminate, real, scripted(values), { lambda, constant }),
    };
  }
  const fake = images(golden, 'fake');
  const alpha = tensorOf(golden, 'alpha').data;
  const shape = [alpha.length, 1, 1, 1];
  return {
    points: wganGpPoints(real, fake, tf.tensor(alpha, shape)),
    penalty: () => wganGpPenalty(discriminate, real, fake, scripted([...alpha]), { lambda, constant }),
  };
}

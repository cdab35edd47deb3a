/** One layer alone, as a network of nothing else. */
import * as tf from '@tensorflow/tfjs';
import { InstanceNormalization, ReflectionPadding2D } from 'ts-cyclegan';
import * as v from 'valibot';
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { images } from '../layout.js';
import { pass, setWeights } from '../networks.js';

const schema = v.variant('layer', [
  v.strictObject({ layer: v.literal('instance-norm'), epsilon: v.number(), affine: v.boolean() }),
  v.strictObject({
    layer: v.literal('reflection-padding'),
    padding: v.strictTuple([v.number(), v.number()]),
  }),
]);

export async function layer(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const inputShape = images(golden, 'input').shape.slice(1);
  const only =
    config.layer === 'instance-norm'
      ? new InstanceNormalization({
          inputShape,
          epsilon: config.epsilon,
          center: config.affine,
          scale: config.affine,
        })
      : new ReflectionPadding2D({ inputShape, padding: config.padding });
  const [name = ''] = Object.keys(golden.weights);
  const model = tf.sequential({ layers: [only] });
  setWeights(golden, name, model);
  return pass(golden, name, model, true);
}

/** The three parts of an adversarial loss on given logits, and their gradients. */
import * as tf from '@tensorflow/tfjs';
import { adversarialLoss } from 'ts-cyclegan';
import * as v from 'valibot';
import { scalar, type Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { images, inLayout } from '../layout.js';

const schema = v.strictObject({ mode: v.picklist(['lsgan', 'vanilla', 'hinge', 'wgan']) });

export async function adversarial(golden: GoldenCase): Promise<Results> {
  const loss = adversarialLoss(v.parse(schema, golden.config).mode);
  const parts = [
    ['generator', 'fake', (x: tf.Tensor) => loss.generator(x)],
    ['discriminator-real', 'real', (x: tf.Tensor) => loss.discriminatorReal(x)],
    ['discriminator-fake', 'fake', (x: tf.Tensor) => loss.discriminatorFake(x)],
  ] as const;
  const results: Results = new Map();
  for (const [name, logits, part] of parts) {
    const { value, grad } = tf.valueAndGrad(part)(images(golden, logits));
    results.set(name, scalar((await value.data())[0]!));
    results.set(`grad/${name}/${logits}`, await inLayout(golden, grad));
  }
  return results;
}

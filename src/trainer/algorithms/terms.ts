/** Terms that several algorithms use. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { AdversarialLoss } from '../../losses/adversarial/loss.js';
import { asFunction } from '../../layers/networks.js';
import type { Term } from '../engine/algorithm.js';

/** What `compute` gives for x, as a constant to the gradient. Its intermediate results are freed at once. */
export function withoutGradient(compute: (x: tf.Tensor4D) => tf.Tensor4D): (x: tf.Tensor4D) => tf.Tensor4D {
  const op = tf.customGrad((x) => ({
    value: compute(x as tf.Tensor4D),
    gradFunc: () => tf.zerosLike(x as tf.Tensor),
  }));
  return (x) => op(x);
}

/** Computes a value without gradient. Intermediate tensors are disposed immediately. */
export function constantOf<T extends tf.Tensor>(compute: () => T): T {
  const op = tf.customGrad((anything) => ({
    value: compute(),
    gradFunc: () => tf.zerosLike(anything as tf.Tensor),
  }));
  return op(tf.scalar(0));
}

/** x, as a constant to the gradient. */
export const constant = (x: tf.Tensor4D): tf.Tensor4D => withoutGradient((t) => tf.clone(t))(x);

/**
 * The loss of a discriminator: half of the adversarial loss, as in PyTorch, plus the penalty if there is one.
 *
 * @param pair names of the inputs with real images and with fakes
 */
export function discriminatorTerm<Name extends string>(
  name: Name,
  [network, discriminator]: readonly [name: string, network: LayersModel],
  [real, fake]: readonly [real: string, fake: string],
  adversarial: AdversarialLoss,
): Term<Name | `gp_${Name}`> {
  const D = asFunction(discriminator);
  return {
    name,
    branch: name,
    uses: [network],
    trains: [network],
    inputs: [real, fake],
    calls: { [`${name} real`]: [network, real], [`${name} fake`]: [network, fake] },
    pure: adversarial.pure === true,
    compute(x, draws) {
      const half = tf.mul<tf.Scalar>(adversarial.discriminator(x[`${name} real`]!, x[`${name} fake`]!), 0.5);
      if (adversarial.penalty === undefined) return { losses: { [name]: half } as never };
      const penalty = adversarial.penalty(D, x[real] as tf.Tensor4D, x[fake] as tf.Tensor4D, draws);
      const sum = tf.add<tf.Scalar>(half, penalty);
      return { losses: { [name]: sum, [`gp_${name}`]: penalty } as never, minimise: sum };
    },
  };
}

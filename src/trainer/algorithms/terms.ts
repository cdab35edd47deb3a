/** Terms that algorithms share. */
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

/** x, as a constant to the gradient. */
export const constant = (x: tf.Tensor4D): tf.Tensor4D => withoutGradient((t) => tf.clone(t))(x);

/**
 * A discriminator on real images and fakes: ½·(real + fake), as in PyTorch in every mode, and the whole penalty.
 *
 * @param inputs names of real images and of fakes
 */
export function discriminatorTerm<Name extends string>(
  name: Name,
  [network, discriminator]: readonly [name: string, network: LayersModel],
  [real, fake]: readonly [string, string],
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

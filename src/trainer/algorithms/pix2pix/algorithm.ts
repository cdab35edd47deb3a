/**
 * The losses of pix2pix (Isola et al. 2017), in the order of the PyTorch program. First, the discriminator is updated on two pairs:
 * an input with its target, and the same input with its fake. Then the generator is updated, on the same fake, by the loss of the
 * updated discriminator and the distance from the target.
 */
import * as tf from '@tensorflow/tfjs-core';
import { asFunction } from '../../../layers/networks.js';
import type { SeparableLoss } from '../../../losses/adversarial/loss.js';
import { l1Loss } from '../../../losses/reconstruction.js';
import type { Pix2PixNetworks } from '../../../models/pix2pix-options.js';
import type { Algorithm, Group, Phase } from '../../engine/algorithm.js';
import { repeatedForward } from '../repeated-forward.js';
import { lossNames, type Pix2PixLoss, penaltyNames } from './losses.js';

/** The adversarial loss, and the weight of the other loss. */
export interface Pix2PixLossWeights {
  readonly adversarial: SeparableLoss;
  /** Weight of the distance from the target. */
  readonly lambdaL1: number;
}

/** The input of the discriminator: both images, joined along the channels. */
const pair = (input: tf.Tensor, image: tf.Tensor): tf.Tensor4D => tf.concat([input, image], 3) as tf.Tensor4D;

/** Updates of the discriminator and of the generator, in this order. */
function phases(
  { generator, discriminator }: Pix2PixNetworks,
  { adversarial, lambdaL1 }: Pix2PixLossWeights,
) {
  const G = repeatedForward(generator, 'input');
  const D = asFunction(discriminator);
  const shared = {
    uses: ['generator', 'discriminator'],
    inputs: [...G.inputs, 'target'],
    pure: adversarial.pure === true,
  };

  /** Separates pairs with a target from pairs with a fake. The fake comes first: running statistics depend on the order. */
  const discriminate: Phase<Pix2PixLoss> = {
    name: 'discriminator',
    group: 'discriminator',
    terms: [
      {
        ...shared,
        name: 'D',
        trains: ['discriminator'],
        compute(x, draws) {
          const fake = pair(x.input!, G.asConstant(x));
          const real = pair(x.input!, x.target!);
          const D_fake = adversarial.discriminatorFake(D(fake));
          const D_real = adversarial.discriminatorReal(D(real));
          const half = tf.mul<tf.Scalar>(tf.add(D_fake, D_real), 0.5);
          const gp_D = adversarial.penalty?.(D, real, fake, draws);
          if (gp_D === undefined) return { losses: { D_real, D_fake }, minimise: half };
          return { losses: { D_real, D_fake, gp_D }, minimise: tf.add<tf.Scalar>(half, gp_D) };
        },
      },
    ],
  };

  /** The discriminator should judge the fake as a target, and the fake should be close to it. */
  const generate: Phase<Pix2PixLoss> = {
    name: 'generator',
    group: 'generator',
    terms: [
      {
        ...shared,
        name: 'G',
        trains: ['generator'],
        compute(x) {
          const fake = G.pass(x);
          const G_GAN = adversarial.generator(D(pair(x.input!, fake)));
          const G_L1 = tf.mul<tf.Scalar>(l1Loss(fake, x.target!), lambdaL1);
          return { losses: { G_GAN, G_L1 } };
        },
      },
    ],
  };
  return { draws: G.draws, phases: [discriminate, generate] };
}

/** pix2pix as an algorithm of the engine. */
export function pix2pix(
  { generator, discriminator }: Pix2PixNetworks,
  loss: Pix2PixLossWeights,
  { optimizer, ema }: Pick<Group, 'optimizer' | 'ema'>,
): Algorithm<Pix2PixLoss> {
  const networks = { generator, discriminator };
  return {
    name: 'pix2pix',
    networks,
    groups: {
      generator: { networks: ['generator'], optimizer, ...(ema !== undefined && { ema }) },
      discriminator: { networks: ['discriminator'], optimizer, clip: loss.adversarial.clip },
    },
    stateful: {},
    ...phases(networks, loss),
    losses: lossNames,
    optionalLosses: penaltyNames,
    monitor: ({ G_GAN, G_L1 }) => G_GAN + G_L1,
  };
}

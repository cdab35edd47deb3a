/**
 * The losses of CycleGAN (Zhu et al. 2017) in both conventions.
 *
 * PyTorch, as the paper, has one joint loss for both generators: the cycle A → B → A trains G and F. In Keras it trains F
 * only, because the gradient stops at G(a). (Keras has four optimizers and PyTorch two. Both compute the same, because Adam
 * updates each weight independently.)
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AugmentPolicy } from '../../../augment/augment.js';
import type { AdversarialLoss } from '../../../losses/adversarial/loss.js';
import { cycleConsistency, identityLoss } from '../../../losses/reconstruction.js';
import type { CycleGANNetworks } from '../../../models/cyclegan-options.js';
import type { Algorithm, Group } from '../../engine/algorithm.js';
import { augmentationOf } from '../augmentation.js';
import { constant } from '../terms.js';
import { type CycleGANLoss, lossNames, penaltyNames } from './losses.js';
import { type CycleLosses, discriminatorPhase, generatorPhase, type Pools } from './phases.js';

/** The adversarial loss, and the weights of the other losses. */
export interface CycleGANLossWeights {
  readonly adversarial: AdversarialLoss;
  /** Weights of the cycles A → B → A and B → A → B. */
  readonly lambdaA: number;
  readonly lambdaB: number;
  /** Weight of the identity losses, relative to `lambdaB` and `lambdaA`. */
  readonly lambdaIdentity: number;
  /** Whether a cycle trains both generators (PyTorch), or only the one that closes it (Keras). */
  readonly wholeCycle: boolean;
}

/** What discriminators see in a step, and which images are as many. `_A` is the direction A → B, whose discriminator sees B's images. */
const seen = {
  'G_A fake': 'a',
  'G_B fake': 'b',
  'D_A real': 'b',
  'D_A fake': 'a',
  'D_B real': 'a',
  'D_B fake': 'b',
};
/** Only relativistic losses of generators see real images. */
const seenByRelativistic = { ...seen, 'G_A real': 'b', 'G_B real': 'a' };

/**
 * @param pools the image pools of A's and B's fakes
 * @param training the optimizer, the decay of averages, and the changes of images that discriminators see
 */
export function cyclegan(
  { generatorG, generatorF, discriminatorX, discriminatorY }: CycleGANNetworks,
  { adversarial, lambdaA, lambdaB, lambdaIdentity, wholeCycle }: CycleGANLossWeights,
  pools: Pools,
  { optimizer, ema, augment }: Pick<Group, 'optimizer' | 'ema'> & { augment: readonly AugmentPolicy[] },
): Algorithm<CycleGANLoss> {
  const networks = { generatorG, generatorF, discriminatorX, discriminatorY };
  const lambda = { A: lambdaA, B: lambdaB };
  const augmentation = augmentationOf(augment, adversarial.relativistic ? seenByRelativistic : seen);

  const losses: CycleLosses = {
    adversarial,

    /** A → B → A: Y should judge the fake b = G(a) as real, and F(b) should equal a. */
    cycle: ({ real, fake, realOfTarget }, { judge, translateBack }, direction) => ({
      adversarial: adversarial.generator(
        judge(fake, 'fake'),
        adversarial.relativistic ? judge(realOfTarget, 'real') : undefined,
      ),
      cycle: tf.mul(
        cycleConsistency(translateBack(wholeCycle ? fake : constant(fake)), real),
        lambda[direction],
      ),
    }),

    /** G(b) should equal b. Not computed if its weight is 0. */
    identity:
      lambdaIdentity > 0
        ? (same, real, direction) =>
            tf.mul(identityLoss(same, real), lambda[direction === 'A' ? 'B' : 'A'] * lambdaIdentity)
        : undefined,
  };

  return {
    name: 'cyclegan',
    networks,
    groups: {
      generator: { networks: ['generatorG', 'generatorF'], optimizer, ...(ema !== undefined && { ema }) },
      discriminator: {
        networks: ['discriminatorY', 'discriminatorX'],
        optimizer,
        clip: adversarial.clip,
      },
    },
    stateful: {
      poolA: pools.A.ofChannels(generatorG.inputs[0]!.shape[3]!),
      poolB: pools.B.ofChannels(generatorF.inputs[0]!.shape[3]!),
    },
    // ½·(real + fake) + penalty is what a discriminator minimises (`terms.ts`)
    phases: [
      generatorPhase(networks, losses, augmentation),
      discriminatorPhase(networks, adversarial, pools, augmentation),
    ],
    draws: augmentation.draws,
    losses: lossNames,
    optionalLosses: penaltyNames,
    monitor: ({ G_A, G_B, cycle_A, cycle_B, idt_A, idt_B }) => G_A + G_B + cycle_A + cycle_B + idt_A + idt_B,
  };
}

/**
 * What CycleGAN minimises (Zhu et al. 2017), in both conventions.
 *
 * PyTorch, as the paper, has one joint loss for both generators: the cycle A → B → A trains G and F. In Keras it trains F
 * only, because the gradient stops at G(a). (Keras has four optimizers and PyTorch two. Both compute the same, because Adam
 * updates each weight independently.)
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AdversarialLoss } from '../../../losses/adversarial/loss.js';
import { cycleConsistency, identityLoss } from '../../../losses/reconstruction.js';
import type { CycleGANNetworks } from '../../../models/cyclegan-options.js';
import { asFunction } from '../../../layers/networks.js';
import type { Algorithm, Group, Phase, Term } from '../../engine/algorithm.js';
import type { ImagePool } from '../image-pool.js';
import { constant, discriminatorTerm } from '../terms.js';
import { type CycleGANLoss, lossNames, penaltyNames } from './losses.js';

/** The adversarial loss, and the weights of the other losses. */
export interface CycleGANLossWeights {
  readonly adversarial: AdversarialLoss;
  /** Weights of the cycles A → B → A and B → A → B. */
  readonly lambdaA: number;
  readonly lambdaB: number;
  /** Weight of the identity losses, relative to λ_B and λ_A. */
  readonly lambdaIdentity: number;
  /** Whether a cycle trains both generators (PyTorch), or only the one that closes it (Keras). */
  readonly wholeCycle: boolean;
}

type Direction = 'A' | 'B';

/** Generators fool the discriminator, return to the input image, and keep images of their target domain unchanged. */
function generators(networks: CycleGANNetworks, loss: CycleGANLossWeights): Phase<CycleGANLoss> {
  const { adversarial, lambdaIdentity, wholeCycle } = loss;
  const lambda = { A: loss.lambdaA, B: loss.lambdaB };
  const pure = adversarial.pure === true;

  /** A → B → A: Y judges the fake b = G(a), and F(b) should equal a. */
  const cycle = (of: Direction): Term<CycleGANLoss> => {
    const [forward, backward, discriminator] = roles[of];
    const [real, fake] = of === 'A' ? ['a', 'fakeB'] : ['b', 'fakeA'];
    const [D, translateBack] = [asFunction(networks[discriminator]), asFunction(networks[backward])];
    return {
      name: `cycle_${of}`,
      branch: of,
      uses: [forward, backward, discriminator],
      trains: ['generatorG', 'generatorF'],
      inputs: ['a', 'b'],
      calls: { [fake]: [forward, real] },
      pure,
      compute(x) {
        const image = x[fake] as tf.Tensor4D;
        const other = x[of === 'A' ? 'b' : 'a'] as tf.Tensor4D;
        const judged = adversarial.relativistic ? D(other) : undefined;
        const cycled = translateBack(wholeCycle ? image : constant(image));
        return {
          losses: {
            [`G_${of}`]: adversarial.generator(D(image), judged),
            [`cycle_${of}`]: tf.mul(cycleConsistency(cycled, x[real]!), lambda[of]),
          },
          outputs: { [fake]: image },
        };
      },
    };
  };

  /** G(b) should equal b. */
  const identity = (of: Direction): Term<CycleGANLoss> => {
    const [forward] = roles[of];
    const [real, same] = of === 'A' ? ['b', 'sameB'] : ['a', 'sameA'];
    const weight = lambda[of === 'A' ? 'B' : 'A'] * lambdaIdentity;
    return {
      name: `idt_${of}`,
      branch: of,
      uses: [forward],
      trains: [forward],
      inputs: [real],
      calls: { [same]: [forward, real] },
      pure,
      compute: (x) => ({ losses: { [`idt_${of}`]: tf.mul(identityLoss(x[same]!, x[real]!), weight) } }),
    };
  };

  // PyTorch's order: running statistics of batch norm depend on it
  const identities = lambdaIdentity > 0 ? [identity('A'), identity('B')] : [];
  return { name: 'generators', group: 'generator', terms: [cycle('A'), cycle('B'), ...identities] };
}

/** The forward and the backward generator, and the discriminator of the fakes. */
const roles = {
  A: ['generatorG', 'generatorF', 'discriminatorY'],
  B: ['generatorF', 'generatorG', 'discriminatorX'],
} as const;

/** Discriminators tell real images from fakes, some of which come from earlier steps. D_A judges images of B. */
function discriminators(
  networks: CycleGANNetworks,
  adversarial: AdversarialLoss,
  pools: Readonly<Record<Direction, ImagePool>>,
): Phase<CycleGANLoss> {
  // these losses compare a real image with a fake
  const sameSize = adversarial.penalty !== undefined || adversarial.relativistic === true;
  return {
    name: 'discriminators',
    group: 'discriminator',
    inputs: ({ fakeA, fakeB }) => ({
      pooledB: pools.B.query(fakeB as tf.Tensor4D, sameSize),
      pooledA: pools.A.query(fakeA as tf.Tensor4D, sameSize),
    }),
    terms: [
      discriminatorTerm('D_A', ['discriminatorY', networks.discriminatorY], ['b', 'pooledB'], adversarial),
      discriminatorTerm('D_B', ['discriminatorX', networks.discriminatorX], ['a', 'pooledA'], adversarial),
    ],
  };
}

/**
 * The algorithm.
 *
 * @param pools pools of fakes of A and of B
 */
export function cyclegan(
  { generatorG, generatorF, discriminatorX, discriminatorY }: CycleGANNetworks,
  loss: CycleGANLossWeights,
  pools: Readonly<Record<Direction, ImagePool>>,
  { optimizer, ema }: Pick<Group, 'optimizer' | 'ema'>,
): Algorithm<CycleGANLoss> {
  const networks = { generatorG, generatorF, discriminatorX, discriminatorY };
  const { clip } = loss.adversarial;
  return {
    name: 'cyclegan',
    networks,
    groups: {
      generator: { networks: ['generatorG', 'generatorF'], optimizer, ...(ema !== undefined && { ema }) },
      discriminator: { networks: ['discriminatorY', 'discriminatorX'], optimizer, clip },
    },
    stateful: {
      poolA: pools.A.ofChannels(generatorG.inputs[0]!.shape[3]!),
      poolB: pools.B.ofChannels(generatorF.inputs[0]!.shape[3]!),
    },
    phases: [generators(networks, loss), discriminators(networks, loss.adversarial, pools)],
    losses: lossNames,
    optionalLosses: penaltyNames,
    monitor: ({ G_A, G_B, cycle_A, cycle_B, idt_A, idt_B }) => G_A + G_B + cycle_A + cycle_B + idt_A + idt_B,
  };
}

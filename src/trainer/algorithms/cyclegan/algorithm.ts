/**
 * What CycleGAN minimises (Zhu et al. 2017), as in PyTorch and as in Keras, which differ in one point.
 *
 * PyTorch (and the paper): one joint loss for both generators, through both of them: the cycle A → B → A trains
 * G and F. Keras: F alone is trained by it, as the image on the way, G(a), counts as given.
 * (Keras' four optimizers and PyTorch's two compute the same, as Adam treats every weight by itself.)
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

/** What the losses are made of. */
export interface CycleGANLossWeights {
  readonly adversarial: AdversarialLoss;
  /** Weights of the cycles A → B → A and B → A → B. */
  readonly lambdaA: number;
  readonly lambdaB: number;
  /** Weight of the identity losses, relative to λ_B and λ_A. */
  readonly lambdaIdentity: number;
  /** Whether a cycle trains both generators (PyTorch) or the one that closes it (Keras). */
  readonly wholeCycle: boolean;
}

type Direction = 'A' | 'B';

/** Fool the judge of the other domain, come back to the same image, and leave the other domain's images alone. */
function generators(networks: CycleGANNetworks, loss: CycleGANLossWeights): Phase<CycleGANLoss> {
  const { adversarial, lambdaIdentity, wholeCycle } = loss;
  const lambda = { A: loss.lambdaA, B: loss.lambdaB };
  const pure = adversarial.pure === true;

  /** A → B → A: real a, fake b = G(a), judged by Y, and F(b), which should be a again. */
  const cycle = (of: Direction): Term<CycleGANLoss> => {
    const [forward, backward, judge] = roles[of];
    const [real, fake] = of === 'A' ? ['a', 'fakeB'] : ['b', 'fakeA'];
    const [D, back] = [asFunction(networks[judge]), asFunction(networks[backward])];
    return {
      name: `cycle_${of}`,
      branch: of,
      uses: [forward, backward, judge],
      trains: ['generatorG', 'generatorF'],
      inputs: ['a', 'b'],
      calls: { [fake]: [forward, real] },
      pure,
      compute(x) {
        const image = x[fake] as tf.Tensor4D;
        const other = x[of === 'A' ? 'b' : 'a'] as tf.Tensor4D;
        const judged = adversarial.relativistic ? D(other) : undefined;
        const again = back(wholeCycle ? image : constant(image));
        return {
          losses: {
            [`G_${of}`]: adversarial.generator(D(image), judged),
            [`cycle_${of}`]: tf.mul(cycleConsistency(again, x[real]!), lambda[of]),
          },
          outputs: { [fake]: image },
        };
      },
    };
  };

  /** G should leave b as it is. */
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

  // in PyTorch's order, on which the running statistics of batch norm depend
  const identities = lambdaIdentity > 0 ? [identity('A'), identity('B')] : [];
  return { name: 'generators', group: 'generator', terms: [cycle('A'), cycle('B'), ...identities] };
}

/** Generator there and back, and the judge of the fakes. */
const roles = {
  A: ['generatorG', 'generatorF', 'discriminatorY'],
  B: ['generatorF', 'generatorG', 'discriminatorX'],
} as const;

/** Tell real images from fakes, some of them of earlier generators. D_A, which judges B's images, comes first. */
function discriminators(
  networks: CycleGANNetworks,
  adversarial: AdversarialLoss,
  pools: Readonly<Record<Direction, ImagePool>>,
): Phase<CycleGANLoss> {
  // these compare real and fake with each other
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

/** @param pools of A's and B's fakes */
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

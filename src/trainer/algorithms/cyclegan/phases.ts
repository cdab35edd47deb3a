/** The two updates of a CycleGAN's step as phases of the engine: the generators first, then the discriminators. */
import type * as tf from '@tensorflow/tfjs-core';
import { asFunction } from '../../../layers/networks.js';
import type { AdversarialLoss } from '../../../losses/adversarial/loss.js';
import type { CycleGANNetworks } from '../../../models/cyclegan-options.js';
import type { Phase, Term } from '../../engine/algorithm.js';
import type { Augmentation } from '../augmentation.js';
import type { ImagePool } from '../image-pool.js';
import { discriminatorTerm } from '../terms.js';
import type { CycleGANLoss } from './losses.js';

/** The domain whose images a cycle starts from. `A` is A → B → A. */
type Direction = 'A' | 'B';

/** Fakes of each domain. */
export type Pools = Readonly<Record<Direction, ImagePool>>;

/** The losses of the generators. */
export interface CycleLosses {
  readonly adversarial: AdversarialLoss;
  readonly cycle: (
    images: { real: tf.Tensor4D; fake: tf.Tensor4D; realOfTarget: tf.Tensor4D },
    networks: {
      judge: (x: tf.Tensor4D, kind: 'real' | 'fake') => tf.Tensor;
      translateBack: (x: tf.Tensor4D) => tf.Tensor4D;
    },
    direction: Direction,
  ) => { adversarial: tf.Scalar; cycle: tf.Scalar };
  readonly identity: ((same: tf.Tensor4D, real: tf.Tensor4D, direction: Direction) => tf.Scalar) | undefined;
}

/** The generator of a direction, that of the other direction, and the discriminator of the fakes. */
const roles = {
  A: ['generatorG', 'generatorF', 'discriminatorY'],
  B: ['generatorF', 'generatorG', 'discriminatorX'],
} as const;

export function generatorPhase(
  networks: CycleGANNetworks,
  losses: CycleLosses,
  augmentation: Augmentation,
): Phase<CycleGANLoss> {
  const pure = losses.adversarial.pure === true;

  const cycle = (direction: Direction): Term<CycleGANLoss> => {
    const [forward, backward, discriminator] = roles[direction];
    const [real, fake, target] = direction === 'A' ? ['a', 'fakeB', 'b'] : ['b', 'fakeA', 'a'];
    const D = asFunction(networks[discriminator]);
    const name = `G_${direction}`;
    const translateBack = asFunction(networks[backward]);
    return {
      name: `cycle_${direction}`,
      branch: direction,
      uses: [forward, backward, discriminator],
      trains: ['generatorG', 'generatorF'],
      inputs: ['a', 'b', ...augmentation.inputs(`${name} fake`, `${name} real`)],
      calls: { [fake]: [forward, real] },
      pure,
      compute(given) {
        const x = given as Record<string, tf.Tensor4D>;
        const images = { real: x[real]!, fake: x[fake]!, realOfTarget: x[target]! };
        const judge = (image: tf.Tensor4D, kind: 'real' | 'fake') =>
          D(augmentation.apply(image, `${name} ${kind}`, x));
        const { adversarial, cycle } = losses.cycle(images, { judge, translateBack }, direction);
        return {
          losses: { [name]: adversarial, [`cycle_${direction}`]: cycle },
          outputs: { [fake]: images.fake },
        };
      },
    };
  };

  const identity = (direction: Direction): Term<CycleGANLoss> => {
    const [forward] = roles[direction];
    const [real, same] = direction === 'A' ? ['b', 'sameB'] : ['a', 'sameA'];
    return {
      name: `idt_${direction}`,
      branch: direction,
      uses: [forward],
      trains: [forward],
      inputs: [real],
      calls: { [same]: [forward, real] },
      pure,
      compute(given) {
        const x = given as Record<string, tf.Tensor4D>;
        return { losses: { [`idt_${direction}`]: losses.identity!(x[same]!, x[real]!, direction) } };
      },
    };
  };

  // PyTorch's order, on which the running statistics of batch norm depend
  const identities = losses.identity === undefined ? [] : [identity('A'), identity('B')];
  return { name: 'generators', group: 'generator', terms: [cycle('A'), cycle('B'), ...identities] };
}

/**
 * The discriminators get real images, and fakes of which pools replace some by earlier ones, both augmented. Pools keep fakes as
 * they are. D_A, which judges B's images, is first.
 */
export function discriminatorPhase(
  { discriminatorX, discriminatorY }: CycleGANNetworks,
  adversarial: AdversarialLoss,
  pools: Pools,
  augmentation: Augmentation,
): Phase<CycleGANLoss> {
  // penalties and relativistic losses compare real images and fakes with each other
  const sameSize = adversarial.penalty !== undefined || adversarial.relativistic === true;
  return {
    name: 'discriminators',
    group: 'discriminator',
    inputs(given) {
      const { a, b, fakeA, fakeB } = given as Record<string, tf.Tensor4D>;
      const [pooledB, pooledA] = [pools.B.query(fakeB!, sameSize), pools.A.query(fakeA!, sameSize)];
      return {
        realB: augmentation.apply(b!, 'D_A real', given),
        pooledB: augmentation.apply(pooledB, 'D_A fake', given),
        realA: augmentation.apply(a!, 'D_B real', given),
        pooledA: augmentation.apply(pooledA, 'D_B fake', given),
      };
    },
    terms: [
      discriminatorTerm('D_A', ['discriminatorY', discriminatorY], ['realB', 'pooledB'], adversarial),
      discriminatorTerm('D_B', ['discriminatorX', discriminatorX], ['realA', 'pooledA'], adversarial),
    ],
  };
}

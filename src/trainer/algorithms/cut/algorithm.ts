/**
 * The losses of CUT (Park et al. 2020), in the order of the PyTorch program. First, the discriminator is updated on an image of B
 * and on a fake. Then the generator and the head are updated: the updated discriminator should judge the fake as real, and patches
 * of the fake should resemble the same patches of the input. The generator's own layers give the features of patches. With
 * `identity`, the same applies to patches of B's images and of what the generator makes of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { asFunction } from '../../../layers/networks.js';
import type { RandomSource } from '../../../core/random.js';
import type { SeparableLoss } from '../../../losses/adversarial/loss.js';
import type { CUT } from '../../../models/cut.js';
import type { Algorithm, Group, Phase, Term } from '../../engine/algorithm.js';
import { repeatedForward } from '../repeated-forward.js';
import { constantOf } from '../terms.js';
import { drawPlaces, mirrored, placesName, placesOf, type Side } from './draws.js';
import { featuresOfModel, meanNCE } from './features.js';
import { type CUTLoss, lossNames, optionalNames } from './losses.js';

/** The adversarial loss, and the weights of the losses. */
export interface CUTLossWeights {
  readonly adversarial: SeparableLoss;
  /** Weight of the adversarial loss of the generator. */
  readonly lambdaGan: number;
  /** Weight of the comparison of patches. */
  readonly lambdaNce: number;
}

/** How patches are compared. */
export interface PatchSettings {
  /** Patches of an image that are compared, in each layer. */
  readonly patches: number;
  readonly nceTemperature: number;
  /** Whether patches of B's images are compared too. */
  readonly identity: boolean;
  /** Whether the generator gets half of the images flipped. */
  readonly flipEquivariance: boolean;
}

/** CUT as an algorithm of the engine. */
export function cut(
  model: CUT,
  { adversarial, lambdaGan, lambdaNce }: CUTLossWeights,
  { patches, nceTemperature, identity, flipEquivariance }: PatchSettings,
  { optimizer, ema }: Pick<Group, 'optimizer' | 'ema'>,
): Algorithm<CUTLoss> {
  const { generator, discriminator, head } = model;
  const sides: readonly Side[] = identity ? ['a', 'b'] : ['a'];
  const features = featuresOfModel(model);
  const layers = model.nceLayers.map((_, i) => i);
  /** What the generator gets of each side. */
  const shown = (side: Side): string => (flipEquivariance ? `shown ${side}` : side);
  const G = repeatedForward(generator, shown('a'));
  const D = asFunction(discriminator);
  const keyPlaces = (side: Side) => layers.map((i) => placesName(side, i));
  const queryPlaces = (side: Side) =>
    keyPlaces(side).map((name) => (flipEquivariance ? `${name} of the query` : name));
  const half = identity ? 0.5 : 1;

  /** Compares the patches of an image with those of its translation. */
  function compared(x: tf.NamedTensorMap, side: Side, translation: ReturnType<typeof features.translate>) {
    const places = (names: string[]) => names.map((name) => x[name] as tf.Tensor1D);
    const queries = features.embed(features.encode(translation.image), places(queryPlaces(side)));
    // the features of a flipped image are not those of the image
    const keys = constantOf(() => {
      const own = flipEquivariance ? features.encode(x[side] as tf.Tensor4D) : translation.features;
      return tf.concat(features.embed(own, places(keyPlaces(side))), 1);
    });
    const counts = queries.map(({ shape }) => shape[1]);
    const nce = meanNCE(queries, tf.split(keys, counts, 1), nceTemperature);
    return tf.mul<tf.Scalar>(nce, lambdaNce);
  }

  const inputsOf = (side: Side) => [
    ...new Set([side, shown(side), ...keyPlaces(side), ...queryPlaces(side)]),
  ];
  const pure = adversarial.pure === true;
  const generate = { uses: ['generator', 'discriminator', 'head'], trains: ['generator', 'head'], pure };

  const ofA: Term<CUTLoss> = {
    ...generate,
    name: 'G',
    branch: 'A',
    inputs: [...new Set([...G.inputs, ...inputsOf('a')])],
    compute(x) {
      const translation = G.pass(x, (image) => features.translate(image));
      const G_GAN = tf.mul<tf.Scalar>(adversarial.generator(D(translation.image)), lambdaGan);
      const NCE = compared(x, 'a', translation);
      return { losses: { G_GAN, NCE }, minimise: tf.add(G_GAN, tf.mul(NCE, half)) };
    },
  };
  const ofB: Term<CUTLoss> = {
    ...generate,
    name: 'NCE_Y',
    branch: 'B',
    inputs: inputsOf('b'),
    compute(x) {
      const translation = features.translate(x[shown('b')] as tf.Tensor4D);
      const NCE_Y = compared(x, 'b', translation);
      return { losses: { NCE_Y }, minimise: tf.mul(NCE_Y, half) };
    },
  };

  /** PyTorch's order, on which running statistics depend: fakes first. */
  const discriminate: Phase<CUTLoss> = {
    name: 'discriminator',
    group: 'discriminator',
    terms: [
      {
        name: 'D',
        uses: ['generator', 'discriminator'],
        trains: ['discriminator'],
        inputs: [...G.inputs, 'b'],
        pure,
        compute(x, draws) {
          const [fake, real] = [G.asConstant(x), x.b as tf.Tensor4D];
          const D_fake = adversarial.discriminatorFake(D(fake));
          const D_real = adversarial.discriminatorReal(D(real));
          const mean = tf.mul<tf.Scalar>(tf.add(D_fake, D_real), 0.5);
          const gp_D = adversarial.penalty?.(D, real, fake, draws);
          if (gp_D === undefined) return { losses: { D_real, D_fake }, minimise: mean };
          return { losses: { D_real, D_fake, gp_D }, minimise: tf.add<tf.Scalar>(mean, gp_D) };
        },
      },
    ],
  };

  /** The images for the generator, and the places that are compared. Places of the batch are those that the caller gave. */
  function draws(batch: tf.NamedTensorMap, random: RandomSource): tf.NamedTensorMap {
    const drawn: tf.NamedTensorMap = {};
    const flipped = flipEquivariance && random.uniform() < 0.5;
    for (const side of sides) {
      const image = batch[side] as tf.Tensor4D;
      if (flipEquivariance) drawn[shown(side)] = flipped ? tf.reverse(image, 2) : tf.clone(image);
      const sizes = features.sizes(image.shape[1], image.shape[2]);
      for (const [name, draw] of Object.entries(placesOf(side, sizes, patches))) {
        const places = batch[name] ?? drawPlaces(draw, random);
        if (batch[name] === undefined) drawn[name] = places;
        if (flipEquivariance)
          drawn[`${name} of the query`] = flipped ? mirrored(places, draw) : tf.clone(places);
      }
    }
    return { ...drawn, ...G.draws({ ...batch, ...drawn }, random) };
  }

  return {
    name: 'cut',
    networks: { generator, discriminator, head },
    groups: {
      generator: { networks: ['generator', 'head'], optimizer, ...(ema !== undefined && { ema }) },
      discriminator: { networks: ['discriminator'], optimizer, clip: adversarial.clip },
    },
    stateful: {},
    draws,
    phases: [
      discriminate,
      { name: 'generator', group: 'generator', terms: sides.map((side) => (side === 'a' ? ofA : ofB)) },
    ],
    losses: lossNames,
    optionalLosses: optionalNames,
    monitor: ({ G_GAN, NCE, NCE_Y }) => G_GAN + (identity ? (NCE + NCE_Y) / 2 : NCE),
  };
}

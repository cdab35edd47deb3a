/**
 * The training step of a GAN, for any loss of the table (docs/losses.md). A step has n updates of D, each on its own real images and
 * noise, and then one update of G against the updated D. D's optimizer also trains its head.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { pullAwayTerm } from '../../../losses/adversarial/energies.js';
import type { GAN } from '../../../models/gan.js';
import type { Algorithm } from '../../engine/algorithm.js';
import { drawn, drawsOf } from './draws.js';
import { type GANTrainingLoss, lossNames } from './losses.js';
import { constantOf } from '../terms.js';
import { discriminatorOf, generatorOf } from './networks.js';
import {
  balancePhase,
  type DiscriminatorObjective,
  discriminatorPhase,
  type GANTraining,
  type GeneratorObjective,
  generatorPhase,
} from './phases.js';

export function gan(model: GAN, training: GANTraining): Algorithm<GANTrainingLoss> {
  const { loss, criticSteps, groups, balance } = training;
  const [G, D] = [generatorOf(model), discriminatorOf(model, loss)];

  /** D separates real images from fakes, and its head estimates their classes or codes. */
  const discriminator: DiscriminatorObjective = (real, latent, k, draws) => {
    const { labels } = latent;
    const fake = constantOf(() => G(latent));
    const [r, f] = [D.judge(real, labels), D.judge(fake, labels)];
    return {
      scores: r.score,
      parts: {
        adversarial: loss.discriminator(r.score, f.score, k),
        penalty: loss.penalty?.((x) => D.judge(x, labels).score, real, fake, draws),
        class_real: loss.classification?.(D.classes(r), labels!),
        class_fake: loss.classification?.(D.classes(f), labels!),
        info_D: loss.information?.(latent, D.codes(f)),
      },
    };
  };

  /** D should judge G's fakes as real, and its head should find their classes or codes. EBGAN: fakes should differ from each other. */
  const generator: GeneratorObjective = (latent, real) => {
    const f = D.judge(G(latent), latent.labels);
    return {
      weights: { pull_away: loss.pullAway },
      parts: {
        adversarial: loss.generator(f.score, real && D.judge(real.images, real.labels).score),
        class_G: loss.classification?.(D.classes(f), latent.labels!),
        info_G: loss.information?.(latent, D.codes(f)),
        pull_away: loss.pullAway ? pullAwayTerm(f.inner!) : undefined,
      },
    };
  };

  const { generator: g, discriminator: d, head } = model;
  const clip = loss.clip;
  const updates = Array.from({ length: criticSteps }, (_, i) => i + 1);
  return {
    name: `gan (${loss.name})`,
    networks: { generator: g, discriminator: d, ...(head && { head }) },
    groups: {
      generator: { ...groups.generator, networks: ['generator'] },
      discriminator: {
        ...groups.discriminator,
        networks: ['discriminator', ...(head ? ['head'] : [])],
        clip,
      },
    },
    stateful: balance === undefined ? {} : { balance },
    phases: [
      ...updates.map((j) => discriminatorPhase(j, model, training, discriminator)),
      generatorPhase(model, training, generator),
      ...(balance === undefined ? [] : [balancePhase(balance)]),
    ],
    losses: lossNames(loss, criticSteps),
    draws: (batch, random) => {
      const all = drawsOf(model.structure, loss, criticSteps, batch.images!.shape[0] / criticSteps);
      const open = Object.entries(all).filter(([name]) => batch[name] === undefined);
      return Object.fromEntries(open.map(([name, draw]): [string, tf.Tensor] => [name, drawn(draw, random)]));
    },
    monitor: (losses: Partial<Record<GANTrainingLoss, number>>) => losses.M ?? losses.G!,
  };
}

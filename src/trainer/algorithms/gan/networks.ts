/** The networks of a GAN in training mode: dropout is on, and batch norm uses the statistics of the batch and updates the running ones. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CodeEstimates, LatentCodes } from '../../../losses/adversarial/codes.js';
import { ganNeeds } from '../../../losses/adversarial/needs.js';
import { appendLabels } from '../../../losses/labels.js';
import type { GAN } from '../../../models/gan.js';
import { withInnerOutput } from '../../../models/inner-output.js';
import type { TrainedLoss } from './losses.js';

/** The inputs of a generator. Labels and categorical codes are one-hot rows. */
export interface Latent extends LatentCodes {
  readonly z: tf.Tensor;
  readonly labels?: tf.Tensor2D | undefined;
}

/** The output of a discriminator for a batch of images. */
export interface Judgement {
  /** Logits [B, 1], or energies [B]. */
  readonly score: tf.Tensor;
  /** The output of the layer that a head reads, or that gives the codes of an auto-encoder. */
  readonly inner: tf.Tensor | undefined;
}

const run = (network: LayersModel, x: tf.Tensor): tf.Tensor | tf.Tensor[] =>
  network.apply(x, { training: true }) as tf.Tensor | tf.Tensor[];

/** G: images from noise, then labels or categorical codes, then continuous codes. */
export const generatorOf =
  ({ generator }: GAN) =>
  ({ z, labels, categorical, continuous }: Latent): tf.Tensor4D => {
    const rows = labels ?? categorical;
    const parts = [z, ...(rows ? [rows] : []), ...(continuous ? [continuous] : [])];
    return run(generator, tf.concat(parts, 1)) as tf.Tensor4D;
  };

/** D with its head. */
export function discriminatorOf(
  { discriminator, head, structure }: GAN,
  { energy }: Pick<TrainedLoss, 'energy'>,
) {
  const { headInput, code, latent, codes } = structure;
  const inner = headInput ?? code;
  const network = inner === undefined ? discriminator : withInnerOutput(discriminator, inner);
  const isConditional = ganNeeds[structure.loss].labels === 'input';
  return {
    /** @param labels of the images; used only if labels are an input of the discriminator */
    judge(images: tf.Tensor4D, labels: tf.Tensor2D | undefined): Judgement {
      const [output, features] = [
        run(network, isConditional ? appendLabels(images, labels!) : images),
      ].flat();
      return { score: energy === undefined ? output! : energy(images, output!), inner: features };
    },

    /** The head's estimate of the classes: logits [B, classes]. */
    classes: ({ inner }: Judgement): tf.Tensor => run(head!, inner!) as tf.Tensor,

    /** The head's estimate of the codes. */
    codes({ inner }: Judgement): CodeEstimates {
      const { classes, continuous } = latent;
      const sizes = Object.entries({
        logits: classes,
        mean: continuous,
        logVariance: codes?.variance ? continuous : 0,
      }).filter(([, size]) => size > 0);
      const parts = tf.split(
        run(head!, inner!) as tf.Tensor2D,
        sizes.map(([, size]) => size),
        1,
      );
      return Object.fromEntries(sizes.map(([name], i) => [name, parts[i]!]));
    },
  };
}

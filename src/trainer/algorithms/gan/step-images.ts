/** Checks whether a model can train on the images, labels and random tensors of a step. */
import * as tf from '@tensorflow/tfjs-core';
import { checkHostValues } from '../../../core/check-values.js';
import { CycleGANError } from '../../../core/errors.js';
import { show } from '../../../core/options.js';
import { ganNeeds } from '../../../losses/adversarial/needs.js';
import { oneHotLabels } from '../../../losses/labels.js';
import { checkChannels } from '../../../models/check-images.js';
import type { GAN } from '../../../models/gan.js';
import { checkDraws } from '../given-draws.js';
import { drawsOf } from './draws.js';
import type { TrainedLoss } from './losses.js';

/** The inputs of a step. */
export interface StepData {
  images: tf.Tensor3D | tf.Tensor4D;
  labels?: ArrayLike<number> | undefined;
  draws?: tf.NamedTensorMap | undefined;
}

/**
 * Refuses labels for a model without classes, and missing or invalid labels.
 *
 * @param count the expected count of labels; undefined if it is unknown
 * @throws CycleGANError `INVALID_OPTION`
 */
export function checkLabels(
  where: string,
  { loss, structure }: GAN,
  labels: ArrayLike<number> | undefined,
  count: number | undefined,
): void {
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_OPTION', `${where}: option "labels" ${message}`);
  };
  const { classes } = structure.latent;
  if (ganNeeds[loss].labels === undefined) {
    if (labels !== undefined)
      refuse(`cannot be combined with a model for ${show(loss)}, which has no labels.`);
    return;
  }
  if (labels === undefined) {
    return refuse(
      `must give the class of each image, from 0 to ${classes - 1}: the model is for ${show(loss)}.`,
    );
  }
  if (count !== undefined && labels.length !== count) {
    refuse(`must have one class for each of the ${count} images, got ${labels.length}.`);
  }
  const bad = Array.from(labels).findIndex(
    (label) => !Number.isInteger(label) || label < 0 || label >= classes,
  );
  if (bad >= 0) {
    refuse(`must be whole numbers from 0 to ${classes - 1}, got ${show(labels[bad])} for image ${bad}.`);
  }
}

/**
 * Checks everything before anything is computed.
 *
 * @returns the names of tensors whose values are not available yet, and were not checked
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `INVALID_OPTION`, `UNKNOWN_OPTION`, `DISPOSED`
 */
export function checkStep(
  where: string,
  model: GAN,
  { images, labels, draws = {} }: StepData,
  { loss, criticSteps }: { loss: TrainedLoss; criticSteps: number },
): 'images'[] {
  const { imageShape } = model.structure;
  checkChannels(where, 'images', images, imageShape[2]);
  const [height, width] = images.shape.slice(-3) as [number, number];
  const count = images.rank === 3 ? 1 : images.shape[0];
  if (height !== imageShape[0] || width !== imageShape[1]) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: images must have ${imageShape[0]} x ${imageShape[1]} pixels, like those of the generator, got ${height} x ${width}.`,
    );
  }
  const least = (loss.pullAway ?? 0) > 0 ? 2 : 1; // the pull-away term compares images of a batch
  if (count % criticSteps !== 0 || count < least * criticSteps) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: images must be divisible into equal batches for ${criticSteps} updates of the discriminator, each of at least ${least}, ` +
        `got ${count} in total.`,
    );
  }
  checkLabels(where, model, labels, count);
  checkDraws(where, drawsOf(model.structure, loss, criticSteps, count / criticSteps), draws);
  return checkHostValues(where, 'images', images) ? [] : ['images'];
}

/** A copy of the batch, independent of the caller's tensors. */
export function heldStep({ structure }: GAN, { images, labels, draws = {} }: StepData): tf.NamedTensorMap {
  const batch = { images: images.rank === 3 ? tf.expandDims(images, 0) : tf.clone(images) };
  const held: [string, tf.Tensor][] = Object.entries(draws).map(([name, draw]) => [name, tf.clone(draw)]);
  return {
    ...batch,
    ...(labels !== undefined && { labels: oneHotLabels(labels, structure.latent.classes) }),
    ...Object.fromEntries(held),
  };
}

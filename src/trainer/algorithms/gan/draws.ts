/**
 * The random tensors of a step, by name: noise `z-D-1` … `z-G`, classes `labels-G`, codes `categorical-D-1`, `continuous-G` …, and
 * the random values of a penalty, `alpha-1` (WGAN-GP) or `u-1` (DRAGAN). Those of the discriminator's updates are counted from 1.
 */
import * as tf from '@tensorflow/tfjs-core';
import { normalFrom, type RandomSource } from '../../../core/random.js';
import type { GANStructure } from '../../../models/gan-structure.js';
import type { TrainedLoss } from './losses.js';

/** How the values of a random tensor are drawn: one-hot rows, or value by value. */
type Distribution = 'normal' | 'class' | 'code' | 'uniform';

export interface Draw {
  readonly shape: readonly number[];
  readonly distribution: Distribution;
}

/** The random tensors of the penalties in the table. */
const penaltyDraws: Readonly<Record<string, 'alpha' | 'u'>> = { 'wgan-gp': 'alpha', dragan: 'u' };

/** The name of the penalty's random tensor in update j; undefined if it has none. */
export const penaltyDraw = (loss: TrainedLoss, j: number): string | undefined =>
  loss.needs?.penalty && Object.hasOwn(penaltyDraws, loss.name)
    ? `${penaltyDraws[loss.name]}-${j}`
    : undefined;

/** The names of the generator's inputs in the update `of`: D-1, D-2 … or G. */
export function latentNames(
  { latent, codes }: GANStructure,
  of: string,
): { z: string } & Record<'labels' | 'categorical' | 'continuous', string | undefined> {
  const has = (name: string, there: boolean) => (there ? `${name}-${of}` : undefined);
  return {
    z: `z-${of}`,
    labels: has('labels', codes === undefined && latent.classes > 0 && of === 'G'), // else those of the images
    categorical: has('categorical', codes !== undefined && latent.classes > 0),
    continuous: has('continuous', latent.continuous > 0),
  };
}

/** All random tensors of a step with `batch` images in each update. */
export function drawsOf(
  structure: GANStructure,
  loss: TrainedLoss,
  criticSteps: number,
  batch: number,
): Record<string, Draw> {
  const { latentSize, classes, continuous } = structure.latent;
  const draws: Record<string, Draw> = {};
  const add = (name: string | undefined, shape: readonly number[], distribution: Distribution) => {
    if (name !== undefined) draws[name] = { shape, distribution };
  };
  const updates = Array.from({ length: criticSteps }, (_, i) => i + 1);
  for (const of of [...updates.map((j) => `D-${j}`), 'G']) {
    const names = latentNames(structure, of);
    add(names.z, [batch, latentSize], 'normal');
    add(names.labels ?? names.categorical, [batch, classes], 'class');
    add(names.continuous, [batch, continuous], 'code');
  }
  for (const j of updates) {
    const shape = loss.name === 'dragan' ? structure.imageShape : [1, 1, 1];
    add(penaltyDraw(loss, j), [batch, ...shape], 'uniform');
  }
  return draws;
}

const draw: Record<Exclude<Distribution, 'class'>, (random: RandomSource) => number> = {
  normal: normalFrom,
  code: (random) => 2 * random.uniform() - 1,
  uniform: (random) => random.uniform(),
};

/** A new tensor. */
export function drawn({ shape, distribution }: Draw, random: RandomSource): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape([...shape]));
  if (distribution === 'class') {
    const [count, classes] = shape as [number, number];
    for (let i = 0; i < count; i++) values[i * classes + random.index(classes)] = 1;
  } else {
    for (let i = 0; i < values.length; i++) values[i] = draw[distribution](random);
  }
  return tf.tensor(values, [...shape], 'float32');
}

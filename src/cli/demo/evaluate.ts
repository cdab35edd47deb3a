/** Scores a model on test pairs, for which the true translation is known. */
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../../core/random.js';
import type { ImageSource } from '../../data/images.js';
import type { CycleGAN } from '../../models/cyclegan.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { colourfulness, l1, type Image, ssim } from './score.js';

/** Mean scores of the test images of one direction. */
export interface Scores {
  /** L1 between the translation and the true image; lower is better. */
  l1: number;
  /** SSIM between the translation and the true image; higher is better. */
  ssim: number;
  /** Colourfulness of the translation. */
  colour: number;
  /** L1 between the input and its translation to the other domain and back. */
  cycle: number;
  /** Scores of the input without translation. */
  doNothing: { l1: number; ssim: number; colour: number };
}

/** From [-1, 1] to [0, 1]. */
async function asImage(t: tf.Tensor3D): Promise<Image> {
  return { data: (await t.data<'float32'>()).map((value) => (value + 1) / 2), shape: t.shape };
}

/** Input, translation, true image, and translation back. The caller disposes them. */
export type Row = [input: tf.Tensor3D, fake: tf.Tensor3D, truth: tf.Tensor3D, cycled: tf.Tensor3D];

/** Translates image `index` of `from` to the other domain and back. */
export async function translateRow(
  model: CycleGAN,
  direction: Direction,
  from: ImageSource,
  to: ImageSource,
  index: number,
): Promise<Row> {
  const random = new Random(0); // the demo's images use no random values
  const [input, truth] = [await from.get(index, random), await to.get(index, random)];
  const fake = model.translate(input, direction);
  return [input, fake, truth, model.translate(fake, direction === 'AtoB' ? 'BtoA' : 'AtoB')];
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Scores the first `count` images of `from`. */
export async function evaluate(
  model: CycleGAN,
  direction: Direction,
  from: ImageSource,
  to: ImageSource,
  count: number,
): Promise<Scores> {
  const rows: Omit<Scores, 'doNothing'>[] = [];
  const nothing: Scores['doNothing'][] = [];
  for (let index = 0; index < count; index++) {
    const tensors = await translateRow(model, direction, from, to, index);
    const [input, fake, truth, cycled] = (await Promise.all(tensors.map(asImage))) as [
      Image,
      Image,
      Image,
      Image,
    ];
    tf.dispose(tensors);
    rows.push({
      l1: l1(fake, truth),
      ssim: ssim(fake, truth),
      colour: colourfulness(fake),
      cycle: l1(cycled, input),
    });
    nothing.push({ l1: l1(input, truth), ssim: ssim(input, truth), colour: colourfulness(input) });
  }
  const means = <K extends string>(list: Record<K, number>[]) =>
    Object.fromEntries(
      Object.keys(list[0]!).map((key) => [key, mean(list.map((scores) => scores[key as K]))]),
    ) as Record<K, number>;
  return { ...means(rows), doNothing: means(nothing) };
}

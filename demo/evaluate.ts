/** Scores a model on pairs that it has never seen, where the true counterpart is known. */
import * as tf from '@tensorflow/tfjs';
import { type CycleGAN, type Direction, type ImageSource, Random } from 'ts-cyclegan';
import { colourfulness, l1, type Image, ssim } from './score.js';

/** Means over the test images of one direction. */
export interface Scores {
  /** Of the translation against the true counterpart; lower is better. */
  l1: number;
  /** Of the same; higher is better. */
  ssim: number;
  /** Of the translation. */
  colour: number;
  /** L1 of the image that went there and back, against itself. */
  cycle: number;
  /** The same scores of the input itself: what doing nothing gives. */
  doNothing: { l1: number; ssim: number; colour: number };
}

/** From [-1, 1] to [0, 1]. */
async function asImage(t: tf.Tensor3D): Promise<Image> {
  return { data: (await t.data<'float32'>()).map((value) => (value + 1) / 2), shape: t.shape };
}

/** An image's way: input, translation, true counterpart, and back. The caller's to dispose of. */
export type Row = [input: tf.Tensor3D, fake: tf.Tensor3D, truth: tf.Tensor3D, cycled: tf.Tensor3D];

/** Translates image `index` of `from` there and back. */
export async function translateRow(
  model: CycleGAN,
  direction: Direction,
  from: ImageSource,
  to: ImageSource,
  index: number,
): Promise<Row> {
  const random = new Random(0); // the demo's sources draw nothing
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

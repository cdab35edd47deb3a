/** Scores a model on test pairs, for which the true translation is known. */
import { Random } from '../../core/random.js';
import type { ImageSource } from '../../data/images.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { type BothScores, meanScores, type Scores, scoresOf } from '../../node/evaluate/scores.js';
import { disposeOf, type Translated, translated } from '../../node/evaluate/translated.js';
import type { TranslatingModel } from '../../translate/translate-image.js';

/** Mean scores of the test images of one direction, and those of the inputs without translation. Only a CycleGAN has `cycle`. */
export type PairScores = Required<Omit<Scores, 'cycle'>> & Pick<Scores, 'cycle'> & { doNothing: Scores };

/** Translates image `index` of `from` to the other domain and back. The caller disposes of the images. */
export async function translateRow(
  model: TranslatingModel,
  direction: Direction,
  from: ImageSource,
  to: ImageSource,
  index: number,
): Promise<Translated> {
  const random = new Random(0); // the demo's images use no random values
  return translated(model, direction, await from.get(index, random), await to.get(index, random));
}

/** Scores the first `count` images of `from`. */
export async function evaluate(
  model: TranslatingModel,
  direction: Direction,
  from: ImageSource,
  to: ImageSource,
  count: number,
): Promise<PairScores> {
  const both: BothScores[] = [];
  for (let index = 0; index < count; index++) {
    const images = await translateRow(model, direction, from, to, index);
    both.push(await scoresOf(`image ${index}`, images).finally(() => disposeOf(images)));
  }
  const means = meanScores(both.map(({ translation }) => translation)) as Required<Omit<Scores, 'cycle'>>;
  return { ...means, doNothing: meanScores(both.flatMap(({ nothing }) => nothing ?? [])) };
}

/** An image of levels 0..255: read from its file where there is one, resized, and as a tensor for training. */
import type * as tf from '@tensorflow/tfjs';
import { flipImage, preprocessImage, resizeImage, toLevels, type PreprocessPlan } from 'ts-cyclegan';
import { readImage } from 'ts-cyclegan/node';
import * as v from 'valibot';
import type { Results } from '../compare.js';
import { pathInside, tensorOf, type GoldenCase } from '../format.js';
import { given, numbers } from '../layout.js';

const length = v.number();
const common = {
  resize: v.strictTuple([length, length]),
  crop: v.strictTuple([length, length, length, length]),
  flip: v.boolean(),
};
/** P mirrors last, K first. */
const schema = v.variant('filter', [
  v.strictObject({
    filter: v.literal('bicubic'),
    antialias: v.literal(true),
    ...common,
    picture: v.optional(v.string()),
  }),
  v.strictObject({ filter: v.literal('bilinear'), antialias: v.literal(false), ...common }),
]);

export async function preprocess(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const { resize, filter, crop, flip } = config;
  const plan: PreprocessPlan = {
    resize,
    filter,
    crop,
    flip: flip && (golden.source === 'K' ? 'first' : 'last'),
  };
  const levels = given(golden, 'input') as tf.Tensor3D;
  const mirrored = plan.flip === 'first' ? flipImage(levels) : levels;
  const results: Results = new Map();
  results.set('out/resized', await numbers(resizeImage(mirrored, resize, filter)));
  results.set('out/y', await numbers(preprocessImage(levels, plan)));
  if ('picture' in config && config.picture !== undefined) {
    const read = toLevels(await readImage(pathInside(golden.folder, config.picture)));
    const { shape, data } = tensorOf(golden, 'input');
    results.set('picture', {
      got: { shape: read.shape, levels: [...(await read.data())] },
      want: { shape, levels: [...data] },
    });
  }
  return results;
}

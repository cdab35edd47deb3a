/** A picture of levels 0..255, resized, and as a tensor for training. */
import type * as tf from '@tensorflow/tfjs';
import { flipImage, preprocessImage, resizeImage, type PreprocessPlan } from 'ts-cyclegan';
import * as v from 'valibot';
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
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
  const { resize, filter, crop, flip } = v.parse(schema, golden.config);
  const plan: PreprocessPlan = {
    resize,
    filter,
    crop,
    flip: flip && (golden.source === 'K' ? 'first' : 'last'),
  };
  const levels = given(golden, 'input') as tf.Tensor3D;
  const mirrored = plan.flip === 'first' ? flipImage(levels) : levels;
  return new Map([
    ['out/resized', await numbers(resizeImage(mirrored, resize, filter))],
    ['out/y', await numbers(preprocessImage(levels, plan))],
  ]);
}

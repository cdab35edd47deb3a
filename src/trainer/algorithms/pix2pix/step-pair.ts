/** Checks whether a model can train on the images of a step. */
import type * as tf from '@tensorflow/tfjs-core';
import { checkHostValues } from '../../../core/check-values.js';
import { CycleGANError } from '../../../core/errors.js';
import { show } from '../../../core/options.js';
import { checkChannels, checkJudged, checkImages } from '../../../models/check-images.js';
import type { Pix2Pix } from '../../../models/pix2pix.js';

/** Inputs and their targets. */
export interface StepPair {
  input: tf.Tensor3D | tf.Tensor4D;
  target: tf.Tensor3D | tf.Tensor4D;
}

/**
 * Checks a pair before anything is computed.
 *
 * @returns the names of tensors whose values are not available yet, and were not checked
 * @throws CycleGANError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `DISPOSED`
 */
export function checkStepPair(where: string, model: Pix2Pix, pair: StepPair): (keyof StepPair)[] {
  const { generator, discriminator, options } = model;
  const { input, target } = pair;
  const channels = generator.outputs[0]!.shape[3]!;
  checkImages(where, 'input', input, generator, options);
  checkChannels(where, 'target', target, channels);
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_SHAPE', `${where}: ${message}`);
  };
  const [given, wanted] = [batchShape(input), batchShape(target)];
  if (String(given.slice(0, 3)) !== String(wanted.slice(0, 3))) {
    refuse(
      `input and target must have the same size and the same number of images, got ${show(input.shape)} and ${show(target.shape)}. ` +
        'Give both the same resize and crop.',
    );
  }
  const made = generator.computeOutputShape(given) as number[];
  if (String(made.slice(1, 3)) !== String(given.slice(1, 3))) {
    refuse(
      `the generator makes images of ${made[1]} x ${made[2]} pixels from an input of ${given[1]} x ${given[2]}. ` +
        'Use sizes that it keeps: the discriminator gets both images.',
    );
  }
  checkJudged(where, 'input', { shape: [...given.slice(0, 3), given[3]! + channels] }, discriminator);
  return (['input', 'target'] as const).filter((name) => !checkHostValues(where, name, pair[name]));
}

const batchShape = ({ shape }: tf.Tensor): number[] => (shape.length === 3 ? [1, ...shape] : shape);

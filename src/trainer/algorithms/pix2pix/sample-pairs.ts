/** A callback that translates some fixed inputs while training, and passes them on with their targets. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../../core/errors.js';
import { oneOf, optional, resolveOptions, satisfying, withDefault } from '../../../core/options.js';
import type { Pix2Pix } from '../../../models/pix2pix.js';
import type { TrainerCallback } from '../../engine/callback.js';
import type { Training } from '../../engine/training.js';
import { everyEntry, type SampleTime, samplingCallback } from '../sampling.js';

/** Batches [n, H, W, C] in [−1, 1]. They are disposed after `onSample`. */
export interface PairSamples {
  input: tf.Tensor4D;
  /** The outputs of the generator. */
  output: tf.Tensor4D;
  /** The targets, if they were given. */
  target?: tf.Tensor4D;
}

/** Options of {@link samplePairs}. */
export interface SamplePairsOptions {
  /** A batch [n, H, W, C] in [−1, 1], which stays the caller's. */
  input: tf.Tensor4D;
  /** The targets of these inputs, a batch of the same count. */
  target?: tf.Tensor4D;
  /**
   * At the end of each epoch, or the number of steps between samples.
   * @default 'epoch'
   */
  every?: 'epoch' | number;
  /**
   * How the model translates; see `Pix2Pix.translate`. Images are translated one by one.
   * @default 'train'
   */
  mode?: 'train' | 'eval';
  /** Receives the images, to write or show them. */
  onSample(samples: PairSamples, time: SampleTime): void | Promise<void>;
}

const batch = () =>
  satisfying<tf.Tensor4D>(
    (value) => value instanceof tf.Tensor && value.rank === 4,
    'a batch of images [n, height, width, channels]',
  );
const entries = {
  input: batch(),
  target: optional(batch()),
  every: everyEntry,
  mode: withDefault(oneOf('train', 'eval'), 'train'),
  onSample: satisfying<SamplePairsOptions['onSample']>((value) => typeof value === 'function', 'a function'),
};

/** Refuses other models. It looks at their members, so that the class does not become part of a bundle with this callback. */
function ofPix2Pix(training: Training): Training<Pix2Pix> {
  const { generator, translate } = training.model as Partial<Pix2Pix>;
  if (generator !== undefined && translate !== undefined) return training as Training<Pix2Pix>;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    'samplePairs: this callback samples a Pix2Pix, got a trainer of another model. Use the callback for your trainer.',
  );
}

/**
 * A callback that regularly translates some fixed inputs, to watch the training. It uses averaged generators if there are averages.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { samplePairs } from 'ts-cyclegan';
 * const callback = samplePairs({
 *   input: tf.zeros([1, 64, 64, 1]),
 *   onSample: ({ output }, { epoch }) => console.log(epoch, output.shape),
 * });
 * ```
 */
export function samplePairs(options: SamplePairsOptions): TrainerCallback {
  const { input, target, every, mode, onSample } = resolveOptions('samplePairs', entries, options);
  return samplingCallback(every, async (training, time) => {
    const trainer = ofPix2Pix(training);
    if (input.isDisposed || target?.isDisposed) {
      throw new CycleGANError(
        'DISPOSED',
        'samplePairs: input or target has been disposed. Keep them while training.',
      );
    }
    const output = await trainer.withAverages(() =>
      tf.tidy(() => {
        const images = tf.split<tf.Tensor4D>(input, input.shape[0]);
        return tf.concat(images.map((image) => trainer.model.translate(image, { mode })));
      }),
    );
    try {
      await onSample({ input, output, ...(target && { target }) }, time);
    } finally {
      output.dispose();
    }
  });
}

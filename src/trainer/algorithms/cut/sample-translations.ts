/** A callback that translates some fixed images while a CUT trains. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../../core/errors.js';
import { resolveOptions, satisfying } from '../../../core/options.js';
import type { CUT } from '../../../models/cut.js';
import type { TrainerCallback } from '../../engine/callback.js';
import type { Training } from '../../engine/training.js';
import { everyEntry, type SampleTime, samplingCallback } from '../sampling.js';

/** Batches [n, H, W, C] in [−1, 1], under PyTorch's names. */
export interface TranslationSamples {
  /** The given images of A. */
  real_A: tf.Tensor4D;
  /** Their translations. They are disposed after `onSample`. */
  fake_B: tf.Tensor4D;
}

/** Options of {@link sampleTranslations}. */
export interface SampleTranslationsOptions {
  /** Images of A, a batch [n, H, W, C] in [−1, 1], which stays the caller's. */
  images: tf.Tensor4D;
  /**
   * At the end of each epoch, or the number of steps between samples.
   * @default 'epoch'
   */
  every?: 'epoch' | number;
  /** Receives the images, to write or show them. */
  onSample(samples: TranslationSamples, time: SampleTime): void | Promise<void>;
}

const entries = {
  images: satisfying<tf.Tensor4D>(
    (value) => value instanceof tf.Tensor && value.rank === 4,
    'a batch of images [n, height, width, channels]',
  ),
  every: everyEntry,
  onSample: satisfying<SampleTranslationsOptions['onSample']>(
    (value) => typeof value === 'function',
    'a function',
  ),
};

/** Refuses other models. It looks at their members, so that the class does not become part of a bundle with this callback. */
function ofCUT(training: Training): Training<CUT> {
  if ((training.model as Partial<CUT>).nceLayers !== undefined) return training as Training<CUT>;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    'sampleTranslations: this callback samples a CUT, got a trainer of another model. Use the callback for your trainer.',
  );
}

/**
 * A callback that regularly translates some fixed images, to watch the training. It uses the averaged generator if there is an
 * average.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { sampleTranslations } from 'ts-cyclegan';
 * const callback = sampleTranslations({
 *   images: tf.zeros([1, 64, 64, 3]),
 *   onSample: ({ fake_B }, { epoch }) => console.log(epoch, fake_B.shape),
 * });
 * ```
 */
export function sampleTranslations(options: SampleTranslationsOptions): TrainerCallback {
  const { images, every, onSample } = resolveOptions('sampleTranslations', entries, options);
  return samplingCallback(every, async (training, time) => {
    const trainer = ofCUT(training);
    if (images.isDisposed) {
      throw new CycleGANError(
        'DISPOSED',
        'sampleTranslations: the images have been disposed. Keep them while training.',
      );
    }
    const fake_B = await trainer.withAverages(() => trainer.model.translate(images));
    try {
      await onSample({ real_A: images, fake_B }, time);
    } finally {
      fake_B.dispose();
    }
  });
}

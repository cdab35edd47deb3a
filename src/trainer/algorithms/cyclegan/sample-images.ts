/** A callback that translates some fixed images while training (`GANMonitor` of the Keras example). */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../../core/errors.js';
import { resolveOptions, satisfying } from '../../../core/options.js';
import type { CycleGAN } from '../../../models/cyclegan.js';
import type { TrainerCallback } from '../../engine/callback.js';
import type { Training } from '../../engine/training.js';
import { everyEntry, type SampleTime, samplingCallback } from '../sampling.js';

/** Batches [n, H, W, C] in [−1, 1], under PyTorch's names. They are disposed after `onSample`. */
export interface Samples {
  /** Images of A, their translations to B, and the translations back. */
  real_A?: tf.Tensor4D;
  fake_B?: tf.Tensor4D;
  rec_A?: tf.Tensor4D;
  /** Images of B, their translations to A, and the translations back. */
  real_B?: tf.Tensor4D;
  fake_A?: tf.Tensor4D;
  rec_B?: tf.Tensor4D;
}

/** Options of {@link sampleImages}. */
export interface SampleImagesOptions {
  /** Images of A, of B, or both: batches [n, H, W, C] in [−1, 1]. They stay the caller's. */
  images: { A?: tf.Tensor4D; B?: tf.Tensor4D };
  /**
   * At the end of each epoch, or the number of steps between samples.
   * @default 'epoch'
   */
  every?: 'epoch' | number;
  /** Receives the images, to write or show them. */
  onSample(samples: Samples, time: SampleTime): void | Promise<void>;
}

const entries = {
  images: satisfying<SampleImagesOptions['images']>((value) => {
    const { A, B } = (value ?? {}) as Record<string, unknown>;
    const given = [A, B].filter((images) => images !== undefined);
    return given.length > 0 && given.every((images) => images instanceof tf.Tensor && images.rank === 4);
  }, '{ A, B }, with at least one batch of images [n, height, width, channels]'),
  every: everyEntry,
  onSample: satisfying<SampleImagesOptions['onSample']>((value) => typeof value === 'function', 'a function'),
};

/** Refuses other models. It looks at their networks, so that the class does not become part of a bundle with this callback. */
function ofCycleGAN(training: Training): Training<CycleGAN> {
  if ((training.model as Partial<CycleGAN>).generatorF !== undefined) return training as Training<CycleGAN>;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    'sampleImages: this callback samples a CycleGAN, got a trainer of another model. Use the callback for your trainer.',
  );
}

/** Translates `images` to the other domain and back, with averaged generators if there are averages. */
async function translated(
  trainer: Training<CycleGAN>,
  { A, B }: SampleImagesOptions['images'],
): Promise<Samples> {
  const { model } = trainer;
  return await trainer.withAverages(() =>
    tf.tidy(() => {
      const samples: Samples = {};
      if (A !== undefined) {
        const fake_B = model.translate(A, 'AtoB');
        Object.assign(samples, { real_A: tf.clone(A), fake_B, rec_A: model.translate(fake_B, 'BtoA') });
      }
      if (B !== undefined) {
        const fake_A = model.translate(B, 'BtoA');
        Object.assign(samples, { real_B: tf.clone(B), fake_A, rec_B: model.translate(fake_A, 'AtoB') });
      }
      return samples as never;
    }),
  );
}

/**
 * A callback that regularly translates some fixed images to the other domain and back, to watch the training.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { sampleImages } from 'ts-cyclegan';
 * const callback = sampleImages({
 *   images: { A: tf.zeros([1, 64, 64, 3]) },
 *   onSample: ({ fake_B }, { epoch }) => console.log(epoch, fake_B?.shape),
 * });
 * ```
 */
export function sampleImages(options: SampleImagesOptions): TrainerCallback {
  const { images, every, onSample } = resolveOptions('sampleImages', entries, options);
  const sample = async (training: Training, time: SampleTime) => {
    const trainer = ofCycleGAN(training);
    if ([images.A, images.B].some((images) => images?.isDisposed)) {
      throw new CycleGANError(
        'DISPOSED',
        'sampleImages: the images have been disposed. Keep them while training.',
      );
    }
    const samples = await translated(trainer, images);
    try {
      await onSample(samples, time);
    } finally {
      tf.dispose(samples as Record<string, tf.Tensor>);
    }
  };
  return samplingCallback(every, sample);
}

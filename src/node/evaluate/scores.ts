/** Scores of translated test images. Values are from 0 to 1, as the network returns them: not rounded to levels. */
import type * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { colourfulnessOf } from '../../metrics/colourfulness.js';
import { l1Of, psnrOf } from '../../metrics/differences.js';
import type { PixelData } from '../../metrics/pixels.js';
import { ssimOf } from '../../metrics/ssim.js';
import type { Translated } from './translated.js';

/** Scores of an image, or their means. */
export interface Scores {
  /** Mean absolute difference to the true image, from 0 to 1. Pairs only. */
  l1?: number;
  /** Peak signal-to-noise ratio to the true image in dB; equal images have 100. Pairs only. */
  psnr?: number;
  /** Structural similarity to the true image. Pairs of at least 11 × 11 pixels only. */
  ssim?: number;
  /** Mean difference between the largest and the smallest channel of a pixel. */
  colour: number;
  /** Mean absolute difference of the input and its translation there and back. CycleGAN only. */
  cycle?: number;
}

/** The scores of a translation, and those of the input as it is. */
export interface BothScores {
  translation: Scores;
  /** Undefined without a true image, or if it has other channels than the input. */
  nothing?: Scores;
}

/** The highest PSNR that counts: equal images would make a mean infinite. */
const mostDecibels = 100;

async function unit(image: tf.Tensor3D): Promise<PixelData> {
  return { data: (await image.data<'float32'>()).map((value) => (value + 1) / 2), shape: image.shape };
}

function compared(
  image: PixelData,
  truth: PixelData,
): Required<Pick<Scores, 'l1' | 'psnr'>> & Pick<Scores, 'ssim'> {
  // prettier-ignore
  const ssim = ssimOf(image, truth, 1);
  return {
    l1: l1Of(image, truth),
    psnr: Math.min(mostDecibels, psnrOf(image, truth, 1)),
    ...(!Number.isNaN(ssim) && { ssim }),
  };
}

/**
 * Scores a translated image.
 *
 * @throws CycleGANError `INVALID_SHAPE`, `NOT_A_NUMBER`
 */
export async function scoresOf(name: string, images: Translated): Promise<BothScores> {
  const [input, fake, cycle, truth] = await Promise.all([
    unit(images.input),
    unit(images.fake),
    images.cycle && unit(images.cycle),
    images.truth && unit(images.truth),
  ]);
  if (!fake.data.every(Number.isFinite)) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `evaluate: the translation of ${show(name)} has values that are not finite. The model is broken: use an earlier checkpoint.`,
    );
  }
  const same = (a: PixelData, b: PixelData) => a.shape.join() === b.shape.join();
  if (truth !== undefined && !same(fake, truth)) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `evaluate: the translation of ${show(name)} has the shape ${show(images.fake.shape)}, its true counterpart ${show(images.truth!.shape)}. ` +
        'Both must be equal: use test images with as many channels as those of the training.',
    );
  }
  const translation = {
    ...(truth && compared(fake, truth)),
    colour: colourfulnessOf(fake),
    ...(cycle && same(cycle, input) && { cycle: l1Of(cycle, input) }),
  };
  if (truth === undefined || !same(input, truth)) return { translation };
  return { translation, nothing: { ...compared(input, truth), colour: colourfulnessOf(input) } };
}

const names = ['l1', 'psnr', 'ssim', 'colour', 'cycle'] as const;

/** The means of scores; a score that an image lacks is left out. */
export function meanScores(list: readonly Scores[]): Scores {
  const means = names.flatMap((name) => {
    const values = list.flatMap((scores) => scores[name] ?? []);
    return values.length === 0 ? [] : [[name, values.reduce((a, b) => a + b) / values.length]];
  });
  return Object.fromEntries(means) as Record<keyof Scores, number>;
}

/** Measures an engine with the sample computation, and checks its results. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import type { EnginePurpose } from './engine.js';
import { compute, expected, inputs, tolerance } from './workload.js';

/** Times of an engine in milliseconds. */
export interface Measurement {
  /** The best of several runs. */
  readonly milliseconds: number;
  /** The first run, with start and compilation. */
  readonly firstMilliseconds: number;
}

/** Runs after the first. */
const repetitions = 3;

/**
 * Measures the current backend.
 *
 * @throws CycleGANError `ENGINE` if it computes wrongly; whatever the engine throws
 */
export async function measure(purpose: EnginePurpose, repeat = repetitions): Promise<Measurement> {
  const given = tf.tidy(inputs);
  try {
    const once = async (): Promise<number> => {
      const start = performance.now();
      const result = compute(purpose, given);
      try {
        check(purpose, await result.data());
      } finally {
        result.dispose();
      }
      return performance.now() - start;
    };
    const firstMilliseconds = await once();
    let milliseconds = repeat > 0 ? Infinity : firstMilliseconds;
    for (let i = 0; i < repeat; i++) milliseconds = Math.min(milliseconds, await once());
    return { milliseconds, firstMilliseconds };
  } finally {
    tf.dispose(given);
  }
}

function check(purpose: EnginePurpose, results: ArrayLike<number>): void {
  const right = expected[purpose];
  const wrong = right.findIndex(
    (value, i) => !(Math.abs(results[i]! - value) <= tolerance * Math.max(1, Math.abs(value))),
  );
  if (wrong < 0) return;
  throw new CycleGANError(
    'ENGINE',
    `It computes wrongly on this device: got ${results[wrong]!.toPrecision(3)}, right is ${right[wrong]!.toPrecision(3)}.`,
  );
}

/**
 * Waits for `job`, but not for ever. A job that takes longer goes on, and its result is ignored.
 *
 * @throws CycleGANError `ENGINE` after `milliseconds`
 */
export async function within<T>(milliseconds: number, job: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CycleGANError('ENGINE', `It had no result after ${milliseconds / 1000} seconds.`));
    }, milliseconds);
  });
  try {
    return await Promise.race([job, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Seeded random numbers (xoroshiro128+ of pure-rand). The state is four integers, so checkpoints can hold it. A stream that is
 * restored from it draws the same values again.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { skipN } from 'pure-rand/utils/skipN';
import { CycleGANError } from './errors.js';
import { show } from './options.js';

/** The interface of a source of random values. {@link Random} implements it. */
export interface RandomSource {
  /** Draws a value from [0, 1). */
  uniform(): number;
  /** Draws a whole number from 0 to `below` − 1. */
  index(below: number): number;
}

/** A number from the normal distribution of mean 0 and standard deviation 1 (Box and Muller). */
export function normalFrom(random: RandomSource): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
  return radius * Math.cos(2 * Math.PI * random.uniform());
}

/**
 * A seeded stream of random numbers.
 *
 * @example
 * ```ts
 * import { Random } from 'ts-cyclegan';
 * const random = new Random(7);
 * const state = random.state();
 * const first = random.uniform();
 * random.restore(state);
 * console.log(random.uniform() === first); // true
 * ```
 */
export class Random implements RandomSource {
  #generator;

  /** @param seed any whole number; only the lowest 32 bits are used */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new CycleGANError('INVALID_ARGUMENT', `Random: seed must be a whole number, got ${show(seed)}.`);
    }
    this.#generator = xoroshiro128plus(seed | 0);
    skipN(this.#generator, 64); // the first values are almost the same for all small seeds
  }

  uniform(): number {
    return uniformFloat64(this.#generator);
  }

  index(below: number): number {
    return uniformInt(this.#generator, 0, below - 1);
  }

  /** Draws a value from the standard normal distribution (Box and Muller). */
  normal(): number {
    return normalFrom(this);
  }

  /** Draws a permutation of the whole numbers from 0 to `length` − 1 (Fisher and Yates). */
  permutation(length: number): number[] {
    const order = Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.index(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  /** Draws a seed for another stream. */
  seed(): number {
    return uniformInt(this.#generator, 0, 0x7fffffff);
  }

  /** The current state of the stream: four integers. */
  state(): number[] {
    return [...this.#generator.getState()];
  }

  /**
   * Resumes from a {@link Random.state}.
   *
   * @throws CycleGANError `INVALID_STATE`
   */
  restore(state: readonly number[]): void {
    if (!isRandomState(state)) {
      throw new CycleGANError(
        'INVALID_STATE',
        `Random.restore: expected four whole numbers${
          state.length === 4 && state.every(Number.isInteger) ? ' of 32 bits, not all of them 0' : ''
        }, got ${show(state)}.`,
      );
    }
    this.#generator = xoroshiro128plusFromState(state);
  }
}

/** Whether `state` is valid. A state of zeros is not: the stream would return zeros forever. */
export const isRandomState = (state: unknown): boolean =>
  Array.isArray(state) &&
  state.length === 4 &&
  state.every((n) => n === (n | 0)) &&
  state.some((n) => n !== 0);

/** A random seed. It is stored with the options, so that a run can be repeated. */
export const anySeed = (): number => Math.floor(Math.random() * 0x80000000);

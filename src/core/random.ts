/**
 * Seeded random numbers (xoroshiro128+ of pure-rand). The state is four plain numbers, so it goes
 * into checkpoints, and a program that starts again from it draws the same numbers.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { skipN } from 'pure-rand/utils/skipN';
import { CycleGANError } from './errors.js';
import { show } from './options.js';

/** The two draws that the library needs; {@link Random} gives them, tests may script them. */
export interface RandomSource {
  /** A number from [0, 1). */
  uniform(): number;
  /** A whole number from 0 to `below` − 1. */
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

  /** @param seed any whole number; only its lowest 32 bits count */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new CycleGANError('INVALID_ARGUMENT', `Random: seed must be a whole number, got ${show(seed)}.`);
    }
    this.#generator = xoroshiro128plus(seed | 0);
    skipN(this.#generator, 64); // the first numbers are all but the same for any small seed
  }

  uniform(): number {
    return uniformFloat64(this.#generator);
  }

  index(below: number): number {
    return uniformInt(this.#generator, 0, below - 1);
  }

  /** A number from the normal distribution of mean 0 and standard deviation 1. */
  normal(): number {
    return normalFrom(this);
  }

  /** The whole numbers from 0 to `length` − 1 in random order (Fisher and Yates). */
  permutation(length: number): number[] {
    const order = Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.index(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  /** A seed for another stream, drawn from this one. */
  seed(): number {
    return uniformInt(this.#generator, 0, 0x7fffffff);
  }

  /** Where the stream stands, as plain numbers. */
  state(): number[] {
    return [...this.#generator.getState()];
  }

  /** Goes on from a {@link Random.state}. */
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

/** Whether `state` is one that a stream can have; from zeros alone it would give nothing but zeros. */
export const isRandomState = (state: unknown): boolean =>
  Array.isArray(state) &&
  state.length === 4 &&
  state.every((n) => n === (n | 0)) &&
  state.some((n) => n !== 0);

/** A seed for those who do not care which; it is kept with the options, so that a run can be repeated. */
export const anySeed = (): number => Math.floor(Math.random() * 0x80000000);

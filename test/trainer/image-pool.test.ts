import * as tf from '@tensorflow/tfjs';
import { ImagePool, Random, type RandomSource } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { goldenCase } from '../support/golden-case.js';
import { withoutLeaks } from '../support/leaks.js';

type Draw = { uniform: number } | { index: number };
interface Query {
  in: number[];
  draws: Draw[];
  out: number[];
  pool: number[];
}

/** A source that gives written draws, and fails where another kind of draw is wanted. */
function scripted(draws: Draw[]): RandomSource {
  const next = (kind: string): number => {
    const draw = draws.shift() as Record<string, number> | undefined;
    if (draw?.[kind] === undefined) throw new Error(`no ${kind} is due`);
    return draw[kind];
  };
  return { uniform: () => next('uniform'), index: () => next('index') };
}

/** A batch of pictures of 2×1 pixels that are all of one number. */
const pictures = (numbers: number[]): tf.Tensor4D =>
  tf.tensor4d(
    numbers.flatMap((n) => [n, n]),
    [numbers.length, 2, 1, 1],
  );

/** Gives `numbers` to the pool and returns the numbers that come out. */
async function query(pool: ImagePool, numbers: number[]): Promise<number[]> {
  const given = pictures(numbers);
  const got = pool.query(given);
  given.dispose(); // what the pool keeps must not depend on the caller's tensor
  expect(got.shape).toEqual([numbers.length, 2, 1, 1]);
  const values = [...(await got.data())];
  got.dispose();
  return values.filter((_, i) => i % 2 === 0);
}

describe('ImagePool', () => {
  it.each(['0-batch-1', '0-batch-2', '3-batch-1', '3-batch-2'])('returns and keeps what P does: %s', (name) =>
    withoutLeaks(async () => {
      const golden = goldenCase(`p-image-pool-${name}`).json as {
        config: { pool_size: number };
        queries: Query[];
      };
      const draws: Draw[] = [];
      const pool = new ImagePool(golden.config.pool_size, scripted(draws));
      for (const q of golden.queries) {
        draws.push(...q.draws);
        expect(await query(pool, q.in)).toEqual(q.out);
        expect((await pool.state()).images.map(({ data }) => data[0])).toEqual(q.pool);
        expect(draws).toEqual([]);
      }
      pool.dispose();
    }),
  );

  it('goes on from its state as if nothing had happened', () =>
    withoutLeaks(async () => {
      const random = new Random(3);
      const pool = new ImagePool(2, random);
      for (let i = 1; i <= 6; i++) await query(pool, [i]);
      const state = structuredClone({ pool: await pool.state(), random: random.state() });

      const ahead: number[][] = [];
      for (let i = 7; i <= 12; i++) ahead.push(await query(pool, [i]));
      pool.dispose();

      const otherRandom = new Random(0);
      otherRandom.restore(state.random);
      const other = new ImagePool(2, otherRandom);
      await query(other, [99]);
      other.restore(state.pool);
      for (let i = 7; i <= 12; i++) expect(await query(other, [i])).toEqual(ahead[i - 7]);
      other.dispose();
    }));

  it('loses nothing when the pictures of a batch turn out to differ in size', () =>
    withoutLeaks(() => {
      const pool = new ImagePool(1, scripted([{ uniform: 0.9 }, { index: 0 }, { uniform: 0.1 }]));
      const [small, large] = [tf.zeros<tf.Rank.R4>([1, 2, 1, 1]), tf.zeros<tf.Rank.R4>([2, 3, 1, 1])];
      pool.query(small).dispose();
      expect(() => pool.query(large)).toThrow('concat');
      tf.dispose([small, large]);
      pool.dispose();
    }));

  it('refuses a size below 0, and the state of a larger pool', () =>
    withoutLeaks(() => {
      expect(() => new ImagePool(-1, new Random(0))).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: ImagePool: option "size" must be a whole number from 0, got -1.]`,
      );
      const image = { shape: [1, 1, 1, 1], data: Float32Array.of(1) };
      expect(() =>
        new ImagePool(1, new Random(0)).restore({ images: [image, image] }),
      ).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: ImagePool.restore: the pool holds 1 pictures, the state 2. Use a pool of the size that the state comes from.]`,
      );
    }));
});

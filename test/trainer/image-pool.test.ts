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

/** A batch of images of 2×1 pixels that are all of one number. */
const images = (numbers: number[]): tf.Tensor4D =>
  tf.tensor4d(
    numbers.flatMap((n) => [n, n]),
    [numbers.length, 2, 1, 1],
  );

/** Gives `numbers` to the pool and returns the numbers that come out. */
async function query(pool: ImagePool, numbers: number[]): Promise<number[]> {
  const given = images(numbers);
  const got = pool.query(given);
  given.dispose(); // what the pool keeps must not depend on the caller's tensor
  expect(got.shape).toEqual([numbers.length, 2, 1, 1]);
  const values = [...(await got.data())];
  got.dispose();
  return values.filter((_, i) => i % 2 === 0);
}

describe('ImagePool', () => {
  it.each(['0-batch-1', '0-batch-2', '3-batch-1', '3-batch-2'])(
    'returns and keeps the same images as PyTorch: %s',
    (name) =>
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

  it('resumes from its state bit for bit', () =>
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

  it('returns batches of one size, and replaces images of other sizes', () =>
    withoutLeaks(async () => {
      const draws: Draw[] = [];
      const pool = new ImagePool(2, scripted(draws));
      /** A batch of images of `height` pixels, each of one number. */
      const answer = async (height: number, numbers: number[], ...drawn: Draw[]) => {
        draws.push(...drawn);
        const given = tf.tensor4d(
          numbers.flatMap((n) => new Array<number>(height).fill(n)),
          [numbers.length, height, 1, 1],
        );
        const got = pool.query(given);
        const result = [got.shape[1], ...[...(await got.data())].filter((_, i) => i % got.shape[1] === 0)];
        tf.dispose([given, got]);
        expect(draws).toEqual([]);
        return result;
      };
      const held = async () => (await pool.state()).images.map(({ shape, data }) => [shape[1], data[0]]);

      expect(await answer(2, [1, 2])).toEqual([2, 1, 2]);
      // 3 takes the place of 1, 4 that of the 3 just stored: 3 is of this batch's size, 1 is not
      const swap = (index: number) => [{ uniform: 0.9 }, { index }];
      expect(await answer(3, [3, 4], ...swap(0), ...swap(0))).toEqual([3, 3, 3]);
      expect(await held()).toEqual([[3, 4], [2, 2]]); // prettier-ignore
      expect(await answer(3, [5, 6], ...swap(1), { uniform: 0.1 })).toEqual([3, 5, 6]);
      expect(await held()).toEqual([[3, 4], [3, 5]]); // prettier-ignore
      // alone, an image may come back as one of another size, as in P
      expect(await answer(2, [7], ...swap(1))).toEqual([3, 5]);
      expect(await answer(2, [8, 9], ...swap(1), ...swap(0))).toEqual([2, 7, 9]);
      expect(await held()).toEqual([[2, 9], [2, 8]]); // prettier-ignore
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
        `[CycleGANError: ImagePool.restore: the pool can hold 1 images, the state has 2. Use the pool size that the state was saved with.]`,
      );
    }));
});

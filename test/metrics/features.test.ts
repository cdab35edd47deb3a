/** Statistics, FID, KID and neighbours: closed forms, brute force, and refused features. (Golden cases compare with scipy.) */
import * as tf from '@tensorflow/tfjs';
import { Random } from 'ts-cyclegan';
import { type FeatureData, FeatureStatistics, fid, kid, nearestNeighbours } from 'ts-cyclegan/metrics';
import { expect, test } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';

function features(count: number, size: number, seed: number, shift = 0): FeatureData {
  const random = new Random(seed);
  return {
    data: Float64Array.from({ length: count * size }, () => random.uniform() + shift),
    shape: [count, size],
  };
}

const rows = ({ data, shape: [, size] }: FeatureData, from: number, to: number): FeatureData => ({
  data: data.subarray(from * size, to * size),
  shape: [to - from, size],
});

async function statisticsOf(...batches: FeatureData[]): Promise<FeatureStatistics> {
  const statistics = new FeatureStatistics();
  for (const batch of batches) await statistics.add(batch);
  return statistics;
}

test('mean and covariance do not depend on the batches, also far from 0', async () => {
  const all = features(300, 5, 1, 1e6);
  const { data } = all;
  const mean = Array.from({ length: 5 }, (_, j) => Float64Array.from(data).reduce((sum, x, at) => (at % 5 === j ? sum + x : sum), 0) / 300); // prettier-ignore
  const covariance = Float64Array.from({ length: 25 }, (_, at) => {
    const [i, j] = [Math.floor(at / 5), at % 5];
    let sum = 0;
    for (let row = 0; row < 300; row++)
      sum += (data[row * 5 + i]! - mean[i]!) * (data[row * 5 + j]! - mean[j]!);
    return sum / 299;
  });
  const [first, second] = [
    await statisticsOf(rows(all, 0, 1), rows(all, 1, 90)),
    await statisticsOf(rows(all, 90, 300)),
  ];
  const before = second.covariance();
  first.merge(second);
  first.merge(new FeatureStatistics());
  expect(second.covariance()).toEqual(before);
  for (const statistics of [first, await statisticsOf(all, rows(all, 0, 0))]) {
    expect(statistics).toMatchObject({ count: 300, size: 5 });
    expect(statistics.mean()).toBeAllClose(mean, { rtol: 1e-13 });
    expect(statistics.covariance()).toBeAllClose(covariance, { atol: 1e-9 });
  }
});

test('FID of diagonal covariances is Σ (μ₁ − μ₂)² + (σ₁ − σ₂)²', async () => {
  await withoutLeaks(async () => {
    // ± values along one axis at a time: the covariance is diagonal
    const axes = (scales: number[], shift: number) =>
      scales.flatMap((scale, i) =>
        [scale, -scale].map((value) => scales.map((_, j) => (i === j ? value : 0) + shift)),
      );
    const [a, b] = [tf.tensor2d(axes([1, 2, 3], 0)), tf.tensor2d(axes([2, 2, 1], 0.5))];
    const [first, second] = [new FeatureStatistics(), new FeatureStatistics()];
    await first.add(a);
    await second.add(b);
    const variance = (scale: number) => (2 * scale ** 2) / 5;
    const wanted = [[1, 2], [2, 2], [3, 1]].reduce((sum, [x, y]) => sum + 0.25 + (Math.sqrt(variance(x!)) - Math.sqrt(variance(y!))) ** 2, 0); // prettier-ignore
    expect(fid(first, second)).toBeCloseTo(wanted, 10);
    expect(fid(second, first)).toBeCloseTo(wanted, 10);
    expect(fid(first, first)).toBeCloseTo(0, 10);
    tf.dispose([a, b]);
  });
});

test('FID of the same features is not below 0 by rounding', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const statistics = await statisticsOf(features(32, 16, seed));
    expect(fid(statistics, statistics)).toBeGreaterThanOrEqual(0);
    expect(fid(statistics, statistics)).toBeCloseTo(0, 10);
  }
});

test('KID over subsets is the mean of KIDs of fewer images, and the same for the same seed', async () => {
  const [a, b] = [features(21, 6, 2), features(17, 6, 3, 0.5)];
  const all = await kid(a, b);
  expect(all.deviation).toBe(0);
  expect(await kid(a, b, { subsetSize: 17, subsets: 1 })).toMatchObject({ deviation: 0 });
  const subsets = await kid(a, b, { subsetSize: 12, subsets: 40 });
  expect(subsets).toEqual(await kid(a, b, { subsetSize: 12, subsets: 40, seed: 0 }));
  expect(subsets.deviation).toBeGreaterThan(0);
  expect(Math.abs(subsets.value - all.value)).toBeLessThan(subsets.deviation);
});

test('nearest neighbours are those of a brute force search, over batches that are disposed', async () => {
  await withoutLeaks(async () => {
    const [queries, references] = [features(9, 7, 4), features(50, 7, 5)];
    const { data } = references;
    data.set(queries.data.subarray(14, 21), 33 * 7); // an exact copy
    const wanted = Array.from({ length: 9 }, (_, q) => {
      const distances = Array.from({ length: 50 }, (_, r) =>
        Math.hypot(...Array.from({ length: 7 }, (_, k) => queries.data[q * 7 + k]! - data[r * 7 + k]!)),
      );
      const distance = Math.min(...distances);
      return { index: distances.indexOf(distance), distance };
    });
    const plain = await nearestNeighbours(queries, references);
    expect(plain.map(({ index }) => index)).toEqual(wanted.map(({ index }) => index));
    expect(plain.map(({ distance }) => distance)).toBeAllClose(wanted.map(({ distance }) => distance), { rtol: 1e-9 }); // prettier-ignore
    expect(plain[2]).toEqual({ index: 33, distance: 0 });
    const batches = [0, 1].map((half) =>
      tf.tensor2d(Float32Array.from(data.subarray(half * 175, half * 175 + 175)), [25, 7]),
    );
    const inBatches = await nearestNeighbours(queries, batches);
    expect(inBatches.map(({ index }) => index)).toEqual(wanted.map(({ index }) => index));
  });
});

const two = features(2, 3, 6);
test.each([
  [
    async () => fid(await statisticsOf(two), await statisticsOf(features(2, 4, 7))),
    'INVALID_SHAPE',
    'fid: all features must have the same size, got 3 and 4. Use one feature network for all images.',
  ],
  [
    async () => fid(await statisticsOf(two), await statisticsOf(features(1, 3, 7))),
    'INVALID_DATA',
    'FeatureStatistics.covariance: expected the features of at least 2 images, got 1. Call add first.',
  ],
  [
    () => Promise.resolve(new FeatureStatistics().mean()),
    'INVALID_DATA',
    'FeatureStatistics.mean: expected the features of at least 1 image, got 0. Call add first.',
  ],
  [
    () => statisticsOf({ data: new Float32Array(5), shape: [2, 3] }),
    'INVALID_SHAPE',
    'FeatureStatistics.add: features must be features [count, size], a tensor or { data, shape }, got the shape [2, 3].',
  ],
  [
    () => statisticsOf({ data: Float32Array.from([1, NaN]), shape: [1, 2] }),
    'NOT_A_NUMBER',
    'FeatureStatistics.add: the values of features must be finite, got NaN or infinity. Check the feature network and the range of its inputs.',
  ],
  [
    () => kid(two, two, { subsetSize: 3 }),
    'INVALID_DATA',
    'kid: expected the features of at least 3 images in each set, got 2.',
  ],
  [
    () => nearestNeighbours(two, []),
    'INVALID_DATA',
    'nearestNeighbours: references must have at least one image, got none.',
  ],
])('refuses %#', async (call, code, message) => {
  await expect((async () => call())()).rejects.toMatchObject({ code, message });
});

/** Histograms of weights, with TensorBoard's limits: powers of 1.1 from 1e-12 to 1e20, and the same below 0. */
import type { Histogram } from './event.js';

const positive: number[] = [];
for (let limit = 1e-12; limit < 1e20; limit *= 1.1) positive.push(limit);
const limits = [...positive.map((limit) => -limit).reverse(), 0, ...positive, Number.MAX_VALUE];

/** The place of the first limit above a value. */
function bucketOf(value: number): number {
  let [low, high] = [0, limits.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (limits[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The histogram of values; without the empty buckets at both ends. */
export function histogramOf(values: Float32Array): Histogram {
  const counts = new Float64Array(limits.length);
  let [min, max, sum, sumOfSquares] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    counts[bucketOf(value)]! += 1;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumOfSquares += value * value;
  }
  const used = [...counts.keys()].filter((i) => counts[i]! > 0);
  const [first, last] = [Math.max(0, (used[0] ?? 1) - 1), used.at(-1) ?? 0];
  return {
    min,
    max,
    count: values.length,
    sum,
    sumOfSquares,
    limits: limits.slice(first, last + 1),
    counts: Array.from(counts.subarray(first, last + 1)),
  };
}

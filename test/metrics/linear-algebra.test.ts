/** The linear algebra of FID, on matrices whose factors and eigenvalues are known. */
import { Random } from 'ts-cyclegan';
import { expect, test } from 'vitest';
import { pivotedCholesky } from '../../src/metrics/linear-algebra/cholesky.js';
import { symmetricEigenvalues } from '../../src/metrics/linear-algebra/eigenvalues.js';
import { traceOfRoot } from '../../src/metrics/linear-algebra/trace-of-root.js';

/** X Xᵀ of a random X [size, rank]. */
function semiDefinite(size: number, rank: number, seed: number): Float64Array {
  const random = new Random(seed);
  const x = Float64Array.from({ length: size * rank }, () => random.uniform() - 0.5);
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += x[i * rank + k]! * x[j * rank + k]!;
    return sum;
  });
}

test('eigenvalues of the second difference are 2 − 2 cos(kπ / (n + 1)), also after a rotation', () => {
  const size = 41;
  const known = Array.from({ length: size }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (size + 1)));
  const difference = Float64Array.from({ length: size * size }, (_, at) => {
    const distance = Math.abs(Math.floor(at / size) - (at % size));
    return distance === 0 ? 2 : distance === 1 ? -1 : 0;
  });
  // H A H with a Householder reflection H has the same eigenvalues, but no zeros
  const random = new Random(5);
  const v = Float64Array.from({ length: size }, () => random.uniform());
  const norm = v.reduce((sum, x) => sum + x * x, 0);
  const h = (i: number, j: number) => (i === j ? 1 : 0) - (2 * v[i]! * v[j]!) / norm;
  const times = (a: (i: number, j: number) => number, b: (i: number, j: number) => number) => {
    const product = Float64Array.from({ length: size * size }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += a(Math.floor(at / size), k) * b(k, at % size);
      return sum;
    });
    return (i: number, j: number) => product[i * size + j]!;
  };
  const rotated = times(
    times(h, (i, j) => difference[i * size + j]!),
    h,
  );
  const full = Float64Array.from({ length: size * size }, (_, at) =>
    rotated(Math.floor(at / size), at % size),
  );
  for (const matrix of [difference, full]) {
    expect([...symmetricEigenvalues(matrix, size)].sort((a, b) => a - b)).toBeAllClose(known, { atol: 1e-13, rtol: 1e-12 }); // prettier-ignore
  }
});

test.each([
  [1, Float64Array.from([-3]), [-3]],
  [2, Float64Array.from([2, 1, 1, 2]), [1, 3]],
  [3, new Float64Array(9), [0, 0, 0]],
])('eigenvalues of a matrix of size %i', (size, matrix, known) => {
  expect([...symmetricEigenvalues(matrix, size)].sort((a, b) => a - b)).toBeAllClose(known, { atol: 1e-14 });
});

test('the Cholesky factor multiplies to the matrix, and finds its rank', () => {
  const [size, rank] = [23, 9];
  const matrix = semiDefinite(size, rank, 7);
  const factor = pivotedCholesky(matrix, size);
  expect(factor.rank).toBe(rank);
  const product = Float64Array.from({ length: size * size }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += factor.rows[k * size + Math.floor(at / size)]! * factor.rows[k * size + (at % size)]!; // prettier-ignore
    return sum;
  });
  const wanted = product.map(
    (_, at) => matrix[factor.order[Math.floor(at / size)]! * size + factor.order[at % size]!]!,
  );
  expect(product).toBeAllClose(wanted, { atol: 1e-13 });
});

test.each([
  ['full rank', 30, 40],
  ['less rank than size', 30, 12],
])('the root of A A is A: %s', (_, size, rank) => {
  const a = semiDefinite(size, rank, 11);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += a[i * size + i]!;
  expect(traceOfRoot(a, a, size) / trace).toBeCloseTo(1, 10);
  expect(traceOfRoot(new Float64Array(size * size), a, size)).toBe(0);
});

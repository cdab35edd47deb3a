/** The trace of the square root of a product of covariances, without the square root. */
import { pivotedCholesky } from './cholesky.js';
import { symmetricEigenvalues } from './eigenvalues.js';
import { rowProducts } from './products.js';

/**
 * The trace of (A B)^½. With A = L Lᵀ, the eigenvalues of A B are those of the symmetric matrix Lᵀ B L, and the trace is the sum of
 * their roots. Eigenvalues that differ from 0 by rounding only count as 0: the root of 1e-16 is 1e-8, which adds up over many features.
 *
 * @param a symmetric and positive semi-definite, [size, size]
 * @param b likewise
 */
export function traceOfRoot(a: Float64Array, b: Float64Array, size: number): number {
  const { rank, rows, order } = pivotedCholesky(a, size);
  const projected = project(rows, permuted(b, order, size), rank, size);
  const eigenvalues = symmetricEigenvalues(projected, rank);
  const tolerance = size * 2 ** -52 * eigenvalues.reduce((most, value) => Math.max(most, value), 0);
  return eigenvalues.reduce((sum, value) => (value > tolerance ? sum + Math.sqrt(value) : sum), 0);
}

/** B with its rows and columns in another order. */
function permuted(b: Float64Array, order: Int32Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const [row, source] = [i * size, order[i]! * size];
    for (let j = 0; j < size; j++) result[row + j] = b[source + order[j]!]!;
  }
  return result;
}

/** Lᵀ B L, [rank, rank], for Lᵀ [rank, size] whose row j is zero before element j. */
function project(rows: Float64Array, b: Float64Array, rank: number, size: number): Float64Array {
  const half = new Float64Array(rank * size); // Lᵀ B
  for (let i = 0; i < rank; i += 4) {
    const end = Math.min(i + 4, rank);
    rowProducts(rows, b, size, i, size, i, end, 0, size, (row, column, sum) => {
      half[row * size + column] = sum;
    });
  }
  const result = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i += 4) {
    const end = Math.min(i + 4, rank);
    rowProducts(rows, half, size, i, size, i, end, 0, end, (row, column, sum) => {
      result[row * rank + column] = sum;
      result[column * rank + row] = sum;
    });
  }
  return result;
}

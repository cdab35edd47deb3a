/**
 * The Cholesky factor of a positive semi-definite matrix, with diagonal pivoting (Higham 1990, "Analysis of the Cholesky
 * decomposition of a semi-definite matrix"). It is stable for matrices that are not of full rank, such as the covariance of fewer
 * samples than features.
 */

/** P A Pᵀ = L Lᵀ. */
export interface Factor {
  /** The rank. */
  rank: number;
  /** Lᵀ, [rank, size]. Row j is zero before element j. */
  rows: Float64Array;
  /** The row of A at each place. */
  order: Int32Array;
}

/** @param matrix [size, size]; unchanged */
export function pivotedCholesky(matrix: Float64Array, size: number): Factor {
  const rows = new Float64Array(size * size);
  const order = Int32Array.from({ length: size }, (_, i) => i);
  const rest = Float64Array.from(order, (i) => matrix[i * size + i]!);
  const tolerance = size * 2 ** -52 * rest.reduce((a, b) => Math.max(a, b), 0);
  let rank = 0;
  for (; rank < size; rank++) {
    const pivot = largest(rest, rank);
    if (!(rest[pivot]! > tolerance)) break;
    swapColumns(rows, order, rest, size, rank, pivot);
    const row = rank * size;
    const diagonal = Math.sqrt(rest[rank]!);
    const source = order[rank]! * size;
    for (let k = rank + 1; k < size; k++) rows[row + k] = matrix[source + order[k]!]!;
    subtractEarlier(rows, size, rank);
    rows[row + rank] = diagonal;
    for (let k = rank + 1; k < size; k++) {
      const value = rows[row + k]! / diagonal;
      rows[row + k] = value;
      rest[k]! -= value * value;
    }
  }
  return { rank, rows, order };
}

function largest(values: Float64Array, from: number): number {
  let best = from;
  for (let i = from + 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function swapColumns(
  rows: Float64Array,
  order: Int32Array,
  rest: Float64Array,
  size: number,
  i: number,
  j: number,
): void {
  // prettier-ignore
  if (i === j) return;
  [order[i], order[j]] = [order[j]!, order[i]!];
  [rest[i], rest[j]] = [rest[j]!, rest[i]!];
  for (let m = 0; m < i; m++) {
    const [a, b] = [m * size + i, m * size + j];
    [rows[a], rows[b]] = [rows[b]!, rows[a]!];
  }
}

/** Subtracts the rows before `row`, each times its element in column `row`; four at a time, which saves passes over the row. */
function subtractEarlier(rows: Float64Array, size: number, row: number): void {
  const at = row * size;
  let m = 0;
  for (; m + 4 <= row; m += 4) {
    const [r0, r1, r2, r3] = [m * size, (m + 1) * size, (m + 2) * size, (m + 3) * size];
    const [f0, f1, f2, f3] = [rows[r0 + row]!, rows[r1 + row]!, rows[r2 + row]!, rows[r3 + row]!];
    for (let k = row + 1; k < size; k++) {
      rows[at + k]! -= f0 * rows[r0 + k]! + f1 * rows[r1 + k]! + (f2 * rows[r2 + k]! + f3 * rows[r3 + k]!);
    }
  }
  for (; m < row; m++) {
    const factor = rows[m * size + row]!;
    for (let k = row + 1; k < size; k++) rows[at + k]! -= factor * rows[m * size + k]!;
  }
}

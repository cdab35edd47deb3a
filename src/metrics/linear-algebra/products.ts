/** Sums of products of the rows of matrices, in double precision. Eight sums at a time stay in registers. */

/** Rows that stay in the cache of a processor core while others pass by. */
const tile = 128;

/** Receives a sum. */
type Take = (i: number, j: number, sum: number) => void;

/**
 * Adds XᵀX to the upper triangle of a symmetric matrix.
 *
 * @param target [size, size]
 * @param columns Xᵀ, [size, count]: each column of X is contiguous
 */
export function addGram(target: Float64Array, columns: Float64Array, size: number, count: number): void {
  const add: Take = (row, column, sum) => {
    target[row * size + column]! += sum;
  };
  for (let j = 0; j < size; j += tile) {
    const end = Math.min(j + tile, size);
    for (let i = 0; i < end; i += 4) {
      const from = Math.max(i, j);
      rowProducts(columns, columns, count, 0, count, i, Math.min(i + 4, size), from, end, add);
    }
  }
}

/**
 * The products of rows `i0` to `i1` (at most four) of `a` with rows `j0` to `j1` of `b`, over the elements `k0` to `k1`.
 * Ends are exclusive.
 *
 * @param stride elements in a row of both matrices
 */
export function rowProducts(
  a: Float64Array,
  b: Float64Array,
  stride: number,
  k0: number,
  k1: number,
  i0: number,
  i1: number,
  j0: number,
  j1: number,
  take: Take,
): void {
  let j = j0;
  if (i1 - i0 === 4) {
    const a0 = i0 * stride;
    const a1 = a0 + stride;
    const a2 = a1 + stride;
    const a3 = a2 + stride;
    for (; j + 2 <= j1; j += 2) {
      const b0 = j * stride;
      const b1 = b0 + stride;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let k = k0; k < k1; k++) {
        const x = b[b0 + k]!;
        const y = b[b1 + k]!;
        const p = a[a0 + k]!;
        s00 += p * x;
        s01 += p * y;
        const q = a[a1 + k]!;
        s10 += q * x;
        s11 += q * y;
        const r = a[a2 + k]!;
        s20 += r * x;
        s21 += r * y;
        const s = a[a3 + k]!;
        s30 += s * x;
        s31 += s * y;
      }
      take(i0, j, s00);
      take(i0, j + 1, s01);
      take(i0 + 1, j, s10);
      take(i0 + 1, j + 1, s11);
      take(i0 + 2, j, s20);
      take(i0 + 2, j + 1, s21);
      take(i0 + 3, j, s30);
      take(i0 + 3, j + 1, s31);
    }
  }
  for (; j < j1; j++) {
    for (let i = i0; i < i1; i++) {
      let sum = 0;
      for (let k = k0; k < k1; k++) sum += a[i * stride + k]! * b[j * stride + k]!;
      take(i, j, sum);
    }
  }
}

/**
 * The eigenvalues of a symmetric matrix, without its eigenvectors: Householder's reduction to a tridiagonal matrix, then the
 * implicit QL method (Golub and Van Loan, "Matrix Computations", 8.3).
 */

/**
 * @param matrix [size, size], symmetric; its content is lost
 * @returns the eigenvalues, in no order
 */
export function symmetricEigenvalues(matrix: Float64Array, size: number): Float64Array {
  const { diagonal, beside } = tridiagonal(matrix, size);
  return tridiagonalEigenvalues(diagonal, beside);
}

/**
 * Reduces a matrix to a tridiagonal one with the same eigenvalues. A step subtracts v wᵀ + w vᵀ from the rest of the matrix. The
 * next v depends on one row only, so one pass over the matrix subtracts and multiplies by the next v.
 */
function tridiagonal(a: Float64Array, size: number): { diagonal: Float64Array; beside: Float64Array } {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(Math.max(size - 1, 0));
  let [v, w] = [new Float64Array(size), new Float64Array(size)];
  let [nextV, nextW] = [new Float64Array(size), new Float64Array(size)];
  for (let step = 0; step < size; step++) {
    update(a, size, step, v, w);
    diagonal[step] = a[step * size + step]!;
    if (step === size - 1) break;
    const { factor, element } = reflection(a.subarray(step * size, (step + 1) * size), step + 1, nextV);
    beside[step] = element;
    let dot = 0;
    for (let i = step + 1; i < size; i++) {
      nextW[i] = factor * updateAndMultiply(a, size, i, step + 1, v, w, nextV);
      dot += nextW[i]! * nextV[i]!;
    }
    const half = (factor * dot) / 2;
    for (let i = step + 1; i < size; i++) nextW[i]! -= half * nextV[i]!;
    [v, w, nextV, nextW] = [nextV, nextW, v, w];
  }
  return { diagonal, beside };
}

/** Subtracts v wᵀ + w vᵀ from row `i`, from the diagonal on. */
function update(a: Float64Array, size: number, i: number, v: Float64Array, w: Float64Array): void {
  const [vi, wi, row] = [v[i]!, w[i]!, i * size];
  for (let j = i; j < size; j++) a[row + j]! -= vi * w[j]! + wi * v[j]!;
}

/** Subtracts v wᵀ + w vᵀ from row `i`, and returns its product with `next`. */
function updateAndMultiply(
  a: Float64Array,
  size: number,
  i: number,
  from: number,
  v: Float64Array,
  w: Float64Array,
  next: Float64Array,
): number {
  const vi = v[i]!;
  const wi = w[i]!;
  const row = i * size;
  let sum = 0;
  let other = 0;
  let j = from;
  for (; j + 2 <= size; j += 2) {
    const first = a[row + j]! - (vi * w[j]! + wi * v[j]!);
    const second = a[row + j + 1]! - (vi * w[j + 1]! + wi * v[j + 1]!);
    a[row + j] = first;
    a[row + j + 1] = second;
    sum += first * next[j]!;
    other += second * next[j + 1]!;
  }
  if (j < size) {
    a[row + j]! -= vi * w[j]! + wi * v[j]!;
    sum += a[row + j]! * next[j]!;
  }
  return sum + other;
}

/** Householder's I − factor · v vᵀ that makes all elements of `x` after `from` zero; `element` is then the one at `from`. */
function reflection(x: Float64Array, from: number, v: Float64Array): { factor: number; element: number } {
  let scale = 0;
  for (let i = from; i < x.length; i++) scale = Math.max(scale, Math.abs(x[i]!));
  v.fill(0);
  if (scale === 0) return { factor: 0, element: 0 };
  let squares = 0;
  for (let i = from; i < x.length; i++) {
    v[i] = x[i]! / scale;
    squares += v[i]! * v[i]!;
  }
  const first = v[from]!;
  const norm = first > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
  v[from] = first - norm;
  return { factor: 1 / (squares - first * norm), element: norm * scale };
}

/** Enough for any matrix; one or two sweeps per eigenvalue are usual. */
const mostSweeps = 60;

/** The implicit QL method with Wilkinson's shift. Changes both arrays. */
function tridiagonalEigenvalues(d: Float64Array, beside: Float64Array): Float64Array {
  const size = d.length;
  const e = new Float64Array(size);
  e.set(beside);
  for (let l = 0; l < size; l++) {
    for (let sweep = 0; ; sweep++) {
      const m = firstZero(d, e, l);
      if (m === l) break;
      if (sweep === mostSweeps) throw new Error('the eigenvalues do not converge');
      sweepOnce(d, e, l, m);
    }
  }
  return d;
}

/** The first element from `l` on after which the matrix falls into two parts. */
function firstZero(d: Float64Array, e: Float64Array, l: number): number {
  let m = l;
  while (m < d.length - 1 && Math.abs(e[m]!) > 2 ** -52 * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
  return m;
}

function sweepOnce(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const middle = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const root = Math.hypot(middle, 1);
  let g = d[m]! - d[l]! + e[l]! / (middle + (middle >= 0 ? root : -root));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
  }
  d[l]! -= p;
  e[l] = g;
  e[m] = 0;
}

/** Transposes plain arrays, without tensors and a backend. */

/**
 * Returns the elements of an array of rank up to 4 with permuted axes, as `tf.transpose` does.
 *
 * @param data the elements in row-major order
 * @param axes axis i of the result is axis `axes[i]` of the array
 * @param result where they are written
 */
export function permute(
  data: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
  result: Float32Array = new Float32Array(data.length),
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, n) => size * n, 1));
  const missing = Array<number>(4 - axes.length).fill(1);
  const [n0, n1, n2, n3] = [...missing, ...axes.map((axis) => shape[axis]!)] as [
    number,
    number,
    number,
    number,
  ];
  const [s0, s1, s2, s3] = [...missing, ...axes.map((axis) => strides[axis]!)] as [
    number,
    number,
    number,
    number,
  ];
  let to = 0;
  for (let i = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      for (let k = 0; k < n2; k++) {
        let from = i * s0 + j * s1 + k * s2;
        for (let l = 0; l < n3; l++, from += s3) result[to++] = data[from]!;
      }
    }
  }
  return result;
}

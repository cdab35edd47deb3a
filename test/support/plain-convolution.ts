/**
 * Convolutions of images of one channel as plain loops, as PyTorch defines them: the independent truth
 * for padding, where TensorFlow and PyTorch differ.
 */
export type Image = number[][];

const empty = (height: number, width: number): Image =>
  Array.from({ length: height }, () => new Array<number>(width).fill(0));

/** `nn.Conv2d`: zeros before and after each axis, and the kernel moved by `strides`. */
export function convolve(
  x: Image,
  kernel: Image,
  strides: [number, number],
  [before, after]: [number, number],
): Image {
  const sizes = [x.length, x[0]!.length];
  const [height, width] = [kernel.length, kernel[0]!.length].map(
    (taps, axis) => Math.floor((sizes[axis]! + before + after - taps) / strides[axis]!) + 1,
  );
  const y = empty(height!, width!);
  for (const [row, line] of y.entries()) {
    for (const column of line.keys()) {
      for (const [i, taps] of kernel.entries()) {
        for (const [j, tap] of taps.entries()) {
          const value = x[row * strides[0] + i - before]?.[column * strides[1] + j - before] ?? 0;
          line[column]! += tap * value;
        }
      }
    }
  }
  return y;
}

/** `nn.ConvTranspose2d`: each pixel adds the kernel, `padding` is cut off the front, and the size is given. */
export function convolveTransposed(
  x: Image,
  kernel: Image,
  strides: [number, number],
  padding: number,
  [height, width]: [number, number],
): Image {
  const y = empty(height, width);
  for (const [row, line] of x.entries()) {
    for (const [column, value] of line.entries()) {
      for (const [i, taps] of kernel.entries()) {
        for (const [j, tap] of taps.entries()) {
          const target = y[row * strides[0] + i - padding];
          const at = column * strides[1] + j - padding;
          if (target?.[at] !== undefined) target[at] += tap * value;
        }
      }
    }
  }
  return y;
}

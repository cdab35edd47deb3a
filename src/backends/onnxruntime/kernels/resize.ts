/**
 * Resizing of pictures [n, h, w, c] and its gradients. Each is the same linear map for every column and for
 * every row, so it is two matrix products; a gradient has the transposed matrices.
 */
import { type Lowering } from '../graph/lowering.js';
import { type Kernel, kernel } from './kernel.js';

interface ResizeAttrs {
  alignCorners: boolean;
  halfPixelCenters?: boolean;
  size?: [number, number];
}

/** How an axis of `from` elements becomes one of `to`: a row of weights for each new element. */
type Weights = (from: number, to: number, attrs: ResizeAttrs) => number[][];

const rows = (from: number, to: number): number[][] =>
  Array.from({ length: to }, () => new Array<number>(from).fill(0));

/** Where new element `i` lies among the old ones. */
function position(
  i: number,
  from: number,
  to: number,
  { alignCorners, halfPixelCenters }: ResizeAttrs,
): number {
  const ratio = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return halfPixelCenters === true ? ratio * (i + 0.5) - 0.5 : ratio * i;
}

const bilinear: Weights = (from, to, attrs) =>
  rows(from, to).map((row, i) => {
    const at = Math.max(0, position(i, from, to, attrs));
    const before = Math.floor(at);
    const after = Math.min(from - 1, Math.ceil(at));
    row[before]! += 1 - (at - before);
    row[after]! += at - before;
    return row;
  });

const nearest: Weights = (from, to, attrs) =>
  rows(from, to).map((row, i) => {
    const shift = attrs.halfPixelCenters === true ? 0.5 : 0;
    const at = position(i, from, to, attrs) + shift;
    const chosen = attrs.alignCorners ? Math.round(at) : Math.floor(at);
    row[Math.max(0, Math.min(from - 1, chosen))] = 1;
    return row;
  });

const transposed = (matrix: number[][]): number[][] => matrix[0]!.map((_, i) => matrix.map((row) => row[i]!));

/** rows · x · columnsᵀ for every channel of input 0. */
function apply(call: Lowering<ResizeAttrs>, overRows: number[][], overColumns: number[][]): void {
  const matrix = (m: number[][]) => call.constant('float32', [m.length, m[0]!.length], m.flat());
  const wide = call.op('MatMul', [call.input(0, 'channels first'), matrix(transposed(overColumns))]);
  call.output(call.op('MatMul', [matrix(overRows), wide]), 'channels first');
}

/** Nearest neighbours for whole factors: every pixel so many times. */
function repeat(call: Lowering<ResizeAttrs>, down: number, across: number): void {
  const factors = call.constant('float32', [4], [1, 1, down, across]);
  const y = call.op('Resize', [call.input(0, 'channels first'), '', factors], {
    mode: { string: 'nearest' },
    nearest_mode: { string: 'floor' },
    coordinate_transformation_mode: { string: 'asymmetric' },
  });
  call.output(y, 'channels first');
}

function resize(weights: Weights): Kernel {
  return kernel<ResizeAttrs>({
    inputs: ['images'],
    infer([images], { size }) {
      const [n, , , channels] = images!.shape as [number, number, number, number];
      return images!.dtype === 'float32' ? [{ shape: [n, ...size!, channels], dtype: 'float32' }] : undefined;
    },
    lower(call) {
      const [, height, width] = call.inputs[0]!.shape as [number, number, number];
      const [newHeight, newWidth] = call.attrs.size!;
      if (
        weights === nearest &&
        newHeight % height === 0 &&
        newWidth % width === 0 &&
        !call.attrs.alignCorners
      ) {
        repeat(call, newHeight / height, newWidth / width);
        return;
      }
      apply(call, weights(height, newHeight, call.attrs), weights(width, newWidth, call.attrs));
    },
  });
}

function resizeGrad(weights: Weights): Kernel {
  return kernel<ResizeAttrs>({
    inputs: ['dy', 'images'],
    infer([dy, images]) {
      return dy!.dtype === 'float32' && images!.dtype === 'float32'
        ? [{ shape: images!.shape, dtype: 'float32' }]
        : undefined;
    },
    lower(call) {
      const [, height, width] = call.inputs[0]!.shape as [number, number, number];
      const [, oldHeight, oldWidth] = call.inputs[1]!.shape as [number, number, number];
      const back = (from: number, to: number) => transposed(weights(from, to, call.attrs));
      apply(call, back(oldHeight, height), back(oldWidth, width));
    },
  });
}

export const resizeKernels: Readonly<Record<string, Kernel>> = {
  ResizeBilinear: resize(bilinear),
  ResizeBilinearGrad: resizeGrad(bilinear),
  ResizeNearestNeighbor: resize(nearest),
  ResizeNearestNeighborGrad: resizeGrad(nearest),
};

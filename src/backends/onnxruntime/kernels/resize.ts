/**
 * Resizing of images [n, h, w, c] and its gradients. A gradient is the same linear map for every column and for
 * every row, so it is two matrix products.
 */
import { int, ints, type Lowering, string } from '../lowering/lowering.js';
import { type Kernel, kernel } from './kernel.js';
import { axisInLayout, comingLayout } from './moving.js';
import { repeat } from './windows.js';

interface ResizeAttrs {
  alignCorners: boolean;
  halfPixelCenters?: boolean;
  size?: [number, number];
}

/** Height and width. */
type Size = readonly [height: number, width: number];

const sizeOf = ({ shape }: { shape: readonly number[] }): Size => [shape[1]!, shape[2]!];

/** Old elements for each new one. */
const ratio = (from: number, to: number, { alignCorners }: ResizeAttrs): number =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** Which old element each new one is. */
function nearest(from: number, to: number, attrs: ResizeAttrs): number[] {
  const step = ratio(from, to, attrs);
  const shift = attrs.halfPixelCenters === true ? 0.5 : 0;
  const round = attrs.alignCorners ? Math.round : Math.floor;
  return Array.from({ length: to }, (_, i) => Math.min(from - 1, round(step * (i + shift))));
}

/** How an axis of `from` elements becomes one of `to`: a row of weights for each new element. */
type Weights = (from: number, to: number, attrs: ResizeAttrs) => number[][];

const rows = (from: number, to: number): number[][] =>
  Array.from({ length: to }, () => new Array<number>(from).fill(0));

const nearestWeights: Weights = (from, to, attrs) => {
  const chosen = nearest(from, to, attrs);
  return rows(from, to).map((row, i) => row.fill(1, chosen[i], chosen[i]! + 1));
};

const bilinearWeights: Weights = (from, to, attrs) => {
  const step = ratio(from, to, attrs);
  return rows(from, to).map((row, i) => {
    const at = Math.max(0, attrs.halfPixelCenters === true ? step * (i + 0.5) - 0.5 : step * i);
    const before = Math.floor(at);
    row[before]! += 1 - (at - before);
    row[Math.min(from - 1, before + 1)]! += at - before;
    return row;
  });
};

/** By how much images grow, if pixels become blocks. */
function wholeFactors(
  [height, width]: Size,
  [newHeight, newWidth]: Size,
  attrs: ResizeAttrs,
): Size | undefined {
  const factors = [newHeight / height, newWidth / width] as const;
  return !attrs.alignCorners && factors.every(Number.isInteger) ? factors : undefined;
}

const resizeNearest = kernel<ResizeAttrs>({
  inputs: ['images'],
  infer: ([images], { size }) => [
    { shape: [images!.shape[0]!, ...size!, images!.shape[3]!], dtype: images!.dtype },
  ],
  lower(call) {
    const { dtype, ...images } = call.inputs[0]!;
    const [from, to] = [sizeOf(images), call.attrs.size!];
    const factors = wholeFactors(from, to, call.attrs);
    if (factors !== undefined && dtype === 'float32') {
      call.output(repeat(call, call.input(0, 'channels first'), factors), 'channels first');
      return;
    }
    const layout = comingLayout(call);
    const y = [0, 1].reduce(
      (x, side) => {
        const index = call.constant('int32', [to[side]!], nearest(from[side]!, to[side]!, call.attrs));
        return call.op('Gather', [x, index], { axis: int(axisInLayout(side + 1, 4, layout)) });
      },
      call.input(0, layout),
    );
    call.output(y, layout);
  },
});

const resizeBilinear = kernel<ResizeAttrs>({
  inputs: ['images'],
  infer: ([images], { size }) => [
    { shape: [images!.shape[0]!, ...size!, images!.shape[3]!], dtype: 'float32' },
  ],
  lower(call) {
    const { alignCorners, halfPixelCenters, size } = call.attrs;
    const { shape, dtype } = call.inputs[0]!;
    const images = call.input(0, 'channels first');
    const x = dtype === 'float32' ? images : call.cast(images, 'float32');
    const coordinates = alignCorners
      ? 'align_corners'
      : halfPixelCenters === true
        ? 'half_pixel'
        : 'asymmetric';
    const y = call.op('Resize', [x, '', '', call.int64s([shape[0]!, shape[3]!, ...size!])], {
      mode: string('linear'),
      coordinate_transformation_mode: string(coordinates),
    });
    call.output(y, 'channels first');
  },
});

function resizeGrad(weights: Weights): Kernel {
  return kernel<ResizeAttrs>({
    inputs: ['dy', 'images'],
    infer([dy, images]) {
      const lowers = dy!.dtype === 'float32' && images!.dtype === 'float32';
      return lowers ? [{ shape: images!.shape, dtype: 'float32' }] : undefined;
    },
    lower(call) {
      const dy = call.input(0, 'channels first');
      const [from, to] = [sizeOf(call.inputs[1]!), sizeOf(call.inputs[0]!)];
      const factors = wholeFactors(from, to, call.attrs);
      if (weights === nearestWeights && factors !== undefined) {
        call.output(sumsOfBlocks(call, dy, factors), 'channels first');
        return;
      }
      const overRows = weights(from[0], to[0], call.attrs);
      const overColumns = weights(from[1], to[1], call.attrs);
      const wide = call.op('MatMul', [dy, matrix(call, overColumns)]);
      call.output(call.op('MatMul', [matrix(call, transposed(overRows)), wide]), 'channels first');
    },
  });
}

/** The gradient of `repeat`, as a depthwise convolution. */
function sumsOfBlocks(call: Lowering<ResizeAttrs>, dy: string, factors: Size): string {
  const channels = call.inputs[0]!.shape[3]!;
  const ones = call.constant(
    'float32',
    [channels, 1, ...factors],
    new Array(channels * factors[0] * factors[1]).fill(1),
  );
  return call.op('Conv', [dy, ones], { strides: ints(factors), group: int(channels) });
}

const transposed = (rows: number[][]): number[][] => rows[0]!.map((_, i) => rows.map((row) => row[i]!));

const matrix = (call: Lowering<ResizeAttrs>, rows: number[][]): string =>
  call.constant('float32', [rows.length, rows[0]!.length], rows.flat());

export const resizeKernels: Readonly<Record<string, Kernel>> = {
  ResizeBilinear: resizeBilinear,
  ResizeBilinearGrad: resizeGrad(bilinearWeights),
  ResizeNearestNeighbor: resizeNearest,
  ResizeNearestNeighborGrad: resizeGrad(nearestWeights),
};

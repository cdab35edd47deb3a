/**
 * Convolutions with few windows, such as a discriminator's last ones and the inner ones of a U-Net: their filters are larger
 * than their pictures. ONNX' Conv and ConvTranspose want filters channels first, and moving them there takes longer than the
 * convolution. As products of matrices, [windows, taps · c] · [taps · c, o] and back, filters stay as they are, and the windows
 * as rows serve the filter's gradient too.
 */
import { type Lowering } from '../graph/lowering.js';
import { windowRows } from './filter-gradient.js';
import { type Axis, type Geometry } from './windows.js';

/** Measured: 4 × 4 filters from 128 to 256 channels with 49 windows take 0.5 instead of 2 ms, there and back. */
const MOST_WINDOWS = 256;
/** Pixels of fewer channels are too short to be copied one by one. */
const FEWEST_CHANNELS = 16;

const product = (axes: readonly Axis[], of: 'size' | 'out' | 'filter'): number =>
  axes.reduce((all, axis) => all * axis[of], 1);

export const hasFewWindows = ({ axes, batch, inChannels, outChannels, layout }: Geometry): boolean =>
  layout === 'channels first' && // so tfjs' pictures are channels last
  product(axes, 'filter') > 1 &&
  batch * product(axes, 'out') <= MOST_WINDOWS &&
  Math.min(inChannels, outChannels) >= FEWEST_CHANNELS;

/** The filter that is input 1 as a matrix, [taps · c, o]. */
const filterMatrix = <A extends object>(
  call: Lowering<A>,
  { axes, inChannels, outChannels }: Geometry,
): string => call.reshape(call.input(1), [product(axes, 'filter') * inChannels, outChannels]);

/** Inputs x and w of `call` to y, [n, h, w, o]; `bias` is [o]. */
export function convolutionOfFewWindows<A extends object>(
  call: Lowering<A>,
  info: Geometry,
  bias: readonly string[] = [],
): string {
  const y = call.op('Gemm', [windowRows(call, info, 0), filterMatrix(call, info), ...bias]);
  return call.reshape(y, info.outShape);
}

/** Inputs dy and w of `call` to dx, [n, h, w, c]: what each pixel gets from every window that it lies in. */
export function inputGradientOfFewWindows<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { axes, batch, inChannels, outChannels } = info;
  const [windows, taps] = [product(axes, 'out'), product(axes, 'filter')];
  const dy = call.reshape(call.input(0), [batch * windows, outChannels]);
  const [given] = call.ops(
    'FusedMatMul',
    [dy, filterMatrix(call, info)],
    { transB: { int: 1 } },
    1,
    'com.microsoft',
  );
  const pieces = call.reshape(given!, [batch * windows * taps, inChannels]);

  const lists = piecesOfPixels(axes);
  const most = Math.max(...lists.map((list) => list.length));
  const nothing = batch * windows * taps; // a row of zeros behind the others
  const index = Array.from({ length: batch }, (_, sample) =>
    lists.flatMap((list) =>
      Array.from({ length: most }, (_, i) => {
        const piece = list[i];
        return piece === undefined ? nothing : sample * windows * taps + piece;
      }),
    ),
  ).flat();
  const padded = index.includes(nothing) ? call.op('Pad', [pieces, call.int64s([0, 0, 1, 0])]) : pieces;
  const found = call.op('Gather', [padded, call.constant('int32', [index.length / most, most], index)]);
  const dx = call.op('ReduceSum', [found, call.int64s([1])], { keepdims: { int: 0 } });
  return call.reshape(dx, [batch, ...axes.map(({ size }) => size), inChannels]);
}

/** For each pixel of a picture the windows that it lies in, and where: window · taps + tap. */
function piecesOfPixels(axes: readonly Axis[]): number[][] {
  const taps = product(axes, 'filter');
  let lists: { window: number; tap: number }[][] = [[{ window: 0, tap: 0 }]];
  for (const { size, out, filter, stride, dilation, before } of axes) {
    const along = Array.from({ length: size }, (): { window: number; tap: number }[] => []);
    for (let window = 0; window < out; window++) {
      for (let tap = 0; tap < filter; tap++)
        along[window * stride - before + tap * dilation]?.push({ window, tap });
    }
    lists = lists.flatMap((list) =>
      along.map((pieces) =>
        list.flatMap((outer) =>
          pieces.map((inner) => ({
            window: outer.window * out + inner.window,
            tap: outer.tap * filter + inner.tap,
          })),
        ),
      ),
    );
  }
  return lists.map((list) => list.map(({ window, tap }) => window * taps + tap));
}

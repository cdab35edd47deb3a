/**
 * Convolutions with few windows, such as a discriminator's last ones and the inner ones of a U-Net: their filters are larger
 * than their images. ONNX' Conv and ConvTranspose need filters channels first, and transposing them takes longer than the
 * convolution. In the matrix product [windows, taps · c] · [taps · c, o] and its gradient, filters stay as they are, and the
 * matrix of windows is used for the filter's gradient too.
 */
import { type Lowering } from '../lowering/lowering.js';
import { activate, type ActivationAttrs } from './activation.js';
import { windowRows } from './filter-gradient.js';
import { heuristics } from './heuristics.js';
import { type Kernel, kernel } from './kernel.js';
import { productOfTransposed } from './on-gpu.js';
import { type Axis, type Geometry, geometry, type WindowAttrs } from './windows.js';

const product = (axes: readonly Axis[], of: 'size' | 'out' | 'filter'): number =>
  axes.reduce((all, axis) => all * axis[of], 1);

export const hasFewWindows = ({ axes, batch, inChannels, outChannels, layout }: Geometry): boolean =>
  layout === 'channels first' && // so tfjs' images are channels last
  product(axes, 'filter') > 1 &&
  batch * product(axes, 'out') <= heuristics.fewWindows.mostWindows &&
  Math.min(inChannels, outChannels) >= heuristics.fewWindows.fewestChannels;

/** The filter that is input 1 as a matrix, [taps · c, o]. */
const filterMatrix = <A extends object>(
  call: Lowering<A>,
  { axes, inChannels, outChannels }: Geometry,
): string => call.reshape(call.input(1), [product(axes, 'filter') * inChannels, outChannels]);

/** Stands for Conv2D, or FusedConv2D with a bias for each channel or none. Has no kernel in tfjs: a pass writes it. */
export const convolutionOfFewWindows: Kernel = kernel<WindowAttrs & ActivationAttrs>({
  inputs: ['x', 'filter', 'bias'],
  infer: () => undefined,
  lower(call) {
    const [x, filter, bias] = call.inputs;
    const info = geometry(x!.shape, filter!.shape, call.attrs);
    const biases = bias === undefined ? [] : [call.reshape(call.input(2), [info.outChannels])];
    const y = call.op('Gemm', [windowRows(call, info, 0), filterMatrix(call, info), ...biases]);
    call.output(activate(call, call.reshape(y, info.outShape)));
  },
});

/** Stands for Conv2DBackpropInput: what each pixel gets from every window that it lies in. */
export const inputGradientOfFewWindows: Kernel = kernel<WindowAttrs & { inputShape: number[] }>({
  inputs: ['dy', 'filter'],
  infer: () => undefined,
  lower(call) {
    call.output(inputGradient(call, geometry(call.attrs.inputShape, call.inputs[1]!.shape, call.attrs)));
  },
});

/** Inputs dy and w of `call` to dx, [n, h, w, c]. */
function inputGradient<A extends object>(call: Lowering<A>, info: Geometry): string {
  const { axes, batch, inChannels, outChannels } = info;
  const [windows, taps] = [product(axes, 'out'), product(axes, 'filter')];
  const dy = call.reshape(call.input(0), [batch * windows, outChannels]);
  const given = productOfTransposed(call, [dy, filterMatrix(call, info)], 'b', 2);
  const pieces = call.reshape(given, [batch * windows * taps, inChannels]);

  const lists = piecesOfPixels(axes);
  const most = Math.max(1, ...lists.map((list) => list.length)); // windows may lie in the padding altogether
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

/** For each pixel of an image the windows that it lies in, and where: window · taps + tap. */
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

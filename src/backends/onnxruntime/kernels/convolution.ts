/**
 * Convolution of images and volumes, depthwise convolution, and their gradients. x is [n, h, w, c], filters are
 * [kh, kw, c, o]; depthwise they are [kh, kw, c, m], and channel i gives channels i·m … i·m + m − 1. Volumes have an
 * axis more. ONNX convolves channels first; where tfjs' images are channels first themselves, they are taken as
 * they are.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import { int, type Lowering } from '../lowering/lowering.js';
import { hasShape, type Spec } from '../lowering/specs.js';
import { activate, type ActivationAttrs } from './activation.js';
import { depthwiseFilterGradient } from './depthwise-filter-gradient.js';
import { filterGradient } from './filter-gradient.js';
import { convolutionOf, inputGradientOf } from './float16.js';
import { type Kernel, kernel, type OutputSpec } from './kernel.js';
import {
  type Axis,
  type Geometry,
  geometry,
  inWindows,
  scatterWindows,
  shapeOfWindows,
  type WindowAttrs,
  windowAttributes,
} from './windows.js';
import {
  usesWinograd,
  usesWinogradForFilter,
  winogradConvolution,
  winogradFilterGradient,
  winogradInputGradient,
} from './winograd.js';

const allFloat = (...specs: (Spec | undefined)[]): boolean =>
  specs.every((spec) => spec === undefined || spec.dtype === 'float32');

const float32 = (shape: readonly number[]): OutputSpec[] => [{ shape, dtype: 'float32' }];

/** How many groups of channels ONNX convolves separately. */
const groupsOf = ({ inChannels }: Geometry, depthwise: boolean): number => (depthwise ? inChannels : 1);

/** Input `i` as ONNX' [o, c, kh, kw], or [c · m, 1, kh, kw]: for the convolution and for its gradient alike. */
function filterForOnnx(
  call: Lowering<WindowAttrs>,
  i: number,
  { axes, inChannels, outChannels }: Geometry,
  depthwise: boolean,
): string {
  const sizes = axes.map(({ filter }) => filter);
  if (depthwise) {
    const [c, o] = [axes.length, axes.length + 1];
    return call.reshape(call.transpose(call.input(i), [c, o, ...sizes.keys()]), [outChannels, 1, ...sizes]);
  }
  // The one Transpose from [taps, c, o] to [o, c, taps] takes up to 8 times as long as these two moves.
  const w = call.input(i);
  return call.once(`filter for ONNX ${w}`, () => {
    const taps = sizes.reduce((product, size) => product * size, 1);
    const byChannels = call.transpose(call.reshape(w, [taps, inChannels * outChannels]), [1, 0]);
    const order = Array.from({ length: outChannels }, (_, o) =>
      Array.from({ length: inChannels }, (_, c) => c * outChannels + o),
    ).flat();
    const moved = call.op('Gather', [byChannels, call.constant('int32', [order.length], order)]);
    return call.reshape(moved, [outChannels, inChannels, ...sizes]);
  });
}

function convolve(call: Lowering<WindowAttrs>, info: Geometry, depthwise: boolean, bias?: string): string {
  const x = inWindows(call, call.input(0, info.layout), info);
  const operands = [x, filterForOnnx(call, 1, info, depthwise), ...(bias === undefined ? [] : [bias])];
  const attributes = { ...windowAttributes(info), group: int(groupsOf(info, depthwise)) };
  return convolutionOf(call, operands, (operands) => call.op('Conv', operands, attributes));
}

const convolution = (depthwise: boolean): Kernel =>
  kernel<WindowAttrs>({
    inputs: ['x', 'filter'],
    infer([x, filter], attrs) {
      const shape = shapeOfWindows(geometry(x!.shape, filter!.shape, attrs, depthwise));
      return allFloat(x, filter) ? float32(shape) : undefined;
    },
    lower(call) {
      const info = geometry(call.inputs[0]!.shape, call.inputs[1]!.shape, call.attrs, depthwise);
      if (!depthwise && usesWinograd(call.settings, info)) call.output(winogradConvolution(call, info));
      else call.output(convolve(call, info, depthwise), info.layout);
    },
  });

/** With a bias and an activation, which may have weights. */
const fused = (depthwise: boolean): Kernel =>
  kernel<WindowAttrs & ActivationAttrs>({
    inputs: ['x', 'filter', 'bias', 'preluActivationWeights'],
    infer(inputs, attrs) {
      const [x, filter, bias, alpha] = inputs as [Spec, Spec, Spec?, Spec?];
      const info = geometry(x.shape, filter.shape, attrs, depthwise);
      const shape = shapeOfWindows(info);
      const fits = [bias, alpha].every((spec) => spec === undefined || broadcasts(spec, info));
      return fits && allFloat(...inputs) ? float32(shape) : undefined;
    },
    lower(call) {
      const [x, filter, bias, alpha] = call.inputs as [Spec, Spec, Spec?, Spec?];
      const info = geometry(x.shape, filter.shape, call.attrs, depthwise);
      if (!depthwise && usesWinograd(call.settings, info)) {
        const y = winogradConvolution(call, info);
        const sum = bias === undefined ? y : call.op('Add', [y, call.input(2)]);
        call.output(activate(call, sum, alpha && call.input(3)));
        return;
      }
      const perChannel = bias !== undefined && isPerChannel(bias, info);
      let y = convolve(
        call,
        info,
        depthwise,
        perChannel ? call.reshape(call.input(2), [bias.size]) : undefined,
      );
      if (bias !== undefined && !perChannel) y = call.op('Add', [y, operand(call, 2, info)]);
      call.output(activate(call, y, alpha && operand(call, 3, info)), info.layout);
    },
  });

/** tfjs takes a list for one element per channel, also if channels are not the last axis. */
const isList = ({ shape }: Spec, { layout }: Geometry): boolean =>
  layout === 'plain' && shape.length === 1 && shape[0] !== 1;

const isPerChannel = (spec: Spec, info: Geometry): boolean =>
  spec.size === info.outChannels &&
  (isList(spec, info) || (info.layout === 'channels first' && spec.shape.at(-1) === info.outChannels));

function broadcasts(spec: Spec, info: Geometry): boolean {
  if (isList(spec, info)) return spec.size === info.outChannels;
  const { outShape } = info;
  return backend_util.assertAndGetBroadcastShape([...outShape], [...spec.shape]).join() === outShape.join();
}

/** Input `i` in the layout of a convolution's output, to be computed with it. */
function operand(call: Lowering<WindowAttrs>, i: number, info: Geometry): string {
  const spec = call.inputs[i]!;
  if (isList(spec, info)) return call.reshape(call.input(i), [spec.size, ...info.axes.map(() => 1)]);
  return call.broadcast(i, info.outShape.length, info.layout);
}

const backpropInput = (depthwise: boolean): Kernel =>
  kernel<WindowAttrs & { inputShape: number[] }>({
    inputs: ['dy', 'filter'],
    infer([dy, filter], attrs) {
      const { outShape } = geometry(attrs.inputShape, filter!.shape, attrs, depthwise);
      const fits = hasShape(dy!, outShape); // tfjs also takes a dy that is larger, and looks at a part of it
      return allFloat(dy, filter) && fits ? float32(attrs.inputShape) : undefined;
    },
    lower(call) {
      const info = geometry(call.attrs.inputShape, call.inputs[1]!.shape, call.attrs, depthwise);
      if (!depthwise && usesWinograd(call.settings, info)) {
        call.output(winogradInputGradient(call, info));
        return;
      }
      const dy = call.input(0, info.layout);
      if (!depthwise && isCheaperTurned(info)) {
        call.output(turnedConvolution(call, info, dy), info.layout);
        return;
      }
      const w = filterForOnnx(call, 1, info, depthwise);
      const groups = groupsOf(info, depthwise);
      const dx = inputGradientOf(call, [dy, w], ([dy, w]) => scatterWindows(call, info, dy!, w!, groups));
      call.output(dx, info.layout);
    },
  });

/**
 * With stride 1 a convolution's gradient is a convolution of dy with the filter turned around. It gathers o · taps elements
 * for each pixel, and ConvTranspose scatters c · taps. Measured: up to 6 times as fast for 7 × 7 filters of 32 to 3 channels,
 * 6 times for 3 × 3 filters of 128 to 128 channels on 128 × 128 pixels, and slower where o > c.
 */
const isCheaperTurned = ({ axes, inChannels, outChannels }: Geometry): boolean =>
  outChannels <= inChannels &&
  axes.every(
    ({ stride, dilation, filter, before, after }) =>
      stride === 1 && dilation === 1 && Math.max(before, after) < filter && Math.min(before, after) >= 0,
  );

const turnedConvolution = (call: Lowering<WindowAttrs>, info: Geometry, dy: string): string =>
  inputGradientOf(call, [dy, turnedFilter(call, 1, info)], (operands) =>
    call.op('Conv', operands, windowAttributes({ axes: turned(info) })),
  );

/** The windows of the convolution that is the gradient. */
const turned = ({ axes }: Geometry): Axis[] =>
  axes.map(({ filter, before, after, ...axis }) => ({
    ...axis,
    filter,
    before: filter - 1 - before,
    after: filter - 1 - after,
  }));

/** Input `i` turned around, [c, o, kh, kw]. */
function turnedFilter(
  call: Lowering<WindowAttrs>,
  i: number,
  { axes, inChannels, outChannels }: Geometry,
): string {
  const w = call.input(i);
  return call.once(`turned ${w}`, () => {
    const sizes = axes.map(({ filter }) => filter);
    const taps = sizes.reduce((product, size) => product * size, 1);
    const backwards = call.int64s(Array.from({ length: taps }, (_, i) => taps - 1 - i));
    const lists = call.op('Gather', [call.reshape(w, [taps, inChannels * outChannels]), backwards]);
    return call.reshape(call.transpose(lists, [1, 0]), [inChannels, outChannels, ...sizes]);
  });
}

const backpropFilter = (depthwise: boolean): Kernel =>
  kernel<WindowAttrs & { filterShape: number[] }>({
    inputs: ['x', 'dy'],
    infer([x, dy], attrs) {
      const { outShape } = geometry(x!.shape, attrs.filterShape, attrs, depthwise);
      return allFloat(x, dy) && hasShape(dy!, outShape) ? float32(attrs.filterShape) : undefined;
    },
    lower(call) {
      const info = geometry(call.inputs[0]!.shape, call.attrs.filterShape, call.attrs, depthwise);
      if (!depthwise && usesWinogradForFilter(call.settings, info)) {
        call.output(winogradFilterGradient(call, [info]));
        return;
      }
      const dw = depthwise ? depthwiseFilterGradient(call, info) : filterGradient(call, info);
      call.output(call.reshape(dw, call.attrs.filterShape));
    },
  });

export const convolutionKernels: Readonly<Record<string, Kernel>> = {
  Conv2D: convolution(false),
  FusedConv2D: fused(false),
  Conv2DBackpropInput: backpropInput(false),
  Conv2DBackpropFilter: backpropFilter(false),
  Conv3D: convolution(false),
  Conv3DBackpropInputV2: backpropInput(false),
  Conv3DBackpropFilterV2: backpropFilter(false),
  DepthwiseConv2dNative: convolution(true),
  FusedDepthwiseConv2D: fused(true),
  DepthwiseConv2dNativeBackpropInput: backpropInput(true),
  DepthwiseConv2dNativeBackpropFilter: backpropFilter(true),
};

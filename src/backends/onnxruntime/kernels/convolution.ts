/**
 * Convolution of pictures and its two gradients. x is [n, h, w, c], filters are [kh, kw, c, o].
 * ONNX convolves channels first; where tfjs' pictures are channels first themselves, they are taken as they are.
 */
import { type Lowering } from '../graph/lowering.js';
import { hasShape, type Spec } from '../specs.js';
import { activate, type ActivationAttrs } from './activation.js';
import { type Kernel, kernel, type OutputSpec } from './kernel.js';
import { geometry, scatterWindows, type WindowAttrs, windowAttributes, windowsAsRows } from './windows.js';

const allFloat = (...specs: Spec[]): boolean => specs.every(({ dtype }) => dtype === 'float32');

const float32 = (shape: readonly number[]): OutputSpec[] => [{ shape, dtype: 'float32' }];

/** [kh, kw, c, o] as ONNX' [o, c, kh, kw], for the convolution and for its gradient alike. */
const filterForOnnx = (call: Lowering<WindowAttrs>, i: number): string =>
  call.transpose(call.input(i), [3, 2, 0, 1]);

const conv2D = kernel<WindowAttrs>({
  inputs: ['x', 'filter'],
  infer([x, filter], attrs) {
    const { outShape } = geometry(x!.shape, filter!.shape, attrs);
    return allFloat(x!, filter!) ? float32(outShape) : undefined;
  },
  lower(call) {
    const info = geometry(call.inputs[0]!.shape, call.inputs[1]!.shape, call.attrs);
    const y = call.op('Conv', [call.input(0, info.layout), filterForOnnx(call, 1)], windowAttributes(info));
    call.output(y, info.layout);
  },
});

const fusedConv2D = kernel<WindowAttrs & ActivationAttrs>({
  inputs: ['x', 'filter', 'bias', 'preluActivationWeights'],
  infer(inputs, attrs) {
    const [x, filter, bias, prelu] = inputs as [Spec, Spec, Spec?, Spec?];
    const { outShape, outChannels } = geometry(x.shape, filter.shape, attrs);
    const lowers = prelu === undefined && (bias === undefined || bias.size === outChannels);
    return lowers && allFloat(x, filter) ? float32(outShape) : undefined;
  },
  lower(call) {
    const [x, filter, bias] = call.inputs as [Spec, Spec, Spec?];
    const info = geometry(x.shape, filter.shape, call.attrs);
    const operands = [call.input(0, info.layout), filterForOnnx(call, 1)];
    if (bias !== undefined) operands.push(call.reshape(call.input(2), [bias.size]));
    call.output(activate(call, call.op('Conv', operands, windowAttributes(info))), info.layout);
  },
});

interface BackpropInputAttrs extends WindowAttrs {
  inputShape: number[];
}

const conv2DBackpropInput = kernel<BackpropInputAttrs>({
  inputs: ['dy', 'filter'],
  infer([dy, filter], attrs) {
    const { outShape } = geometry(attrs.inputShape, filter!.shape, attrs);
    const fits = hasShape(dy!, outShape); // tfjs also takes a dy that is larger, and looks at a part of it
    return allFloat(dy!, filter!) && fits ? float32(attrs.inputShape) : undefined;
  },
  lower(call) {
    const info = geometry(call.attrs.inputShape, call.inputs[1]!.shape, call.attrs);
    const dx = scatterWindows(call, info, call.input(0, info.layout), filterForOnnx(call, 1));
    call.output(dx, info.layout);
  },
});

interface BackpropFilterAttrs extends WindowAttrs {
  filterShape: number[];
}

const conv2DBackpropFilter = kernel<BackpropFilterAttrs>({
  inputs: ['x', 'dy'],
  infer([x, dy], attrs) {
    const { outShape } = geometry(x!.shape, attrs.filterShape, attrs);
    const lowers = allFloat(x!, dy!) && hasShape(dy!, outShape) && attrs.dataFormat !== 'NCHW';
    return lowers ? float32(attrs.filterShape) : undefined;
  },
  /** One matrix product: [n·oh·ow, kh·kw·c]ᵀ · [n·oh·ow, o] = [kh·kw·c, o], which is the filter's own order. */
  lower(call) {
    const info = geometry(call.inputs[0]!.shape, call.attrs.filterShape, call.attrs);
    const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels } = info;
    const rows = batchSize * outHeight * outWidth;
    const dw = call.op(
      'Gemm',
      [
        call.reshape(windowsAsRows(call, info, 0), [rows, filterHeight * filterWidth * inChannels]),
        call.reshape(call.input(1), [rows, outChannels]),
      ],
      { transA: { int: 1 } },
    );
    call.output(call.reshape(dw, call.attrs.filterShape));
  },
});

export const convolutionKernels: Readonly<Record<string, Kernel>> = {
  Conv2D: conv2D,
  FusedConv2D: fusedConv2D,
  Conv2DBackpropInput: conv2DBackpropInput,
  Conv2DBackpropFilter: conv2DBackpropFilter,
};

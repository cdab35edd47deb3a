/** Depthwise convolution and its gradients: filters are [kh, kw, c, m], and channel i gives channels i·m … i·m + m − 1. */
import { int, type Lowering } from '../graph/lowering.js';
import { hasShape, type Spec } from '../specs.js';
import { activate, type ActivationAttrs } from './activation.js';
import { type Kernel, kernel, type OutputSpec } from './kernel.js';
import {
  type Geometry,
  geometry,
  scatterWindows,
  type WindowAttrs,
  windowAttributes,
  windowsAsRows,
} from './windows.js';

const allFloat = (...specs: Spec[]): boolean => specs.every(({ dtype }) => dtype === 'float32');

const float32 = (shape: readonly number[]): OutputSpec[] => [{ shape, dtype: 'float32' }];

/** As ONNX' [c·m, 1, kh, kw]. */
const filterForOnnx = (call: Lowering<WindowAttrs>, i: number, info: Geometry): string =>
  call.reshape(call.transpose(call.input(i), [2, 3, 0, 1]), [
    info.outChannels,
    1,
    info.filterHeight,
    info.filterWidth,
  ]);

function convolve(call: Lowering<WindowAttrs>, info: Geometry, bias: string[] = []): string {
  return call.op('Conv', [call.input(0, 'channels first'), filterForOnnx(call, 1, info), ...bias], {
    ...windowAttributes(info),
    group: int(info.inChannels),
  });
}

const depthwise = kernel<WindowAttrs>({
  inputs: ['x', 'filter'],
  infer([x, filter], attrs) {
    const { outShape } = geometry(x!.shape, filter!.shape, { ...attrs, dataFormat: 'NHWC' }, true);
    return allFloat(x!, filter!) && attrs.dataFormat !== 'NCHW' ? float32(outShape) : undefined;
  },
  lower(call) {
    const info = geometry(call.inputs[0]!.shape, call.inputs[1]!.shape, call.attrs, true);
    call.output(convolve(call, info), info.layout);
  },
});

const fusedDepthwise = kernel<WindowAttrs & ActivationAttrs>({
  inputs: ['x', 'filter', 'bias', 'preluActivationWeights'],
  infer(inputs, attrs) {
    const [x, filter, bias, prelu] = inputs as [Spec, Spec, Spec?, Spec?];
    const { outShape, outChannels } = geometry(x.shape, filter.shape, { ...attrs, dataFormat: 'NHWC' }, true);
    const lowers = prelu === undefined && (bias === undefined || bias.size === outChannels);
    return lowers && allFloat(x, filter) && attrs.dataFormat !== 'NCHW' ? float32(outShape) : undefined;
  },
  lower(call) {
    const [x, filter, bias] = call.inputs as [Spec, Spec, Spec?];
    const info = geometry(x.shape, filter.shape, call.attrs, true);
    const operands = bias === undefined ? [] : [call.reshape(call.input(2), [bias.size])];
    call.output(activate(call, convolve(call, info, operands)), info.layout);
  },
});

const depthwiseBackpropInput = kernel<WindowAttrs & { inputShape: number[] }>({
  inputs: ['dy', 'filter'],
  infer([dy, filter], attrs) {
    const { outShape } = geometry(attrs.inputShape, filter!.shape, attrs, true);
    return allFloat(dy!, filter!) && hasShape(dy!, outShape) ? float32(attrs.inputShape) : undefined;
  },
  lower(call) {
    const info = geometry(call.attrs.inputShape, call.inputs[1]!.shape, call.attrs, true);
    const w = filterForOnnx(call, 1, info);
    call.output(scatterWindows(call, info, call.input(0, info.layout), w, info.inChannels), info.layout);
  },
});

const depthwiseBackpropFilter = kernel<WindowAttrs & { filterShape: number[] }>({
  inputs: ['x', 'dy'],
  infer([x, dy], attrs) {
    const { outShape } = geometry(x!.shape, attrs.filterShape, attrs, true);
    return allFloat(x!, dy!) && hasShape(dy!, outShape) ? float32(attrs.filterShape) : undefined;
  },
  /** For each channel, windows against what came out of them: p runs over windows, k over taps. */
  lower(call) {
    const info = geometry(call.inputs[0]!.shape, call.attrs.filterShape, call.attrs, true);
    const { batchSize, outHeight, outWidth, outChannels, inChannels } = info;
    const rows = batchSize * outHeight * outWidth;
    const dy = call.reshape(call.input(1), [rows, inChannels, outChannels / inChannels]);
    const equation = { string: 'pkc,pcm->kcm' };
    const dw = call.op('Einsum', [windowsAsRows(call, info, 0), dy], { equation });
    call.output(call.reshape(dw, call.attrs.filterShape));
  },
});

export const depthwiseKernels: Readonly<Record<string, Kernel>> = {
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: fusedDepthwise,
  DepthwiseConv2dNativeBackpropInput: depthwiseBackpropInput,
  DepthwiseConv2dNativeBackpropFilter: depthwiseBackpropFilter,
};

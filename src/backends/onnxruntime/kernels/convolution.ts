/**
 * Convolution of pictures and its two gradients. x is [n, h, w, c], filters are [kh, kw, c, o].
 * ONNX convolves channels first; where tfjs' pictures are channels first themselves, they are taken as they are.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import { float, ints, type Lowering } from '../graph/lowering.js';
import { type Layout } from '../graph/writer.js';
import { hasShape, type Spec } from '../specs.js';
import { type Kernel, kernel, type OutputSpec } from './kernel.js';

type Pad = Parameters<typeof backend_util.computeConv2DInfo>[4];

interface ConvolutionAttrs {
  strides: [number, number] | number;
  pad: Pad;
  dataFormat: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface Geometry extends backend_util.Conv2DInfo {
  /** The layout in which pictures are channels first. */
  layout: Layout;
}

function geometry(x: readonly number[], filter: readonly number[], attrs: ConvolutionAttrs): Geometry {
  const { strides, pad, dataFormat, dilations = 1, dimRoundingMode } = attrs;
  const format = backend_util.convertConv2DDataFormat(dataFormat);
  const info = backend_util.computeConv2DInfo(
    x as never,
    filter as never,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    format,
  );
  return { ...info, layout: format === 'channelsLast' ? 'channels first' : 'plain' };
}

const allFloat = (...specs: Spec[]): boolean => specs.every(({ dtype }) => dtype === 'float32');

/** tfjs may round output sizes up, so that the last window reaches beyond the padding: then it must grow. */
function pads({ padInfo, ...info }: Geometry): [top: number, left: number, bottom: number, right: number] {
  const { inHeight, outHeight, strideHeight, effectiveFilterHeight } = info;
  const { inWidth, outWidth, strideWidth, effectiveFilterWidth } = info;
  const beyond = (inSize: number, out: number, stride: number, filter: number, before: number) =>
    (out - 1) * stride + filter - inSize - before;
  return [
    padInfo.top,
    padInfo.left,
    Math.max(padInfo.bottom, beyond(inHeight, outHeight, strideHeight, effectiveFilterHeight, padInfo.top)),
    Math.max(padInfo.right, beyond(inWidth, outWidth, strideWidth, effectiveFilterWidth, padInfo.left)),
  ];
}

/** [kh, kw, c, o] as ONNX' [o, c, kh, kw]. */
const filterForOnnx = (call: Lowering<ConvolutionAttrs>, i: number): string =>
  call.transpose(call.input(i), [3, 2, 0, 1]);

const conv2D = kernel<ConvolutionAttrs>({
  inputs: ['x', 'filter'],
  infer([x, filter], attrs): OutputSpec[] | undefined {
    const { outShape } = geometry(x!.shape, filter!.shape, attrs);
    return allFloat(x!, filter!) ? [{ shape: outShape, dtype: 'float32' }] : undefined;
  },
  lower(call) {
    convolve(call);
  },
});

function convolve(call: Lowering<ConvolutionAttrs>, finish = (y: string) => y, bias: string[] = []): void {
  const [x, filter] = call.inputs as [Spec, Spec];
  const info = geometry(x.shape, filter.shape, call.attrs);
  const y = call.op('Conv', [call.input(0, info.layout), filterForOnnx(call, 1), ...bias], {
    kernel_shape: ints([info.filterHeight, info.filterWidth]),
    strides: ints([info.strideHeight, info.strideWidth]),
    dilations: ints([info.dilationHeight, info.dilationWidth]),
    pads: ints(pads(info)),
  });
  call.output(finish(y), info.layout);
}

interface FusedAttrs extends ConvolutionAttrs {
  activation?: 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'leakyrelu' | 'prelu';
  leakyreluAlpha?: number;
}

/** With a bias for each output channel, and an activation that needs no weights. */
const fusedConv2D = kernel<FusedAttrs>({
  inputs: ['x', 'filter', 'bias', 'preluActivationWeights'],
  infer(inputs, attrs) {
    const [x, filter, bias, prelu] = inputs as [Spec, Spec, Spec?, Spec?];
    const { outShape, outChannels } = geometry(x.shape, filter.shape, attrs);
    const simple = prelu === undefined && (bias === undefined || bias.size === outChannels);
    return simple && allFloat(x, filter) ? [{ shape: outShape, dtype: 'float32' }] : undefined;
  },
  lower(call) {
    const bias = call.inputs[2];
    convolve(
      call,
      (y) => activate(call, y),
      bias === undefined ? [] : [call.reshape(call.input(2), [bias.size])],
    );
  },
});

function activate(call: Lowering<FusedAttrs>, y: string): string {
  const { activation = 'linear', leakyreluAlpha = 0.2 } = call.attrs;
  switch (activation) {
    case 'linear':
    case 'prelu': // never without weights
      return y;
    case 'relu':
      return call.op('Relu', [y]);
    case 'relu6':
      return call.op('Clip', [y, call.scalar(0, call.outputs[0]!), call.scalar(6, call.outputs[0]!)]);
    case 'elu':
      return call.op('Elu', [y]);
    case 'sigmoid':
      return call.op('Sigmoid', [y]);
    case 'leakyrelu':
      return call.op('LeakyRelu', [y], { alpha: float(leakyreluAlpha) });
  }
}

interface BackpropInputAttrs extends ConvolutionAttrs {
  inputShape: [number, number, number, number];
}

const conv2DBackpropInput = kernel<BackpropInputAttrs>({
  inputs: ['dy', 'filter'],
  infer([dy, filter], attrs) {
    const { outShape } = geometry(attrs.inputShape, filter!.shape, attrs);
    const fits = hasShape(dy!, outShape); // tfjs also takes a dy that is larger, and looks at a part of it
    return allFloat(dy!, filter!) && fits ? [{ shape: attrs.inputShape, dtype: 'float32' }] : undefined;
  },
  lower(call) {
    const info = geometry(call.attrs.inputShape, call.inputs[1]!.shape, call.attrs);
    const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth } =
      info;
    const { top, left } = info.padInfo;
    // What ConvTranspose gives before it crops, and how far that is from the input's size.
    const cropBottom = (outHeight - 1) * strideHeight + filterHeight - inHeight - top;
    const cropRight = (outWidth - 1) * strideWidth + filterWidth - inWidth - left;
    const dx = call.op('ConvTranspose', [call.input(0, info.layout), filterForOnnx(call, 1)], {
      kernel_shape: ints([filterHeight, filterWidth]),
      strides: ints([strideHeight, strideWidth]),
      pads: ints([top, left, Math.max(cropBottom, 0), Math.max(cropRight, 0)]),
    });
    // Rows and columns that no window has seen: their gradient is 0.
    const missing = [0, 0, 0, 0, 0, 0, Math.max(-cropBottom, 0), Math.max(-cropRight, 0)];
    const whole = missing.some((n) => n > 0) ? call.op('Pad', [dx, call.int64s(missing)]) : dx;
    call.output(whole, info.layout);
  },
});

interface BackpropFilterAttrs extends ConvolutionAttrs {
  filterShape: [number, number, number, number];
}

const conv2DBackpropFilter = kernel<BackpropFilterAttrs>({
  inputs: ['x', 'dy'],
  infer([x, dy], attrs) {
    const { outShape } = geometry(x!.shape, attrs.filterShape, attrs);
    return allFloat(x!, dy!) && hasShape(dy!, outShape) && attrs.dataFormat === 'NHWC'
      ? [{ shape: attrs.filterShape, dtype: 'float32' }]
      : undefined;
  },
  /**
   * Every window of x as a row (im2col, one Gather of pixels), and one matrix product with dy:
   * [n·oh·ow, kh·kw·c]ᵀ · [n·oh·ow, o] = [kh·kw·c, o], which is the filter's own order.
   */
  lower(call) {
    const info = geometry(call.inputs[0]!.shape, call.attrs.filterShape, call.attrs);
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
    const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
    const [top, left, bottom, right] = pads(info);
    const [height, width] = [top + inHeight + bottom, left + inWidth + right];
    let x = call.input(0);
    if (top + left + bottom + right > 0) {
      x = call.op('Pad', [x, call.int64s([0, top, left, 0, 0, bottom, right, 0])]);
    }
    const pixels: number[] = [];
    for (let n = 0; n < batchSize; n++)
      for (let row = 0; row < outHeight; row++)
        for (let column = 0; column < outWidth; column++)
          for (let i = 0; i < filterHeight; i++)
            for (let j = 0; j < filterWidth; j++)
              pixels.push((n * height + row * strideHeight + i) * width + column * strideWidth + j);
    const windows = batchSize * outHeight * outWidth;
    const rows = call.op('Gather', [
      call.reshape(x, [batchSize * height * width, inChannels]),
      call.constant('int32', [pixels.length], pixels),
    ]);
    const dw = call.op(
      'Gemm',
      [
        call.reshape(rows, [windows, filterHeight * filterWidth * inChannels]),
        call.reshape(call.input(1), [windows, outChannels]),
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

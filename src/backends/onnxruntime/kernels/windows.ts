/**
 * Where windows (of a convolution or a pooling) lie on a picture, in tfjs' terms and in ONNX'.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import { ints, type Lowering } from '../graph/lowering.js';
import { type Layout } from '../graph/writer.js';

export interface WindowAttrs {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number | null;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

export interface Geometry extends backend_util.Conv2DInfo {
  /** The layout in which the pictures are channels first, as ONNX wants them. */
  readonly layout: Layout;
  /** Rows and columns of padding. */
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

/**
 * @param x shape of the picture
 * @param filter [kh, kw, c, o], or [kh, kw, c, multiplier] with `depthwise`
 */
export function geometry(
  x: readonly number[],
  filter: readonly number[],
  attrs: WindowAttrs,
  depthwise = false,
): Geometry {
  const { strides, pad, dataFormat = 'NHWC', dimRoundingMode } = attrs;
  const format = backend_util.convertConv2DDataFormat(dataFormat);
  const info = backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    attrs.dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    format,
  );
  return { ...info, layout: format === 'channelsLast' ? 'channels first' : 'plain', pads: padsOf(info) };
}

/** tfjs may round output sizes up, so that the last window reaches beyond the padding: then that must grow. */
function padsOf({ padInfo, ...info }: backend_util.Conv2DInfo): Geometry['pads'] {
  const beyond = (size: number, out: number, stride: number, filter: number, before: number): number =>
    (out - 1) * stride + filter - size - before;
  const { inHeight, outHeight, strideHeight, effectiveFilterHeight } = info;
  const { inWidth, outWidth, strideWidth, effectiveFilterWidth } = info;
  const { top, left, bottom, right } = padInfo;
  return [
    top,
    left,
    Math.max(bottom, beyond(inHeight, outHeight, strideHeight, effectiveFilterHeight, top)),
    Math.max(right, beyond(inWidth, outWidth, strideWidth, effectiveFilterWidth, left)),
  ];
}

/** The attributes that ONNX' operators on windows have in common. */
export const windowAttributes = (info: Geometry) => ({
  kernel_shape: ints([info.filterHeight, info.filterWidth]),
  strides: ints([info.strideHeight, info.strideWidth]),
  dilations: ints([info.dilationHeight, info.dilationWidth]),
  pads: ints(info.pads),
});

/**
 * ConvTranspose: what windows of `info` gather, scattered back. `w` is [channels of dy, channels of dx / groups,
 * kh, kw]. Gives dx, channels first.
 */
export function scatterWindows<A extends object>(
  call: Lowering<A>,
  info: Geometry,
  dy: string,
  w: string,
  groups = 1,
): string {
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth } = info;
  const { effectiveFilterHeight, effectiveFilterWidth } = info;
  const { top, left } = info.padInfo;
  // How far what the windows reach goes beyond the picture; less than nothing where they miss its end.
  const bottom = (outHeight - 1) * strideHeight + effectiveFilterHeight - inHeight - top;
  const right = (outWidth - 1) * strideWidth + effectiveFilterWidth - inWidth - left;
  const dx = call.op('ConvTranspose', [dy, w], {
    ...windowAttributes(info),
    group: { int: groups },
    pads: ints([top, left, Math.max(bottom, 0), Math.max(right, 0)]),
  });
  const missed = [0, 0, 0, 0, 0, 0, Math.max(-bottom, 0), Math.max(-right, 0)];
  return bottom < 0 || right < 0 ? call.op('Pad', [dx, call.int64s(missed)]) : dx;
}

/**
 * Every window of input `i`, a picture [n, h, w, c], as a row: [n·oh·ow, kh·kw, c] (im2col), by one Gather of
 * pixels.
 */
export function windowsAsRows<A extends object>(call: Lowering<A>, info: Geometry, i: number): string {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const [top, left, bottom, right] = info.pads;
  const [height, width] = [top + inHeight + bottom, left + inWidth + right];
  let x = call.input(i);
  if (top + left + bottom + right > 0) {
    x = call.op('Pad', [x, call.int64s([0, top, left, 0, 0, bottom, right, 0])]);
  }
  const pixels: number[] = [];
  for (let n = 0; n < batchSize; n++)
    for (let row = 0; row < outHeight; row++)
      for (let column = 0; column < outWidth; column++)
        for (let a = 0; a < filterHeight; a++)
          for (let b = 0; b < filterWidth; b++) {
            const y = row * strideHeight + a * dilationHeight;
            pixels.push((n * height + y) * width + column * strideWidth + b * dilationWidth);
          }
  const rows = batchSize * outHeight * outWidth;
  return call.op('Gather', [
    call.reshape(x, [batchSize * height * width, inChannels]),
    call.constant('int32', [rows, filterHeight * filterWidth], pixels),
  ]);
}

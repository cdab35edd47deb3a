/** Kernels that rearrange axes and repeat along them; images that become batches or channels, and back. */
import { backend_util, util } from '@tensorflow/tfjs-core';
import { int, string } from '../lowering/lowering.js';
import { type Kernel, kernel } from './kernel.js';
import { axisInLayout, comingLayout, inLayout } from './moving.js';
import { beginningsAndEnds, padShape } from './padding.js';

const transpose = kernel<{ perm: number[] }>({
  inputs: ['x'],
  infer: ([x], { perm }) => [{ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }],
  lower(call) {
    const { perm } = call.attrs;
    const layout = comingLayout(call);
    const order = perm.map((axis) => axisInLayout(axis, perm.length, layout));
    call.output(call.transpose(call.input(0, layout), order));
  },
});

const tile = kernel<{ reps: number[] }>({
  inputs: ['x'],
  infer: ([x], { reps }) => [{ shape: x!.shape.map((size, i) => size * reps[i]!), dtype: x!.dtype }],
  lower(call) {
    const layout = comingLayout(call);
    const repeats = call.int64s(inLayout(call.attrs.reps, layout));
    call.output(call.op('Tile', [call.input(0, layout), repeats]), layout);
  },
});

const depthToSpace = kernel<{ blockSize: number; dataFormat: 'NHWC' | 'NCHW' }>({
  inputs: ['x'],
  infer([x], { blockSize, dataFormat }) {
    if (dataFormat !== 'NHWC' || x!.dtype !== 'float32') return undefined;
    const [n, height, width, channels] = x!.shape as [number, number, number, number];
    const shape = [n, height * blockSize, width * blockSize, channels / blockSize ** 2];
    return [{ shape, dtype: x!.dtype }];
  },
  lower(call) {
    const attributes = { blocksize: int(call.attrs.blockSize), mode: string('DCR') };
    call.output(call.op('DepthToSpace', [call.input(0, 'channels first')], attributes), 'channels first');
  },
});

/** Axes behind the batch are cut into blocks, padded before or cropped after. */
interface BlockAttrs {
  blockShape: number[];
  paddings: [number, number][];
  crops: [number, number][];
}

/** The borders of the block axes as those of all axes: none for the batch, and for the axes behind. */
const ofAllAxes = (borders: readonly [number, number][], rank: number): [number, number][] =>
  Array.from({ length: rank }, (_, axis) => borders[axis - 1] ?? [0, 0]);

const hasBorders = (borders: readonly [number, number][]): boolean => borders.flat().some((n) => n > 0);

/** [n, h, w, c] in blocks of 2 × 2 becomes [4n, h/2, w/2, c]. */
const spaceToBatch = kernel<BlockAttrs>({
  inputs: ['x'],
  infer([x], { blockShape, paddings }) {
    const padded = padShape(x!.shape, ofAllAxes(paddings, x!.shape.length));
    const blocks = util.sizeFromShape(blockShape);
    return [{ shape: backend_util.getReshapedPermuted(padded, blockShape, blocks, false), dtype: x!.dtype }];
  },
  lower(call) {
    const { blockShape, paddings } = call.attrs;
    const [input, output] = [call.inputs[0]!, call.outputs[0]!];
    const borders = ofAllAxes(paddings, input.shape.length);
    let x = call.input(0);
    if (hasBorders(borders)) {
      x = call.op('Pad', [x, call.int64s(beginningsAndEnds(borders)), call.scalar(0, input)]);
    }
    const cut = backend_util.getReshaped(padShape(input.shape, borders), blockShape, 0, false);
    const order = backend_util.getPermuted(cut.length, blockShape.length, false);
    call.output(call.reshape(call.transpose(call.reshape(x, cut), order), output.shape));
  },
});

/** [4n, h, w, c] in blocks of 2 × 2 becomes [n, 2h, 2w, c]. */
const batchToSpace = kernel<BlockAttrs>({
  inputs: ['x'],
  infer([x], { blockShape, crops }) {
    const whole = joinedShape(x!.shape, blockShape);
    const borders = ofAllAxes(crops, whole.length);
    const shape = whole.map((size, axis) => size - borders[axis]![0] - borders[axis]![1]);
    return [{ shape, dtype: x!.dtype }];
  },
  lower(call) {
    const { blockShape, crops } = call.attrs;
    const shape = [...call.inputs[0]!.shape];
    const cut = backend_util.getReshaped(shape, blockShape, util.sizeFromShape(blockShape));
    const order = backend_util.getPermuted(cut.length, blockShape.length);
    const whole = joinedShape(shape, blockShape);
    let x = call.reshape(call.transpose(call.reshape(call.input(0), cut), order), whole);
    if (hasBorders(crops)) {
      const borders = ofAllAxes(crops, whole.length);
      const from = borders.map(([before]) => before);
      const to = borders.map(([, after], axis) => whole[axis]! - after);
      x = call.op('Slice', [x, call.int64s(from), call.int64s(to)]);
    }
    call.output(x);
  },
});

const joinedShape = (shape: readonly number[], blockShape: number[]): number[] =>
  backend_util.getReshapedPermuted([...shape], blockShape, util.sizeFromShape(blockShape));

export const arrangingKernels: Readonly<Record<string, Kernel>> = {
  Transpose: transpose,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
};

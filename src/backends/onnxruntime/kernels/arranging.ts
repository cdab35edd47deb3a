/** Kernels that pad, repeat and rearrange axes. */
import { int, ints, string } from '../graph/lowering.js';
import { type Kernel, kernel } from './kernel.js';
import { comingLayout, inLayout } from './moving.js';

interface PadAttrs {
  paddings: [number, number][];
}

const padded = (shape: readonly number[], paddings: PadAttrs['paddings']): number[] =>
  shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]);

/** tfjs' pairs as ONNX wants them: all beginnings, then all ends. */
const beginningsAndEnds = (paddings: PadAttrs['paddings']): number[] => [
  ...paddings.map(([before]) => before),
  ...paddings.map(([, after]) => after),
];

const padV2 = kernel<PadAttrs & { constantValue: number }>({
  inputs: ['x'],
  infer: ([x], { paddings }) => [{ shape: padded(x!.shape, paddings), dtype: x!.dtype }],
  lower(call) {
    const { paddings, constantValue } = call.attrs;
    const layout = comingLayout(call);
    const pads = call.int64s(beginningsAndEnds(inLayout(paddings, layout)));
    const value = call.scalar(constantValue, call.outputs[0]!);
    call.output(call.op('Pad', [call.input(0, layout), pads, value]), layout);
  },
});

const mirrorPad = kernel<PadAttrs & { mode: 'reflect' | 'symmetric' }>({
  inputs: ['x'],
  infer: ([x], { paddings }) => [{ shape: padded(x!.shape, paddings), dtype: x!.dtype }],
  lower(call) {
    const layout = comingLayout(call);
    const paddings = inLayout(call.attrs.paddings, layout);
    const x = call.input(0, layout);
    if (call.attrs.mode === 'reflect') {
      const pads = call.int64s(beginningsAndEnds(paddings));
      call.output(call.op('Pad', [x, pads], { mode: string('reflect') }), layout);
      return;
    }
    // ONNX has no symmetric padding: each padded axis is gathered.
    const shape = inLayout(call.inputs[0]!.shape, layout);
    const y = paddings.reduce((name, [before, after], axis) => {
      if (before === 0 && after === 0) return name;
      const size = shape[axis]!;
      const indices = Array.from({ length: before + size + after }, (_, i) => {
        const at = i - before;
        return at < 0 ? -1 - at : at < size ? at : 2 * size - 1 - at;
      });
      return call.op('Gather', [name, call.int64s(indices)], { axis: int(axis) });
    }, x);
    call.output(y, layout);
  },
});

const transpose = kernel<{ perm: number[] }>({
  inputs: ['x'],
  infer: ([x], { perm }) => [{ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }],
  lower(call) {
    call.output(call.op('Transpose', [call.input(0)], { perm: ints(call.attrs.perm) }));
  },
});

const tile = kernel<{ reps: number[] }>({
  inputs: ['x'],
  infer: ([x], { reps }) => [{ shape: x!.shape.map((size, i) => size * reps[i]!), dtype: x!.dtype }],
  lower(call) {
    call.output(call.op('Tile', [call.input(0), call.int64s(call.attrs.reps)]));
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

export const arrangingKernels: Readonly<Record<string, Kernel>> = {
  PadV2: padV2,
  MirrorPad: mirrorPad,
  Transpose: transpose,
  Tile: tile,
  DepthToSpace: depthToSpace,
};

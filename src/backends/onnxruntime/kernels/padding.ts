/** Kernels that pad: with a number, or with what lies inside of the border. */
import { int, string } from '../graph/lowering.js';
import { type Kernel, kernel } from './kernel.js';
import { comingLayout, inLayout } from './moving.js';

interface PadAttrs {
  paddings: [number, number][];
}

export const padShape = (shape: readonly number[], paddings: PadAttrs['paddings']): number[] =>
  shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]);

/** tfjs' pairs as ONNX wants them: all beginnings, then all ends. */
export const beginningsAndEnds = (paddings: PadAttrs['paddings']): number[] => [
  ...paddings.map(([before]) => before),
  ...paddings.map(([, after]) => after),
];

const padV2 = kernel<PadAttrs & { constantValue: number }>({
  inputs: ['x'],
  infer: ([x], { paddings }) => [{ shape: padShape(x!.shape, paddings), dtype: x!.dtype }],
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
  infer: ([x], { paddings }) => [{ shape: padShape(x!.shape, paddings), dtype: x!.dtype }],
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

export const paddingKernels: Readonly<Record<string, Kernel>> = {
  PadV2: padV2,
  MirrorPad: mirrorPad,
};

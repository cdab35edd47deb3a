/**
 * A convolution to few channels, row of the filter by row: one convolution with a filter of one row, in which the kh rows are
 * output channels of their own, [n, kh·o, h, w]. These are then shifted by their rows and added up. The products are the same,
 * but ONNX Runtime copies the image kw times instead of kh·kw times, and copying takes most of the time if o is small. Measured:
 * a quarter of the time, a sixth for a generator's last layer of 7 × 7.
 */
import { int, type Lowering } from '../lowering/lowering.js';
import { activate, type ActivationAttrs } from './activation.js';
import { convolutionOf } from './float16.js';
import { heuristics } from './heuristics.js';
import { type Kernel, kernel } from './kernel.js';
import { sumOf } from './on-gpu.js';
import {
  type Axis,
  type Geometry,
  geometry,
  inWindows,
  type WindowAttrs,
  windowAttributes,
} from './windows.js';

/** Whether this algorithm is faster. */
export const paysByRows = ({ axes, inChannels, outChannels }: Geometry): boolean =>
  axes.length === 2 &&
  axes[0]!.filter >= heuristics.byRows.fewestRows &&
  axes[0]!.stride === 1 &&
  axes[0]!.dilation === 1 &&
  outChannels <= heuristics.byRows.mostOutputs &&
  inChannels >= heuristics.byRows.fewestInputs;

/** Stands for Conv2D, or FusedConv2D with a bias for each channel or none. Has no kernel in tfjs: a pass writes it. */
export const convolutionByRows: Kernel = kernel<WindowAttrs & ActivationAttrs>({
  inputs: ['x', 'filter', 'bias'],
  infer: () => undefined,
  lower(call) {
    const info = geometry(call.inputs[0]!.shape, call.inputs[1]!.shape, call.attrs);
    const { inChannels, outChannels: o } = info;
    const [rows, columns] = info.axes as [Axis, Axis];
    const { filter: kh, out } = rows;
    const x = inWindows(call, call.input(0, info.layout), info);
    const w = call.reshape(call.transpose(call.input(1), [0, 3, 2, 1]), [
      kh * o,
      inChannels,
      1,
      columns.filter,
    ]);
    const row = { ...rows, filter: 1 };
    const all = convolutionOf(call, [x, w, ...bias(call, kh, o)], (operands) =>
      call.op('Conv', operands, windowAttributes({ axes: [row, columns] })),
    );
    const moved = Array.from({ length: kh }, (_, i) =>
      call.op('Slice', [
        all,
        call.int64s([i * o, i]),
        call.int64s([i * o + o, i + out]),
        call.int64s([1, 2]),
      ]),
    );
    call.output(activate(call, sumOf(call, moved)), info.layout);
  },
});

/** The first row has the bias, the others none. */
function bias(call: Lowering<WindowAttrs & ActivationAttrs>, kh: number, o: number): string[] {
  if (call.inputs[2] === undefined) return [];
  const none = call.constant('float32', [(kh - 1) * o], new Array<number>((kh - 1) * o).fill(0));
  return [call.op('Concat', [call.reshape(call.input(2), [o]), none], { axis: int(0) })];
}

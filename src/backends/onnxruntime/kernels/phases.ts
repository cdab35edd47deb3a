/**
 * The gradient of a convolution with stride s with respect to its input, which is also the transposed convolution,
 * phase by phase: the pixels at positions s·u + r, for each r, are a convolution of dy with every s-th tap of the filter,
 * turned around. The outputs of the s·s convolutions are interleaved. ONNX' ConvTranspose computes the same products, but
 * writes all of them, kh·kw for each pixel of dy, before it adds them up. With few channels that takes longer than the products.
 */
import { int, type Lowering } from '../lowering/lowering.js';
import { inputGradientOf } from './float16.js';
import { heuristics } from './heuristics.js';
import { type Kernel, kernel } from './kernel.js';
import { type Axis, type Geometry, geometry, pad, type WindowAttrs, windowAttributes } from './windows.js';

type Attrs = WindowAttrs & { inputShape: number[] };

/** Whether this algorithm is faster. For small images it is not. */
export function paysByPhases({ axes, inChannels }: Geometry): boolean {
  const rule = heuristics.phases;
  return (
    axes.length === 2 &&
    axes.every(
      ({ stride, dilation, filter }) => stride === rule.stride && dilation === 1 && filter === rule.filter,
    ) &&
    inChannels >= rule.fewestChannels &&
    axes.reduce((pixels, { out }) => pixels * out, 1) >= rule.leastPixels
  );
}

/** Some pixels of dx along an axis. */
interface Phase {
  /** The filter's taps that reach them, in the order in which they lie on dy. */
  readonly taps: readonly number[];
  /** How far the first window begins before dy, and the last ends behind it. */
  readonly before: number;
  readonly after: number;
}

/** The pixels of an axis of dx at places s·u + r, of which there are as many for each r: the last may lie beyond dx. */
function phasesOf({ size, out, filter, stride, before }: Axis): Phase[] {
  const places = Math.ceil(size / stride);
  return Array.from({ length: stride }, (_, r) => {
    const first = (r + before) % stride;
    const count = Math.ceil((filter - first) / stride);
    const taps = Array.from({ length: count }, (_, i) => first + stride * (count - 1 - i));
    const reach = (r + before - first) / stride; // dx at s·u + r has its tap `first` on dy at u + reach
    return { taps, before: count - 1 - reach, after: places - 1 + reach - (out - 1) };
  });
}

/** Stands for Conv2DBackpropInput. Has no kernel in tfjs: a pass writes it. */
export const convolutionGradientByPhases: Kernel = kernel<Attrs>({
  inputs: ['dy', 'filter'],
  infer: () => undefined,
  lower(call) {
    const info = geometry(call.attrs.inputShape, call.inputs[1]!.shape, call.attrs);
    const { batch, inChannels } = info;
    const [rows, columns] = info.axes as [Axis, Axis];
    const [height, width] = info.axes.map(({ size, stride }) => Math.ceil(size / stride)) as [number, number];
    const dy = call.input(0, info.layout);
    const lines = phasesOf(rows).map((row) => {
      const parts = phasesOf(columns).map((column) =>
        call.reshape(phase(call, info, dy, row, column), [batch, inChannels, height, width, 1]),
      );
      const line = call.op('Concat', parts, { axis: int(4) });
      return call.reshape(line, [batch, inChannels, height, 1, width * columns.stride]);
    });
    const [h, w] = [height * rows.stride, width * columns.stride];
    const whole = call.reshape(call.op('Concat', lines, { axis: int(3) }), [batch, inChannels, h, w]);
    const beyond = [h - rows.size, w - columns.size];
    call.output(pad(call, whole, [0, 0, ...beyond.map((n) => -n)]), info.layout);
  },
});

/** [n, c, places of rows, places of columns] */
function phase(call: Lowering<Attrs>, info: Geometry, dy: string, row: Phase, column: Phase): string {
  const { inChannels: c, outChannels: o } = info;
  const [kh, kw] = info.axes.map(({ filter }) => filter) as [number, number];
  const taps = row.taps.flatMap((i) => column.taps.map((j) => i * kw + j));
  const chosen = call.op('Gather', [call.reshape(call.input(1), [kh * kw, c, o]), call.int64s(taps)]);
  const w = call.reshape(call.transpose(chosen, [1, 2, 0]), [c, o, row.taps.length, column.taps.length]);
  const sides = [row.before, column.before, row.after, column.after];
  const inside = pad(
    call,
    dy,
    sides.map((n) => Math.min(n, 0)),
  ); // dy that no window looks at
  const axes = [row, column].map(({ taps, before, after }) => ({
    ...info.axes[0]!,
    stride: 1,
    filter: taps.length,
    before,
    after,
  }));
  return inputGradientOf(call, [inside, w], (operands) =>
    call.op('Conv', operands, windowAttributes({ axes })),
  );
}

/** Kernels that normalize: with given statistics, over classes, over neighbouring channels. */
import { float, int } from '../graph/lowering.js';
import { type Spec } from '../specs.js';
import { broadcastShape, elementwise } from './elementwise.js';
import { type Kernel, kernel } from './kernel.js';

/** (x − mean) · scale / √(variance + ε) + offset. */
const fusedBatchNorm = kernel<{ varianceEpsilon?: number }>({
  inputs: ['x', 'mean', 'variance', 'offset', 'scale'],
  infer(inputs) {
    const given = (inputs as readonly (Spec | undefined)[]).filter((spec) => spec !== undefined);
    const whole = broadcastShape(given).join() === inputs[0]!.shape.join();
    const lowers = whole && given.every(({ dtype }) => dtype === 'float32');
    return lowers ? [{ shape: inputs[0]!.shape, dtype: 'float32' }] : undefined;
  },
  lower(call) {
    const [, , , offset, scale] = call.inputs as [Spec, Spec, Spec, Spec?, Spec?];
    const epsilon = call.scalar(call.attrs.varianceEpsilon ?? 0.001, call.outputs[0]!);
    elementwise(call, (x, mean, variance, beta, gamma) => {
      const deviation = call.op('Sqrt', [call.op('Add', [variance, epsilon])]);
      const factor =
        scale === undefined ? call.op('Reciprocal', [deviation]) : call.op('Div', [gamma, deviation]);
      const normal = call.op('Mul', [call.op('Sub', [x, mean]), factor]);
      return offset === undefined ? normal : call.op('Add', [normal, beta]);
    });
  },
});

const softmax = kernel<{ dim: number }>({
  inputs: ['logits'],
  infer: ([logits]) => (logits!.dtype === 'float32' ? [logits!] : undefined),
  lower(call) {
    call.output(call.op('Softmax', [call.input(0)], { axis: int(call.attrs.dim) }));
  },
});

interface LrnAttrs {
  depthRadius: number;
  bias: number;
  alpha: number;
  beta: number;
}

/** ONNX' α counts the whole window, tfjs' each channel in it. */
const lrn = kernel<LrnAttrs>({
  inputs: ['x'],
  infer: ([x]) => (x!.dtype === 'float32' ? [x!] : undefined),
  lower(call) {
    const { depthRadius, bias, alpha, beta } = call.attrs;
    const size = 2 * depthRadius + 1;
    const attributes = { size: int(size), bias: float(bias), alpha: float(alpha * size), beta: float(beta) };
    call.output(call.op('LRN', [call.input(0, 'channels first')], attributes), 'channels first');
  },
});

export const normalizationKernels: Readonly<Record<string, Kernel>> = {
  FusedBatchNorm: fusedBatchNorm,
  Softmax: softmax,
  LRN: lrn,
};

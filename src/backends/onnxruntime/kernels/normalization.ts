/** Kernels that normalize: with given statistics, over classes, over neighbouring channels. */
import { util } from '@tensorflow/tfjs-core';
import { float, int, ints } from '../lowering/lowering.js';
import { type Spec } from '../lowering/specs.js';
import { broadcastShape, elementwise } from './elementwise.js';
import { type Kernel, kernel } from './kernel.js';
import { axisInLayout, comingLayout } from './moving.js';

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
    const { length } = call.inputs[0]!.shape;
    const [axis] = util.parseAxisParam(call.attrs.dim, [...call.inputs[0]!.shape]);
    const layout = comingLayout(call);
    const attributes = { axis: int(axisInLayout(axis!, length, layout)) };
    call.output(call.op('Softmax', [call.input(0, layout)], attributes), layout);
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

/**
 * With nₖ = bias + α Σ x², summed over the window around channel k:
 * yₖ = xₖ nₖ^−β, so dxₖ = dyₖ nₖ^−β − 2αβ xₖ Σ dy y / n, summed over the same window.
 */
const lrnGrad = kernel<LrnAttrs>({
  inputs: ['x', 'y', 'dy'],
  infer: (inputs) => (inputs.every(({ dtype }) => dtype === 'float32') ? [inputs[0]!] : undefined),
  lower(call) {
    const { depthRadius, bias, alpha, beta } = call.attrs;
    const { shape, size } = call.inputs[0]!;
    const channels = shape[shape.length - 1]!;
    const number = (value: number) => call.scalar(value, call.outputs[0]!);
    const mul = (a: string, b: string) => call.op('Mul', [a, b]);
    const window = 2 * depthRadius + 1;
    const pool = {
      kernel_shape: ints([window]),
      pads: ints([depthRadius, depthRadius]),
      count_include_pad: int(1),
    };
    /** The sum over the window, times `factor`. */
    const sum = (values: string, factor: number) =>
      mul(call.op('AveragePool', [values], pool), number(factor * window));
    const rows = (i: number) => call.reshape(call.input(i), [size / channels, 1, channels]);
    const [x, y, dy] = [rows(0), rows(1), rows(2)];
    const norm = call.op('Add', [sum(mul(x, x), alpha), number(bias)]);
    const own = mul(dy, call.op('Pow', [norm, number(-beta)]));
    const others = mul(x, sum(call.op('Div', [mul(dy, y), norm]), 2 * alpha * beta));
    call.output(call.reshape(call.op('Sub', [own, others]), shape));
  },
});

export const normalizationKernels: Readonly<Record<string, Kernel>> = {
  FusedBatchNorm: fusedBatchNorm,
  LRN: lrn,
  LRNGrad: lrnGrad,
  Softmax: softmax,
};

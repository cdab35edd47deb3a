/** Activations that tfjs fuses into convolutions and matrix products. */
import { float, type Lowering } from '../lowering/lowering.js';
import { sigmoid } from './functions.js';

export interface ActivationAttrs {
  activation?: 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'leakyrelu' | 'prelu';
  leakyreluAlpha?: number;
}

/** Applies the activation of a fused kernel; `alpha` are the weights of `prelu`. */
export function activate(call: Lowering<ActivationAttrs>, y: string, alpha?: string): string {
  const { activation = 'linear', leakyreluAlpha = 0.2 } = call.attrs;
  const number = (value: number) => call.scalar(value, call.outputs[0]!);
  switch (activation) {
    case 'relu':
      return call.op('Relu', [y]);
    case 'relu6':
      return call.op('Clip', [y, number(0), number(6)]);
    case 'elu':
      return call.op('Elu', [y]);
    case 'sigmoid':
      return sigmoid(call, y);
    case 'leakyrelu':
      return call.op('LeakyRelu', [y], { alpha: float(leakyreluAlpha) });
    case 'prelu':
      return call.op('PRelu', [y, alpha!]);
    case 'linear':
      return y;
  }
}

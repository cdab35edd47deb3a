/**
 * Kernels that TensorFlow.js does not have, and that the library asks for where a backend has them. A backend knows
 * better than a composition of tfjs' own kernels what is meant: it runs one instead of many, and may recognise it
 * beside others. Where a backend does not register one, the caller composes.
 *
 * | kernel          | inputs | attributes                      | gives                                                  |
 * | --------------- | ------ | ------------------------------- | ------------------------------------------------------ |
 * | `ReplicatePad`  | `x`    | `paddings`                      | `x` padded by its edges, as `MirrorPad` reflects        |
 * | `BorderPadGrad` | `dy`   | `paddings`, `mode`              | the gradient of a padding: the border, folded back     |
 *
 * `paddings` are pairs [before, after], one for each axis, as `MirrorPad` and `PadV2` take them; `mode` is `'reflect'`,
 * `'symmetric'` or `'replicate'`.
 */
import {
  engine,
  getBackend,
  getKernel,
  type KernelConfig,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** What of an image's inside its border shows: `abcd` padded by 2 is `cbabcdcb`, `baabcddc`, `aaabcddd`. */
export type BorderMode = 'reflect' | 'symmetric' | 'replicate';

export interface OwnKernels {
  ReplicatePad: { paddings: [number, number][] };
  BorderPadGrad: { paddings: [number, number][]; mode: BorderMode };
}

const dtypes = ['float32', 'int32', 'bool'];

/**
 * Runs a kernel of our own; undefined where the backend in use does not have it, and for tensors that are empty or not
 * of numbers. Records no gradient.
 */
export function runOwnKernel<Name extends keyof OwnKernels>(
  name: Name,
  inputs: NamedTensorMap,
  attrs: OwnKernels[Name],
): Tensor | undefined {
  const numbers = Object.values(inputs).every(({ size, dtype }) => size > 0 && dtypes.includes(dtype));
  if (!numbers || (getKernel(name, getBackend()) as KernelConfig | undefined) === undefined) return undefined;
  return engine().runKernel(name, inputs, attrs);
}

/**
 * Kernels that TensorFlow.js does not have. A backend that registers one runs a single kernel instead of many, and may fuse it
 * with others. On other backends the caller composes the result of tfjs' kernels.
 *
 * | kernel          | inputs | attributes                      | output                                                 |
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

/** The pixels that a border repeats: `abcd` padded by 2 is `cbabcdcb`, `baabcddc` or `aaabcddd`. */
export type BorderMode = 'reflect' | 'symmetric' | 'replicate';

export interface OwnKernels {
  ReplicatePad: { paddings: [number, number][] };
  BorderPadGrad: { paddings: [number, number][]; mode: BorderMode };
}

const dtypes = ['float32', 'int32', 'bool'];

/**
 * Runs one of these kernels. Returns undefined if the current backend does not have it, or if an input is empty or has another
 * dtype. Records no gradient.
 */
export function runOwnKernel<Name extends keyof OwnKernels>(
  name: Name,
  inputs: NamedTensorMap,
  attrs: OwnKernels[Name],
): Tensor | undefined {
  const supported = Object.values(inputs).every(({ size, dtype }) => size > 0 && dtypes.includes(dtype));
  if (!supported || (getKernel(name, getBackend()) as KernelConfig | undefined) === undefined)
    return undefined;
  return engine().runKernel(name, inputs, attrs);
}

/** All kernels that lower to ONNX, by their tfjs names. */
import { binaryKernels } from './binary.js';
import { convolutionKernels } from './convolution.js';
import { type Kernel } from './kernel.js';
import { movementKernels } from './movement.js';
import { reductionKernels } from './reduction.js';
import { unaryKernels } from './unary.js';

export const kernels: Readonly<Record<string, Kernel>> = {
  ...unaryKernels,
  ...binaryKernels,
  ...reductionKernels,
  ...convolutionKernels,
  ...movementKernels,
};

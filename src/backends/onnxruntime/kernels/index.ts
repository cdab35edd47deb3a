/** All kernels that lower to ONNX, by their tfjs names. */
import { arrangingKernels } from './arranging.js';
import { binaryKernels } from './binary.js';
import { combiningKernels } from './combining.js';
import { convolutionKernels } from './convolution.js';
import { gatheringKernels } from './gathering.js';
import { joiningKernels } from './joining.js';
import { type Kernel } from './kernel.js';
import { matrixKernels } from './matrix.js';
import { normalizationKernels } from './normalization.js';
import { paddingKernels } from './padding.js';
import { poolingKernels } from './pooling.js';
import { reductionKernels } from './reduction.js';
import { resizeKernels } from './resize.js';
import { scatteringKernels } from './scattering.js';
import { slicingKernels } from './slicing.js';
import { unaryKernels } from './unary.js';

export const kernels: Readonly<Record<string, Kernel>> = {
  ...unaryKernels,
  ...binaryKernels,
  ...combiningKernels,
  ...reductionKernels,
  ...matrixKernels,
  ...normalizationKernels,
  ...convolutionKernels,
  ...poolingKernels,
  ...resizeKernels,
  ...joiningKernels,
  ...slicingKernels,
  ...paddingKernels,
  ...arrangingKernels,
  ...gatheringKernels,
  ...scatteringKernels,
};

/** Options of a CycleGAN that learns in minutes. */
import type { CycleGANOptions } from '../../../models/cyclegan-options.js';
import type { CycleGANTrainerOptions } from './options.js';

/**
 * Options that give good images of about 64 × 64 pixels in minutes on a CPU: two residual blocks, a discriminator of two layers, the
 * loss `vanilla`, a learning rate of 8e-4, averaged generators, and the PyTorch convention. After a third of the time, images are
 * better than those of the paper's options with 6 blocks (see the [quality](../../../../docs/quality.md) page). Compare both for larger
 * images: these options were measured at 64 pixels only.
 *
 * The command line has them as `--quick`. The learning rate falls to 0 over the second half of the epochs, so set `epochs` to what
 * you have time for.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { CycleGAN, CycleGANTrainer, quickPreset } from 'ts-cyclegan';
 * const model = new CycleGAN({ ...quickPreset.model, inputShape: [64, 64, 3] });
 * const trainer = new CycleGANTrainer(model, { ...quickPreset.trainer, epochs: 4 });
 * console.log(trainer.settings.learningRate.generator); // 0.0008
 * trainer.dispose();
 * model.dispose();
 * ```
 */
export const quickPreset = {
  model: { convention: 'pytorch', filters: 32, residualBlocks: 2, discriminatorLayers: 2 },
  trainer: { adversarial: 'vanilla', learningRate: 8e-4, ema: 0.999 },
} as const satisfies { model: CycleGANOptions; trainer: CycleGANTrainerOptions };

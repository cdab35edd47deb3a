/** The options of `save` for models that are saved as a whole. */
import { oneOf, withDefault } from '../core/options.js';
import type { WeightsDtype } from './bundle.js';

/** Options of `Pix2Pix.save` and `GAN.save`. */
export interface SaveModelOptions {
  /**
   * `float16` halves the size and rounds each weight to 11 bits. Use it for inference, not to continue training.
   * @default 'float32'
   */
  dtype?: WeightsDtype;
}

/** Schema of {@link SaveModelOptions}. */
export const saveEntries = { dtype: withDefault(oneOf('float32', 'float16'), 'float32') };

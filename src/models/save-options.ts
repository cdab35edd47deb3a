/** The options with which models of one piece are saved. */
import { oneOf, withDefault } from '../core/options.js';
import type { WeightsDtype } from './bundle.js';

/** Options of `Pix2Pix.save` and `GAN.save`. */
export interface SaveModelOptions {
  /**
   * `float16` takes half of the space and rounds each weight to 11 bits: to use the model, not to train it further.
   * @default 'float32'
   */
  dtype?: WeightsDtype;
}

/** Schema of {@link SaveModelOptions}. */
export const saveEntries = { dtype: withDefault(oneOf('float32', 'float16'), 'float32') };

/** The two programs whose definitions this library follows: the Keras example of CycleGAN, or the paper authors' PyTorch program. */
import { oneOf, withDefault } from './options.js';

/**
 * The program whose definitions apply: `keras`, the CycleGAN example of keras.io, or `pytorch`, the paper authors'
 * pytorch-CycleGAN-and-pix2pix.
 *
 * The two differ in padding, biases and norms, in how images are resized and cropped, and in how losses are combined.
 */
export type Convention = 'keras' | 'pytorch';

/** Schema of a {@link Convention}. */
export const conventionEntry = (fallback: Convention) => withDefault(oneOf('keras', 'pytorch'), fallback);

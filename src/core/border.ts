/** The values that a convolution reads beyond the edge of an image. */
import { oneOf, withDefault } from './options.js';

/**
 * The kind of border around an image: `reflect` mirrors the image without repeating its edge, `replicate` repeats the edge,
 * `zero` is all zeros.
 */
export type Border = 'reflect' | 'replicate' | 'zero';

/** Schema of a {@link Border}. */
export const borderEntry = withDefault(oneOf('reflect', 'replicate', 'zero'), 'reflect');

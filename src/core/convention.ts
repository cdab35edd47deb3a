/** The two definitions that the library reproduces. */

/**
 * Whose definitions hold: `pytorch`, the paper authors' PyTorch program, or `keras`, the Keras example. They differ in
 * networks (borders, biases, norm layers), in how the losses are combined, and in where Adam adds ε.
 */
export type Convention = 'keras' | 'pytorch';

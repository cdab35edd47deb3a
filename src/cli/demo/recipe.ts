/** The options of the demo. */

/** The options that gave the best images after two minutes on two CPU cores. */
export const recipe: Readonly<Record<string, unknown>> = {
  algorithm: 'cyclegan',
  convention: 'pytorch',
  size: 64,
  filters: 32,
  blocks: 2,
  discriminatorLayers: 2,
  adversarial: 'vanilla',
  learningRate: 8e-4,
  ema: 0.999,
  flip: 0,
  seed: 1,
  watch: true,
};

/** Minutes of training, if neither steps nor minutes are given. */
export const defaultMinutes = 2;

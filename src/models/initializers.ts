/**
 * The four initializers of PyTorch's pytorch-CycleGAN-and-pix2pix (`--init_type`, `--init_gain`). Biases start at 0.
 * The standard deviation is gain for normal, gain·√(2/(in + out)) for xavier, and √(2/in) for kaiming, which ignores the gain.
 */
import { initializers } from '@tensorflow/tfjs-layers';
import type { Initializer } from '../blocks/block.js';
import type { Random } from '../core/random.js';
import { orthogonalClass } from '../layers/orthogonal.js';

/** The kind of an initializer. `normal` is the default of the Keras and PyTorch programs. */
export type InitializerKind = 'normal' | 'xavier' | 'kaiming' | 'orthogonal';

/** Whether networks are being built whose weights are set afterwards. */
let withoutValues = false;

/**
 * Runs `build`, which builds networks with weights of 0. This is much faster if the weights are set afterwards: most of the time
 * of building a network goes into random values.
 */
export function withoutInitialValues<T>(build: () => T): T {
  const before = withoutValues;
  withoutValues = true;
  try {
    return build();
  } finally {
    withoutValues = before;
  }
}

/** An initializer, or zeros in {@link withoutInitialValues}. */
export const initialValues = (initializer: Initializer): Initializer =>
  withoutValues ? initializers.zeros() : initializer;

/**
 * Returns a function that creates an initializer for each kernel, [height, width, in, out], with seeds drawn in order. A depthwise
 * kernel, [height, width, channels, 1], has one input and `channels` outputs, as in PyTorch.
 */
export function kernelInitializers(
  kind: InitializerKind,
  gain: number,
  random: Random,
): (shape: number[]) => Initializer {
  return ([height, width, inputs, outputs]) => {
    const seed = random.seed();
    if (kind === 'orthogonal') {
      return initialValues(
        new (orthogonalClass())({ gain, seed, ...(inputs === 1 && { columns: outputs! }) }),
      );
    }
    const taps = height! * width!;
    const stddev = {
      normal: gain,
      xavier: gain * Math.sqrt(2 / (taps * (inputs! + outputs!))),
      kaiming: Math.sqrt(2 / (taps * inputs!)),
    }[kind];
    return initialValues(initializers.randomNormal({ mean: 0, stddev, seed }));
  };
}

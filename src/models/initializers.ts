/**
 * The four ways in which P draws initial kernels (`--init_type`, `--init_gain`); biases start at 0.
 * Standard deviations: normal: gain; xavier: gain·√(2/(in + out)); kaiming: √(2/in), gain does not count.
 */
import { initializers } from '@tensorflow/tfjs-layers';
import type { Initializer } from '../blocks/block.js';
import type { Random } from '../core/random.js';
import { orthogonalClass } from '../layers/orthogonal.js';

/** `normal` (P's and K's default), `xavier`, `kaiming` or `orthogonal`. */
export type InitializerKind = 'normal' | 'xavier' | 'kaiming' | 'orthogonal';

/** Makes an initializer for each kernel, [height, width, in, out], from seeds drawn in order. */
export function kernelInitializers(
  kind: InitializerKind,
  gain: number,
  random: Random,
): (shape: number[]) => Initializer {
  return ([height, width, inputs, outputs]) => {
    const seed = random.seed();
    if (kind === 'orthogonal') return new (orthogonalClass())({ gain, seed });
    const taps = height! * width!;
    const stddev = {
      normal: gain,
      xavier: gain * Math.sqrt(2 / (taps * (inputs! + outputs!))),
      kaiming: Math.sqrt(2 / (taps * inputs!)),
    }[kind];
    return initializers.randomNormal({ mean: 0, stddev, seed });
  };
}

/** Repeats a value along axes of 1 until it has the shape of the output. */
import { type Kernel } from './kernel.js';

/** Has no kernel in tfjs: passes write it. */
export const expand: Kernel = {
  inputs: ['x'],
  infer: () => undefined,
  lower(call) {
    call.output(call.op('Expand', [call.input(0), call.int64s(call.outputs[0]!.shape)]));
  },
};

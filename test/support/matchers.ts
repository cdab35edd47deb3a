/** `toBeAllClose`: numbers equal within |got − want| ≤ atol + rtol·|want|; NaN and another length fail. */
import { expect } from 'vitest';

type Numbers = ArrayLike<number>;
export interface Tolerance {
  rtol?: number;
  atol?: number;
}

declare module 'vitest' {
  interface Matchers {
    toBeAllClose(want: Numbers, tolerance?: Tolerance): void;
  }
}

expect.extend({
  toBeAllClose(got: Numbers, want: Numbers, { rtol = 1e-5, atol = 1e-6 }: Tolerance = {}) {
    if (got.length !== want.length) {
      return { pass: false, message: () => `expected ${want.length} numbers, got ${got.length}` };
    }
    let worst = 0;
    let at = -1;
    for (let i = 0; i < want.length; i++) {
      const error = Math.abs(got[i]! - want[i]!) / (atol + rtol * Math.abs(want[i]!));
      const relative = Number.isNaN(error) ? Infinity : error;
      if (relative > worst) [worst, at] = [relative, i];
    }
    return {
      pass: worst <= 1,
      message: () => `number ${at} is ${got[at]}, expected ${want[at]}: ${worst} times the tolerance`,
    };
  },
});

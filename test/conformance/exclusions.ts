/**
 * Specs of tfjs-core that the ONNX Runtime backend need not pass, each with the reason. They run all the same,
 * and must fail: a spec that passes, or that there is not, does not belong here.
 */
export interface Exclusion {
  /** The spec's file and full name, as `npm run test:conformance -- --failures` prints them. */
  readonly spec: string;
  readonly reason: string;
}

/** More would be another backend than tfjs'. */
export const MOST_EXCLUSIONS = 10;

export const exclusions: readonly Exclusion[] = [];

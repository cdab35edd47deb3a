/** The feature head of CUT in a file: PyTorch's netF. */
import { show } from '../core/options.js';
import type { StateDict } from '../models/state-dict.js';

const parameter = /^mlp_\d+\.[02]\.(weight|bias)$/;

/** Whether a state dict has the keys of a feature head. */
export function isFeatureHead(stateDict: StateDict): boolean {
  const keys = Object.keys(stateDict);
  return keys.length > 0 && keys.every((key) => parameter.test(key));
}

/**
 * The units of a head, and the channels of the features that it takes. All kernels have the shapes that follow from them, so what is
 * allocated for the head is not larger than the file.
 *
 * @param refuse throws an error about the file
 */
export function headOf(
  stateDict: StateDict,
  refuse: (fault: string) => never,
): { units: number; inputs: number[] } {
  const shape = (key: string): readonly number[] =>
    stateDict[key]?.shape ?? refuse(`${show(key)} is missing.`);
  const units = shape('mlp_0.0.weight')[0] ?? 0;
  const expect = (key: string, ...want: number[]) => {
    const got = shape(key);
    if (units > 0 && show(got) === show(want) && !want.includes(0)) return;
    refuse(`${show(key)} must have shape ${show(want)}, got ${show(got)}.`);
  };
  const inputs: number[] = [];
  for (let i = 0; i < Object.keys(stateDict).length / 4; i++) {
    const channels = shape(`mlp_${i}.0.weight`)[1] ?? 0;
    expect(`mlp_${i}.0.weight`, units, channels);
    expect(`mlp_${i}.2.weight`, units, units);
    inputs.push(channels);
  }
  return { units, inputs };
}

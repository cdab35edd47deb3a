/** What the reader of saved models must know about a CycleGAN: four networks, or the generator of one direction alone. */
import type { Convention } from '../core/convention.js';
import { resolveOptions } from '../core/options.js';
import {
  type CycleGANNetworks,
  type CycleGANOptions,
  networkNames,
  type ResolvedCycleGANOptions,
  resolveCycleGANOptions,
} from './cyclegan-options.js';
import { networkEntries } from './options.js';
import type { SavedKind } from './read-bundle.js';

/** From A's images to B's, or back. */
export type Direction = 'AtoB' | 'BtoA';

/** The generator of each direction. */
export const generatorOf = { AtoB: 'generatorG', BtoA: 'generatorF' } as const;

/** What is saved beside the networks. */
export interface SavedCycleGAN {
  convention: Convention;
  /** The options that the networks were built from, if they were. */
  built: ResolvedCycleGANOptions | undefined;
}

export const savedCycleGAN: SavedKind<keyof CycleGANNetworks, SavedCycleGAN> = {
  kind: 'cyclegan',
  networks: networkNames,
  alone: Object.values(generatorOf),
  options: (saved) => {
    const built = 'filters' in saved ? resolveCycleGANOptions(saved as CycleGANOptions) : undefined;
    if (built !== undefined) return { built, convention: built.convention };
    return { built, ...resolveOptions('CycleGAN', { convention: networkEntries.convention }, saved) };
  },
};

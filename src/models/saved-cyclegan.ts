/** Saved CycleGANs: four networks, or the generator of one direction. */
import { type Convention, conventionEntry } from '../core/convention.js';
import { resolveOptions } from '../core/options.js';
import {
  type CycleGANNetworks,
  networkNames,
  type ResolvedCycleGANOptions,
  resolveCycleGANOptions,
} from './cyclegan-options.js';
import { withBorder } from './image-to-image-options.js';
import type { SavedKind } from './read-bundle.js';

/** The direction of a translation: A → B or B → A. */
export type Direction = 'AtoB' | 'BtoA';

/** The generator of each direction. */
export const generatorOf = { AtoB: 'generatorG', BtoA: 'generatorF' } as const;

/** The saved options of a CycleGAN. */
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
    const built = 'filters' in saved ? resolveCycleGANOptions(withBorder(saved)) : undefined;
    if (built !== undefined) return { built, convention: built.convention };
    return { built, ...resolveOptions('CycleGAN', { convention: conventionEntry('keras') }, saved) };
  },
};

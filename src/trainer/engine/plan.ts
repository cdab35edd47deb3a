/** Decides which terms of a phase are computed together. */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Phase, Term } from './algorithm.js';

/** How much memory a step of training may take. */
export type MemoryUse = 'low' | 'balanced' | 'fast';

/** Up to this size, kernel count matters more than memory. */
const smallImage = 128 * 128;

/**
 * From this many weights per pixel on, as in U-Nets, moving gradients and weights between threads costs more than running at
 * the same time saves. Measured on two cores: 80 ms instead of 69 for a U-Net with 5 levels at 64 pixels, 88 instead of 105 for
 * a ResNet with 32 filters and 6 blocks (475 weights per pixel), and no difference at 48 pixels (845).
 */
const manyWeights = 750;

/** Height times width of the images of a batch. */
export function pixelsOf(batch: tf.NamedTensorMap): number {
  const images = Object.values(batch).filter(({ rank }) => rank === 4);
  return Math.max(1, ...images.map(({ shape }) => shape[1]! * shape[2]!));
}

export const memoryFor = (pixels: number): MemoryUse => (pixels <= smallImage ? 'fast' : 'low');

/** Whether all of these networks are small enough to be trained at the same time as others. */
export const isLight = (networks: readonly LayersModel[], pixels: number): boolean =>
  networks.every((network) => network.countParams() < manyWeights * pixels);

/**
 * The terms of each computation. By default, terms that train a common network are computed together. With little memory, or if
 * branches run at the same time, each branch is one computation. With little memory and layers such as batch norm, whose running
 * statistics depend on the order of calls, each term is one.
 */
export function planOf(
  { terms }: Phase,
  { memory, perSample, sideBySide }: { memory: MemoryUse; perSample: boolean; sideBySide: boolean },
): Term[][] {
  if (memory === 'low' && !perSample) return terms.map((term) => [term]);
  if (memory === 'low' || sideBySide) return grouped(terms, (a, b) => a.branch === b.branch);
  return grouped(terms, (a, b) => a.trains.some((name) => b.trains.includes(name)));
}

/** Groups of connected terms, ordered by their first term. */
function grouped(terms: readonly Term[], connected: (a: Term, b: Term) => boolean): Term[][] {
  const groups: Term[][] = [];
  for (const term of terms) {
    const near = groups.filter((group) => group.some((other) => connected(other, term)));
    const [first] = near;
    if (first === undefined) {
      groups.push([term]);
      continue;
    }
    first.push(...near.slice(1).flat(), term);
    for (const other of near.slice(1)) groups.splice(groups.indexOf(other), 1);
  }
  return groups;
}

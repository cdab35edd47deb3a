/** Which terms of a phase are computed together. */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Phase, Term } from './algorithm.js';

/** How much memory a step of training may take. */
export type MemoryUse = 'low' | 'balanced' | 'fast';

/** Up to this many pixels an image, kernel count matters more than memory. */
const smallImage = 128 * 128;

/**
 * From this many weights for each pixel of an image on, as in U-Nets, moving gradients and new weights between threads
 * costs more than computing at the same time saves. Measured on two cores: 80 instead of 69 ms for a U-Net of 5 levels at 64 pixels,
 * 88 instead of 105 for the resnet of 32 filters and 6 blocks (475 weights a pixel), the same at 48 pixels (845).
 */
const manyWeights = 750;

/** Height times width of the images of a batch. */
export function pixelsOf(batch: tf.NamedTensorMap): number {
  const images = Object.values(batch).filter(({ rank }) => rank === 4);
  return Math.max(1, ...images.map(({ shape }) => shape[1]! * shape[2]!));
}

export const memoryFor = (pixels: number): MemoryUse => (pixels <= smallImage ? 'fast' : 'low');

/** Whether the largest of these networks is small enough to be trained beside others. */
export const isLight = (networks: readonly LayersModel[], pixels: number): boolean =>
  networks.every((network) => network.countParams() < manyWeights * pixels);

/**
 * Terms by computation. Terms that train a common network are computed together, unless memory is short or branches run at the
 * same time: then branch by branch; and one by one where running statistics depend on the order of the terms.
 */
export function planOf(
  { terms }: Phase,
  { memory, perSample, sideBySide }: { memory: MemoryUse; perSample: boolean; sideBySide: boolean },
): Term[][] {
  if (memory === 'low' && !perSample) return terms.map((term) => [term]);
  if (memory === 'low' || sideBySide) return grouped(terms, (a, b) => a.branch === b.branch);
  return grouped(terms, (a, b) => a.trains.some((name) => b.trains.includes(name)));
}

/** Connected terms, in the order of their first. */
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

/** Checks the labels and codes for a generator before any values are drawn. */
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { LatentParts } from './latent.js';

/** @throws CycleGANError `INVALID_OPTION` */
export function checkGenerate(
  where: string,
  { classes, continuous }: LatentParts,
  count: number,
  labels: readonly unknown[] | undefined,
  codes: readonly unknown[] | undefined,
): void {
  const refuse = (option: string, message: string): never => {
    throw new CycleGANError('INVALID_OPTION', `${where}: option "${option}" ${message}`);
  };
  if (labels !== undefined && classes === 0)
    refuse('labels', 'needs a model with labels, but this model has none.');
  if (codes !== undefined && continuous === 0) {
    refuse('codes', 'needs a model with continuous codes, but this model has none.');
  }
  for (const [option, list] of Object.entries({ labels, codes })) {
    if (list === undefined || list.length === count) continue;
    refuse(option, `must have one entry for each of the ${count} images, got ${list.length}.`);
  }
  labels?.forEach((label, i) => {
    if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes) return;
    refuse('labels', `must be whole numbers from 0 to ${classes - 1}, got ${show(label)} for image ${i}.`);
  });
  codes?.forEach((list, i) => {
    if (Array.isArray(list) && list.length === continuous && list.every(Number.isFinite)) return;
    refuse('codes', `must be lists of ${continuous} finite numbers, got ${show(list)} for image ${i}.`);
  });
}

/** What the folders of the data say about the algorithm. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { Algorithm } from '../flags/generated-option.js';

export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Whether a folder has all of these folders. */
export const hasFolders = (path: string, ...names: string[]): boolean =>
  names.every((name) => isFolder(join(path, name)));

/** @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT` */
export function checkData(data: string): void {
  if (isFolder(data)) return;
  const exists = statSync(data, { throwIfNoEntry: false }) !== undefined;
  throw new CycleGANError(
    exists ? 'INVALID_ARGUMENT' : 'NOT_FOUND',
    exists ? `the data must be a folder, but ${show(data)} is a file.` : `there is no folder ${show(data)}.`,
  );
}

/**
 * The algorithm for a folder: CycleGAN for `trainA` and `trainB`, pix2pix for a folder `train` of pairs side by side, a GAN for
 * images in the folder itself.
 *
 * @throws CycleGANError `INVALID_ARGUMENT` if only one of `trainA` and `trainB` is there
 */
export function algorithmOf(data: string): Algorithm {
  const [own = [], missing = []] = [true, false].map((has) =>
    ['trainA', 'trainB'].filter((name) => hasFolders(data, name) === has),
  );
  if (missing.length === 0) return 'cyclegan';
  if (own.length === 1) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `the folder ${show(data)} has "${own[0]}", but no "${missing[0]}". CycleGAN needs both. ` +
        'Add the other folder, or pass --algorithm to train something else.',
    );
  }
  return hasFolders(data, 'train') ? 'pix2pix' : 'gan';
}

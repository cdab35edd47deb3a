/** Reads weight files for `importModel`. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { WeightFile } from '../../interop/found-networks.js';

/** The files of pytorch-CycleGAN-and-pix2pix and CUT in the folder of an experiment. Those of single epochs have to be named. */
const newest = /^latest_net_(G_A|G_B|D_A|D_B|G|D|F)\.pth$/;

/**
 * Reads files. A folder stands for the newest weights of a PyTorch program in it: `latest_net_G_A.pth` and so on.
 *
 * @throws CycleGANError `NOT_FOUND`
 */
export async function readWeightFiles(paths: readonly string[]): Promise<WeightFile[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  return Promise.all(files.map(async (name) => ({ name, bytes: await readFile(name) })));
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new CycleGANError('NOT_FOUND', `there is no file or folder ${show(path)}.`);
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => newest.test(name)).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new CycleGANError(
    'NOT_FOUND',
    `the folder ${show(path)} has no latest_net_G_A.pth and the like. Name the files.`,
  );
}

/** Writes files for other programs. Existing files are replaced on request only. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { ExportedFile } from '../../interop/export-model.js';
import { inTurn } from '../files/in-turn.js';
import { writeFileAtomically } from '../files/write-file.js';
import { writeModel } from '../files/write-model.js';

/**
 * Writes files to a folder. Nothing is written if one of them exists. A model.json and its weight files replace an older model
 * together, so that it can be read at any time.
 *
 * @param force whether existing files are replaced
 * @returns their paths and sizes
 * @throws CycleGANError `INVALID_ARGUMENT` if a file exists
 */
export async function writeExportedFiles(
  folder: string,
  files: readonly ExportedFile[],
  force: boolean,
): Promise<{ path: string; bytes: number }[]> {
  const existing = files.map(({ name }) => join(folder, name)).find((path) => existsSync(path));
  if (existing !== undefined && !force) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `the file ${show(existing)} exists. Use another folder for --out, or pass --force to replace it.`,
    );
  }
  for (const own of bySubfolder(files)) await writeTogether(folder, own);
  return files.map(({ name, parts }) => ({
    path: join(folder, name),
    bytes: parts.reduce((sum, part) => sum + part.length, 0),
  }));
}

function bySubfolder(files: readonly ExportedFile[]): Iterable<ExportedFile[]> {
  const groups = new Map<string, ExportedFile[]>();
  for (const file of files) {
    const subfolder = dirname(file.name);
    groups.set(subfolder, [...(groups.get(subfolder) ?? []), file]);
  }
  return groups.values();
}

/** Writes the files of one subfolder. */
async function writeTogether(folder: string, files: readonly ExportedFile[]): Promise<void> {
  const model = files.find(({ name }) => basename(name) === 'model.json');
  if (model === undefined) {
    for (const { name, parts } of files) await writeFileAtomically(join(folder, name), parts);
    return;
  }
  const weights = files.filter((file) => file !== model);
  const target = join(folder, dirname(model.name));
  await inTurn(target, () =>
    writeModel(target, {
      text: model.parts,
      weights: Object.fromEntries(weights.map(({ name, parts }) => [basename(name), parts])),
    }),
  );
}

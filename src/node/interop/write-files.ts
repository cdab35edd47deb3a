/** Writes files for other programs. Existing files are replaced on request only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { ExportedFile } from '../../interop/export-model.js';
import { writeFileAtomically } from '../files/write-file.js';

/**
 * Writes files to a folder. Nothing is written if one of them exists.
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
  const written: { path: string; bytes: number }[] = [];
  for (const { name, parts } of files) {
    const path = join(folder, name);
    await writeFileAtomically(path, parts);
    written.push({ path, bytes: parts.reduce((sum, part) => sum + part.length, 0) });
  }
  return written;
}

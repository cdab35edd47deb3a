/**
 * Replaces the files of a model while other programs may read or save it.
 *
 * Saves of this process take turns (`in-turn.ts`). Other processes may save at the same time. Each save gives its files unique
 * names, so the files of a replaced model.json are never needed again and can be removed immediately. Files of an export are named
 * after their content only, so the new model.json may name some of them again.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinished, removeLeftovers, writeFileAtomically } from './write-file.js';

/** The files of a model: the text of model.json, and the weight files by name, in parts. */
export interface ModelFiles {
  text: string | readonly Uint8Array[];
  weights: Record<string, readonly Uint8Array[]>;
}

/**
 * File names for one save. They contain a hash of the content, so caches never serve other weights under the same name, and digits
 * that are unique for the save.
 */
export function weightFileNames(count: number): (hash: string, index: number) => string {
  const own = randomUUID().slice(0, 8);
  return (hash, index) =>
    `weights-${count === 1 ? '' : `${index + 1}of${count}-`}${hash.slice(0, 16)}-${own}.bin`;
}

/** Whether a name is one of {@link weightFileNames}, or that of a weight file of `exportTfjs`. */
const isOurs = (name: string): boolean =>
  /^(weights-(\d+of\d+-)?[\da-f]{16}-[\da-f]{8}|group1-shard\d+of\d+-[\da-f]{16})\.bin$/.test(name);

/** Writes the files of a model to a folder, and removes those of the model that it replaces. */
export async function writeModel(folder: string, { text, weights }: ModelFiles): Promise<void> {
  const modelJson = join(folder, 'model.json');
  for (const [name, part] of Object.entries(weights)) await writeFileAtomically(join(folder, name), part);
  const replaced = await namedFiles(folder);
  await writeFileAtomically(modelJson, text);
  try {
    const named = await namedFiles(folder);
    for (const name of replaced) {
      if (!named.includes(name)) await rm(join(folder, name), { force: true });
    }
    const isLeftover = (name: string) => isOurs(name) && !named.includes(name);
    const isTarget = (name: string) => isOurs(name) || name === 'model.json';
    await removeLeftovers(folder, (name) => isLeftover(name) || isUnfinished(name, isTarget), modelJson);
  } catch {
    // the model is saved; a later save removes files that cannot be removed now, for example open files on Windows
  }
}

/** The weight files that model.json names now; empty if it is missing or cannot be read. */
async function namedFiles(folder: string): Promise<string[]> {
  try {
    const model = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as {
      weightsManifest: { paths: string[] }[];
    };
    return model.weightsManifest.flatMap(({ paths }) => paths).filter(isOurs);
  } catch {
    return [];
  }
}

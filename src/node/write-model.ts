/**
 * The files of a model replace those of an older one, beside readers and other savers.
 *
 * Saves of this process take turns (`file-system.ts`). Savers in other processes are not known; but as no two saves give
 * a file the same name, the files of a model.json that was replaced are never needed again and can be removed at once.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinished, removeLeftovers, writeFileAtomically } from './write-file.js';

/** The files of a model: the text of model.json, and the weights by the names that it has for them. */
export interface ModelFiles {
  text: string;
  weights: Record<string, Uint8Array>;
}

/**
 * Names for the files of one save: a hash of the content, so that no cache serves other weights under the name, and some
 * digits of the save's own.
 */
export function weightFileNames(count: number): (hash: string, index: number) => string {
  const own = randomUUID().slice(0, 8);
  return (hash, index) =>
    `weights-${count === 1 ? '' : `${index + 1}of${count}-`}${hash.slice(0, 16)}-${own}.bin`;
}

const isOurs = (name: string): boolean => /^weights-(\d+of\d+-)?[\da-f]{16}-[\da-f]{8}\.bin$/.test(name);

/** Makes these files the model of the folder. */
export async function writeModel(folder: string, { text, weights }: ModelFiles): Promise<void> {
  const modelJson = join(folder, 'model.json');
  for (const [name, part] of Object.entries(weights)) await writeFileAtomically(join(folder, name), part);
  const replaced = await namedFiles(folder);
  await writeFileAtomically(modelJson, text);
  try {
    for (const name of replaced) await rm(join(folder, name), { force: true });
    const named = await namedFiles(folder);
    const isLeftover = (name: string) => isOurs(name) && !named.includes(name);
    const isTarget = (name: string) => isOurs(name) || name === 'model.json';
    await removeLeftovers(folder, (name) => isLeftover(name) || isUnfinished(name, isTarget), modelJson);
  } catch {
    // The model is saved. What cannot be removed now, open on Windows for example, a later save removes.
  }
}

/** The files of ours that model.json names now; none if it is not there or cannot be read. */
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

/**
 * The files of a model replace those of an older one, beside readers and other savers.
 *
 * Saves of this process take turns. Savers in other processes are not known; so a save removes only files that the
 * model.json it replaced had named, and puts one back if another process has just named it again.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inTurn } from './in-turn.js';
import { isUnfinished, removeLeftovers, writeFileAtomically } from './write-file.js';

/** The files of a model: the text of model.json, and the weights by the names that it has for them. */
export interface ModelFiles {
  text: string;
  weights: Record<string, Uint8Array>;
}

/** The name of part `index` of `count`: other weights have another name, whatever is cached under the old one. */
export const weightFileName = (hash: string, index: number, count: number): string =>
  `weights-${count === 1 ? '' : `${index}of${count}-`}${hash.slice(0, 16)}.bin`;

const isOurs = (name: string): boolean => /^weights-(\d+of\d+-)?[\da-f]{16}\.bin$/.test(name);

/** Makes these files the model of the folder. */
export const writeModel = (folder: string, files: ModelFiles): Promise<void> =>
  inTurn(folder, () => replaceModel(folder, files));

async function replaceModel(folder: string, { text, weights }: ModelFiles): Promise<void> {
  const modelJson = join(folder, 'model.json');
  const writeWeights = async (names: string[]) => {
    for (const name of names) await writeFileAtomically(join(folder, name), weights[name]!);
  };
  const names = Object.keys(weights);
  await writeWeights(names);
  const replaced = await identities(folder, await namedFiles(folder));
  await writeFileAtomically(modelJson, text);
  const present = await identities(folder, names);
  await writeWeights(names.filter((name) => !present.has(name))); // another process removed what it had replaced
  try {
    for (const [name, identity] of replaced) if (!names.includes(name)) await retire(folder, name, identity);
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

/** What tells a file from another one that has taken its name; files that do not exist are left out. */
async function identities(folder: string, names: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (stats !== undefined) found.set(name, `${stats.ino} ${stats.mtimeMs}`);
  }
  return found;
}

/** Removes a file that was replaced; first under another name, so that it can come back. */
async function retire(folder: string, name: string, identity: string): Promise<void> {
  const aside = `${name}.${randomUUID()}.tmp`;
  try {
    await rename(join(folder, name), join(folder, aside));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // another process was first
    throw error;
  }
  const same = (await identities(folder, [aside])).get(aside) === identity;
  const needed = !same || (await namedFiles(folder)).includes(name);
  if (needed) await rename(join(folder, aside), join(folder, name));
  else await rm(join(folder, aside), { force: true });
}

/** The results of recipes, as plain data in a file. */
import { readFile } from 'node:fs/promises';
import { codeOf } from '../../src/node/files/error-code.js';
import { writeFileAtomically } from '../../src/node/files/write-file.js';

/** Means over the test images of one direction: images with values in [0, 1]. */
export interface ScoresOfDirection {
  l1: number;
  /** In decibels. */
  psnr: number;
  ssim: number;
  colour: number;
  /** L1 between the input and its translation there and back. CUT has none. */
  cycle?: number;
}

/** Scores of both directions. */
export type Scores = Record<'AtoB' | 'BtoA', ScoresOfDirection>;

/** A trained recipe. */
export interface Result extends Scores {
  recipe: string;
  seed: number;
  steps: number;
  /** Time of a step, relative to that of the plain recipe. */
  ratio: number;
}

/** Reads the results of a file, if there is one. */
export async function readResults(file: string): Promise<Result[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '[]';
    throw error;
  });
  return JSON.parse(text) as Result[];
}

/** Adds results, in place of those of the same run, and writes the file. */
export async function addResults(file: string, added: readonly Result[]): Promise<Result[]> {
  const id = ({ recipe, seed, steps }: Result) => `${recipe} ${seed} ${steps}`;
  const ids = new Set(added.map(id));
  const all = [...(await readResults(file)).filter((result) => !ids.has(id(result))), ...added];
  await writeFileAtomically(file, `${JSON.stringify(all, null, 2)}\n`);
  return all;
}

/** `npm run bench -- --quality`: which recipe gives the best images in the same time? */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareImages } from '../../src/cli/demo/openmoji.js';
import { useBackend } from '../../test/golden/backends.js';
import { writePage } from './page.js';
import { type Recipe, recipes, size } from './recipes.js';
import { addResults, readResults, type Result } from './results.js';
import { relativeTime, train } from './train.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const images = join(root, 'node_modules/.cache/ts-cyclegan-bench', `openmoji-${size}`);
/** Seed of the split into training and test images. */
const splitSeed = 1;
/** The time of a recipe, in steps of the plain recipe: a third of PyTorch's 1,600. */
const budget = 533;

/**
 * Trains recipes, one after the other, and adds their scores to `quality.json` and `quality.md`. Runs that are there are skipped,
 * so that it can be interrupted.
 *
 * @param names the recipes; all by default
 */
export async function quality(
  { names, seeds, out }: { names: readonly string[]; seeds: readonly number[]; out: string },
  print: (line: string) => void,
): Promise<void> {
  const unknown = names.find((name) => !recipes.some((recipe) => recipe.name === name));
  if (unknown !== undefined) {
    const known = recipes.map(({ name }) => name).join(', ');
    throw new Error(`--recipes: unknown recipe "${unknown}"; known: ${known}`);
  }
  await prepareImages(images, size, splitSeed);
  print(await useBackend('onnxruntime'));
  const json = join(out, 'quality.json');
  const base = recipes.find(({ name }) => name === 'base')!;
  const chosen = names.length === 0 ? recipes : recipes.filter(({ name }) => names.includes(name));
  for (const seed of seeds) {
    for (const recipe of chosen) {
      const done = await readResults(json);
      if (done.some((result) => result.recipe === recipe.name && result.seed === seed)) continue;
      const results = await run(base, recipe, seed);
      await writePage(out, await addResults(json, results));
      for (const { steps, AtoB, BtoA } of results) {
        print(
          `${recipe.name}, seed ${seed}, ${steps} steps: L1 ${AtoB.l1.toFixed(3)}, ${BtoA.l1.toFixed(3)}`,
        );
      }
    }
  }
  await writePage(out, await readResults(json));
}

async function run(base: Recipe, recipe: Recipe, seed: number): Promise<Result[]> {
  const isPlain = recipe === base || recipe.steps !== undefined;
  const ratio = isPlain ? 1 : await relativeTime(base, recipe);
  const scores = await train(recipe, seed, images, recipe.steps ?? [Math.round(budget / ratio)]);
  return [...scores].map(([steps, both]) => ({ recipe: recipe.name, seed, steps, ratio, ...both }));
}

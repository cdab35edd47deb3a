/** The page with the results of all recipes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { writeFileAtomically } from '../../src/node/files/write-file.js';
import { peers } from './peers.js';
import { type Recipe, recipes } from './recipes.js';
import type { Result, Scores, ScoresOfDirection } from './results.js';

/** Without translation: the demo prints it, too. */
const nothing = {
  AtoB: { l1: 0.067, psnr: 17.4, ssim: 0.881, colour: 0 },
  BtoA: { l1: 0.067, psnr: 17.4, ssim: 0.881, colour: 0.089 },
};

const keys = ['l1', 'psnr', 'ssim', 'colour', 'cycle'] as const;
const cell = (scores: Partial<ScoresOfDirection>): string =>
  keys
    .map((key) => {
      const value = scores[key];
      return value === undefined ? '–' : value.toFixed(key === 'psnr' ? 1 : 3).replace(/^0/, '');
    })
    .join(' / ');
const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const both = ({ AtoB, BtoA }: Record<'AtoB' | 'BtoA', Partial<ScoresOfDirection>>) => [
  cell(AtoB),
  cell(BtoA),
];

/** The rows of a recipe: one for each seed and count of steps. */
const rowsOf = ({ name, about }: Recipe, results: readonly Result[]): string[] =>
  results
    .filter(({ recipe }) => recipe === name)
    .sort((a, b) => a.seed - b.seed || a.steps - b.steps)
    .map((result) => row(about, result.seed, result.steps, result.ratio.toFixed(2), ...both(result)));

/** Of the recipes that had the same time, the one with the lowest mean error. */
function best(results: readonly Result[]): string | undefined {
  const error = ({ AtoB, BtoA }: Scores) => AtoB.l1 + BtoA.l1;
  const means = recipes
    .filter(({ steps }) => steps === undefined)
    .map(({ about, name }) => {
      const own = results.filter(({ recipe }) => recipe === name);
      return { about, mean: own.reduce((sum, result) => sum + error(result), 0) / own.length };
    })
    .filter(({ mean }) => Number.isFinite(mean));
  return means.sort((a, b) => a.mean - b.mean)[0]?.about;
}

/** Puts the tables between the markers of `quality.md` in a folder. The text around them stays. */
export async function writePage(folder: string, results: readonly Result[]): Promise<void> {
  const file = join(folder, 'quality.md');
  const head = [
    row('recipe', 'seed', 'steps', 'time of a step', 'drawing → colour', 'colour → drawing'),
    row('---', '---:', '---:', '---:', '---', '---'),
  ];
  const [plain, levers] = [true, false].map((fixed) =>
    recipes
      .filter(({ steps }) => (steps !== undefined) === fixed)
      .flatMap((recipe) => rowsOf(recipe, results)),
  ) as [string[], string[]];
  const others = peers.map(({ about, seed, steps, ...scores }) =>
    row(about, seed, steps, '', ...both(scores)),
  );
  const first = [...head, row('no translation', '', '', '', ...both(nothing)), ...others, ...plain].join(
    '\n',
  );
  const winner = best(results);
  const second =
    [...head, ...levers].join('\n') + (winner ? `\n\nThe lowest L1 of both directions: ${winner}.` : '');
  let text = await readFile(file, 'utf8');
  for (const [name, table] of [
    ['plain', first],
    ['levers', second],
  ] as const) {
    const place = new RegExp(`(<!-- ${name} -->)[^]*(<!-- end of ${name} -->)`);
    text = text.replace(place, (_, start: string, end: string) => `${start}\n\n${table}\n\n${end}`);
  }
  await writeFileAtomically(file, await format(text, { parser: 'markdown', printWidth: 140 }));
}

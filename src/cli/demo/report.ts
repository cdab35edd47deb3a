/** The results of a run: a contact sheet, the scores, and a page with both. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource } from '../../data/images.js';
import type { CycleGAN } from '../../models/cyclegan.js';
import { contactSheet } from '../../node/index.js';
import type { Scores } from '../../node/evaluate/scores.js';
import { disposeOf, type Translated } from '../../node/evaluate/translated.js';
import { type PairScores, translateRow } from './evaluate.js';

/** Images of each direction on the sheet. */
const rowsEach = 8;

/** Sheets show images of about 96 pixels. */
export const scaleFor = (size: number): number => Math.max(1, Math.round(96 / size));

/** Writes `input → fake → true counterpart → cycle` for some test images, A → B on the left, B → A on the right. */
export async function writeSheet(
  path: string,
  model: CycleGAN,
  a: ImageSource,
  b: ImageSource,
  size: number,
): Promise<void> {
  const rows: Translated[][] = [];
  try {
    for (let i = 0; i < rowsEach; i++) {
      rows.push([
        await translateRow(model, 'AtoB', a, b, i),
        await translateRow(model, 'BtoA', b, a, rowsEach + i),
      ]);
    }
    const header = [
      'drawing',
      'fake colour',
      'true colour',
      'back again',
      'colour',
      'fake drawing',
      'true drawing',
      'back again',
    ];
    await contactSheet(path, rows.map((row) => row.flatMap(({ input, fake, truth, cycle }) => [input, fake, truth!, cycle!])), { header, scale: scaleFor(size) }); // prettier-ignore
  } finally {
    rows.flat().forEach(disposeOf);
  }
}

/** The scores as rows of a table, under a header. */
function scoreRows(AtoB: PairScores, BtoA: PairScores): string[][] {
  const row = (name: string, { l1, ssim, colour }: Scores, cycle?: number) => [
    name,
    ...[l1, ssim, colour, cycle].map((value) => value?.toFixed(3) ?? ''),
  ];
  return [
    ['', 'L1', 'SSIM', 'colour', 'cycle'],
    row('drawing to colour, translated', AtoB, AtoB.cycle),
    row('drawing to colour, nothing done', AtoB.doNothing),
    row('colour to drawing, translated', BtoA, BtoA.cycle),
    row('colour to drawing, nothing done', BtoA.doNothing),
  ];
}

/** The scores as lines of text. */
export const scoreTable = (AtoB: PairScores, BtoA: PairScores): string =>
  scoreRows(AtoB, BtoA)
    .map(([name, ...values]) => name!.padEnd(33) + values.map((value) => value.padStart(9)).join(''))
    .join('\n');

/** The scores as a table of a page. */
function scoreHtml(AtoB: PairScores, BtoA: PairScores): string {
  const rows = scoreRows(AtoB, BtoA).map((cells, i) => {
    const tag = i === 0 ? 'th' : 'td';
    return `  <tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  });
  return `<table>\n${rows.join('\n')}\n</table>`;
}

/** The networks and images that the page describes. */
export interface DemoSettings {
  size: number;
  filters: number;
  blocks: number;
  seed: number;
  /** Number of test pairs that were scored. */
  test: number;
}

/** The contents of the page. */
export interface Outcome {
  settings: DemoSettings;
  engine: string;
  steps: number;
  seconds: number;
  AtoB: PairScores;
  BtoA: PairScores;
}

/** Writes `scores.json` and `index.html`. */
export async function writeReport(folder: string, outcome: Outcome): Promise<void> {
  const { settings, engine, steps, seconds, AtoB, BtoA } = outcome;
  await writeFile(join(folder, 'scores.json'), `${JSON.stringify(outcome, null, 2)}\n`);
  const { size, filters, blocks, seed, test } = settings;
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ts-cyclegan demo: line drawings and colour images</title>
<style>
  * { box-sizing: border-box; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: #222; }
  img { max-width: 100%; image-rendering: pixelated; border: 1px solid #ddd; }
  h1 { font-size: 1.6rem; line-height: 1.25; }
  table { width: 100%; max-width: 40rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { padding: 0.25rem 0 0.25rem 0.75rem; text-align: right; border-bottom: 1px solid #ddd; }
  td:first-child { padding-left: 0; text-align: left; }
  @media (max-width: 30rem) { body { margin: 1rem auto; } th, td { font-size: 0.8rem; padding-left: 0.4rem; } }
</style>
<h1>Line drawings to colour images, and back</h1>
<p>A CycleGAN trained for ${steps} steps, ${Math.round(seconds)} seconds, on ${engine}: images of ${size} × ${size} pixels, ${filters} filters, ${blocks} residual block${blocks === 1 ? '' : 's'}, seed ${seed}. It has never seen a drawing together with its colours.</p>
<p>What to look for: line faces and hands get fills, mostly OpenMoji's yellow. Colour images lose their fills and keep their lines.
The generators used the average of their weights. The folder <code>samples</code> has sheets from the training.</p>
<a href="sheet.png"><img src="sheet.png" alt="Contact sheet: drawings, their translation to colour, the true colours, and back again; on the right, the other direction"></a>
<h2>On ${test} test pairs</h2>
${scoreHtml(AtoB, BtoA)}
<p>L1 (lower is better) and SSIM (higher is better) compare with the true counterpart. Colour is 0 for a drawing. Cycle is the L1 of an
image translated forward and backward. Drawings and their colour images are alike, so doing nothing scores well: look at the images.</p>
<p>Images: <a href="https://openmoji.org">OpenMoji</a>, <a href="https://creativecommons.org/licenses/by-sa/4.0/">CC BY-SA 4.0</a>.</p>
</html>
`;
  await writeFile(join(folder, 'index.html'), page);
}

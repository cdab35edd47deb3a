/** The tables of images: the same images by all models, and the best and the worst of each model. */
import type { Direction } from '../../../models/saved-cyclegan.js';
import type { ModelReport, Shown, ShownRow } from '../report.js';
import { shown } from './columns.js';
import { inWords, scrolling, table, text } from './html.js';

/** The images of each model, by direction, in the order of the report. */
export type ShownImages = readonly (readonly Shown[])[];

const cell = (uri: string | undefined, alt: string): string =>
  uri === undefined ? '<td></td>' : `<td><img src="${uri}" alt="${text(alt)}"></td>`;

/** The same images, translated by all models. */
export function comparison(
  models: readonly ModelReport[],
  images: ShownImages,
  direction: Direction,
): string {
  const all = models.flatMap(({ path, directions }, i) =>
    directions.flatMap((each, j) =>
      each.direction === direction ? [{ path, rows: images[i]![j]!.first }] : [],
    ),
  );
  const [first] = all;
  if (first === undefined || all.length < 2) return '';
  const hasTruth = first.rows.some(({ truth }) => truth !== undefined);
  const titles = ['input', ...all.map(({ path }) => path), ...(hasTruth ? ['truth'] : [])];
  const rows = first.rows.map(({ name, input, truth }, i) =>
    [
      cell(input, `input ${name}`),
      ...all.map(({ path, rows: own }) => cell(own[i]?.fake, `${name} by ${path}`)),
      ...(hasTruth ? [cell(truth, `truth of ${name}`)] : []),
    ].join(''),
  );
  const caption = `${inWords(direction)}: the same images, all models`;
  return scrolling(`Comparison ${inWords(direction)}`, table('images', caption, titles, rows));
}

/** The best and the worst images of a model; the first ones if no score ranks them. */
export function ownImages({ path, directions }: ModelReport, images: readonly Shown[]): string {
  const parts = directions.map(({ direction, rankedBy }, i) => {
    const { best, worst, first } = images[i]!;
    const way = inWords(direction);
    if (rankedBy === null || best.length === 0) return imageTable(`${way}: the first images`, first);
    const by = { ssim: 'SSIM', l1: 'L1', cycle: 'cycle L1' }[rankedBy];
    return imageTable(`${way}: best by ${by}`, best) + imageTable(`${way}: worst by ${by}`, worst);
  });
  const content = parts.map((part) => `<div class="pair">${part}</div>`);
  return `<section><h2>${text(path)}</h2>\n${content.join('\n')}</section>`;
}

/** Rows of input, fake, cycle and truth, each with its scores below. */
function imageTable(caption: string, rows: readonly ShownRow[]): string {
  if (rows.length === 0) return '';
  const kinds = (['input', 'fake', 'cycle', 'truth'] as const).filter((kind) => rows.some((row) => row[kind] !== undefined)); // prettier-ignore
  const body = rows.flatMap((row) => [
    kinds.map((kind) => cell(row[kind], `${kind} of ${row.name}`)).join(''),
    `<th scope="row" colspan="${kinds.length}" class="note">${text(row.name)} <span>${text(scoreLine(row))}</span></th>`,
  ]);
  return table('images', caption, kinds, body);
}

/** The scores of an image in one line. */
function scoreLine({ scores: { ssim, psnr, l1, cycle, nearest } }: ShownRow): string {
  const parts = (
    [
      ['SSIM', ssim, 3],
      ['PSNR', psnr, 1],
      ['L1', l1, 3],
      ['cycle', cycle, 3],
    ] as const
  ).flatMap(([name, value, digits]) => (value === undefined ? [] : [`${name} ${shown(value, digits)}`]));
  if (nearest !== undefined) parts.push(`nearest ${nearest.name}, ${shown(nearest.distance, 3)}`);
  return parts.join(' · ');
}

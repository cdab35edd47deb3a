/** The tables of figures: the means of all models, and the scores of each image. */
import type { Direction } from '../../../models/saved-cyclegan.js';
import type { DirectionReport, ModelReport } from '../report.js';
import type { Scores } from '../scores.js';
import { bestOf, columns, scoreColumns, shown } from './columns.js';
import { inWords, rowTitle, scrolling, table, text } from './html.js';

/** The means of all models in one direction. The best values are bold. */
export function figures(models: readonly ModelReport[], direction: Direction): string {
  const all = models.flatMap(({ path, directions }) =>
    directions.filter((each) => each.direction === direction).map((report) => ({ path, report })),
  );
  const used = columns.filter(({ of }) => all.some(({ report }) => of(report.scores, report) !== undefined));
  const best = used.map((column) => bestOf(all.map(({ report }) => column.of(report.scores, report)), column)); // prettier-ignore
  const cells = (scores: Scores, report?: DirectionReport) =>
    used.map(({ of, digits }, i) => {
      const value = of(scores, report);
      const isBest = report !== undefined && value !== undefined && value === best[i];
      return isBest
        ? `<td><strong>${shown(value, digits)}</strong></td>`
        : `<td>${shown(value, digits)}</td>`;
    });
  const rows = all.map(({ path, report }) => rowTitle(path) + cells(report.scores, report).join(''));
  const { nothing } = all.find(({ report }) => report.nothing)?.report ?? {};
  if (nothing) rows.push(rowTitle('do nothing') + cells(nothing).join(''));
  const { size, images } = all[0]!.report; // all models have the same images, at one size
  const caption = `${inWords(direction)}: ${images.length} images of ${size} × ${size} pixels`;
  const titles = ['Model', ...used.map(({ title }) => title)];
  return scrolling(`Figures ${inWords(direction)}`, table('figures', caption, titles, rows));
}

/** All scores of all images, folded. */
export function allScores(models: readonly ModelReport[]): string {
  const tables = models.flatMap(({ path, directions }) =>
    directions.map(({ direction, images }) => {
      const used = scoreColumns.filter(({ of }) => images.some((image) => of(image) !== undefined));
      const rows = images.map((image) => {
        const cells = used.map(({ of, digits }) => `<td>${shown(of(image), digits)}</td>`);
        return rowTitle(image.name) + cells.join('');
      });
      const caption = `${path}, ${inWords(direction)}`;
      const titles = ['Image', ...used.map(({ title }) => title)];
      const content = scrolling(`Scores ${caption}`, table('figures', caption, titles, rows));
      return `<details><summary>All scores: ${text(caption)}</summary>${content}</details>`;
    }),
  );
  return tables.join('\n');
}

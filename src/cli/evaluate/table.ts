/** The figures of a report, as lines of text. */
import type { DirectionReport, Report } from '../../node/evaluate/report.js';

export function tableOf({ models }: Report): string {
  const names = ['L1', 'PSNR', 'SSIM', 'cycle', 'colour', 'FID', 'KID'];
  const value = (x: number | undefined, digits: number) => (x === undefined ? '–' : x.toFixed(digits));
  const row = (name: string, scores: DirectionReport['scores'], { features }: Partial<DirectionReport>) => [
    name,
    value(scores.l1, 4),
    value(scores.psnr, 2),
    value(scores.ssim, 4),
    value(scores.cycle, 4),
    value(scores.colour, 4),
    value(features?.fid, 2),
    value(features?.kid, 5),
  ];
  const all = models.flatMap(({ path, directions }) => directions.map((each) => ({ path, each })));
  const rows = [
    ['', ...names],
    ...all.map(({ path, each }) => row(`${path} ${each.direction}`, each.scores, each)),
  ];
  const seen = new Set<string>();
  for (const { each } of all) {
    if (each.nothing === undefined || seen.has(each.direction)) continue;
    seen.add(each.direction);
    rows.push(row(`do nothing ${each.direction}`, each.nothing, {}));
  }
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]! + 2)))
        .join('')
        .trimEnd(),
    ) // prettier-ignore
    .join('\n');
}

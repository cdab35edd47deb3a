/** The figures of the page: their names, and how they are read and written. */
import type { DirectionReport } from '../report.js';
import type { Scores } from '../scores.js';

/** A column of a table of figures. */
export interface Column {
  title: string;
  /** Digits after the point. */
  digits: number;
  /** Which values are better; undefined if none are. */
  better?: 'lower' | 'higher';
  /** The value, if there is one. The report is missing in rows of single images, and for "do nothing". */
  of: (scores: Scores, report?: DirectionReport) => number | undefined;
}

/** Scores of images, and their means. */
export const scoreColumns: readonly Column[] = [
  { title: 'L1', digits: 4, better: 'lower', of: ({ l1 }) => l1 },
  { title: 'PSNR', digits: 2, better: 'higher', of: ({ psnr }) => psnr },
  { title: 'SSIM', digits: 4, better: 'higher', of: ({ ssim }) => ssim },
  { title: 'Cycle L1', digits: 4, better: 'lower', of: ({ cycle }) => cycle },
  { title: 'Colour', digits: 4, of: ({ colour }) => colour },
];

/** Scores, and figures of all images together. */
export const columns: readonly Column[] = [
  ...scoreColumns,
  { title: 'FID', digits: 2, better: 'lower', of: (_, report) => report?.features?.fid },
  { title: 'KID × 1000', digits: 2, better: 'lower', of: (_, report) => kid(report) },
  { title: 'Nearest fake', digits: 3, of: (_, report) => report?.neighbours?.fakes },
  { title: 'Nearest real', digits: 3, of: (_, report) => report?.neighbours?.real ?? undefined },
];

const kid = (report: DirectionReport | undefined): number | undefined =>
  report?.features && 1000 * report.features.kid;

/** A value as text. */
export const shown = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '–';

/** The best value of a column, if there are several to compare. */
export function bestOf(values: readonly (number | undefined)[], { better }: Column): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (better === undefined || known.length < 2) return undefined;
  return better === 'lower' ? Math.min(...known) : Math.max(...known);
}

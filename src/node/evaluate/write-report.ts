/** Writes a report: `report.json` and `index.html`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { writeFileAtomically } from '../files/write-file.js';
import type { ShownImages } from './page/images.js';
import { pageOf } from './page/page.js';
import type { Report } from './report.js';

const names = ['report.json', 'index.html'] as const;

/**
 * Refuses a folder that has a report.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`
 */
export function checkReportFolder(folder: string, force: boolean): void {
  const taken = names.find((name) => existsSync(join(folder, name)));
  if (taken === undefined || force) return;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${show(join(folder, taken))} exists. Pass --force to replace the report, or another folder with --out.`,
  );
}

/** Writes both files. Each is complete or does not exist; the page comes first, so a report has one. */
export async function writeReport(folder: string, report: Report, shown: ShownImages): Promise<void> {
  await writeFileAtomically(join(folder, 'index.html'), pageOf(report, shown));
  await writeFileAtomically(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
}

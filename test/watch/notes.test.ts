/** Notes on recorded runs: those that go wrong in a known way, and healthy ones, at every moment. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Run } from '../../src/watch/server/run.js';
import { emptyFolder } from '../support/folder.js';
import { type Fixture, healthy, linesOf, readFixture, writeRun } from './fixtures/fixture.js';

/** The notes of a run that has come to row `rows`. */
async function notesAt(fixture: Fixture, rows = fixture.rows.length) {
  const folder = join(await emptyFolder(), 'run');
  const step = fixture.rows[rows - 1]![fixture.columns.indexOf('step')]!;
  const sheets = fixture.sheets.filter((sheet) => sheet.step <= step);
  await writeRun(folder, fixture, { lines: linesOf(fixture).slice(0, rows), sheets });
  const run = new Run(folder, 0);
  await run.refresh();
  return run.info().notes;
}
const codesAt = async (fixture: Fixture, rows?: number) => [
  ...new Set((await notesAt(fixture, rows)).map(({ code }) => code)),
];

test.each(healthy)('%s: silent, at the end and on the way', async (name) => {
  const fixture = await readFixture(name);
  for (const share of [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]) {
    const rows = Math.max(1, Math.floor(share * fixture.rows.length));
    expect({ rows, codes: await codesAt(fixture, rows) }).toEqual({ rows, codes: [] });
  }
});

describe('runs that go wrong', () => {
  test.each([
    ['discriminator-won', ['discriminator-won']],
    ['discriminator-won-pix2pix', ['discriminator-won']],
    ['discriminator-won-gan', ['discriminator-won', 'mode-collapse']],
    ['colours-inverted', ['colours-inverted']],
    ['mode-collapse', ['mode-collapse']],
    ['nothing-learned', ['nothing-learned']],
    ['not-a-number', ['not-a-number']],
  ])('%s', async (name, codes) => {
    expect(await codesAt(await readFixture(name))).toEqual(codes);
  });
});

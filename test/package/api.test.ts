/** The public API of the packed tarball is the one that was reviewed. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { apiReports } from '../../scripts/release/api-report.js';
import { tarball } from '../support/tarball.js';

test('api/*.api.md show the API of all entries; else run npm run generate:api and review the difference', () => {
  const reports = apiReports(dirname(tarball()));
  expect(readdirSync('api').map((file) => `api/${file}`)).toEqual([...reports.keys()].sort());
  for (const [file, report] of reports) expect(readFileSync(file, 'utf8')).toBe(report);
});

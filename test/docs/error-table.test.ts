import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { causes } from '../../scripts/error-causes.js';
import { errorCodes, errorPage } from '../../scripts/error-table.js';

test('the page has each code of the library', () => {
  expect(errorCodes().map(({ code }) => code)).toEqual(Object.keys(causes));
});

test('docs/errors.md has the messages of today; else run npm run generate:errors', async () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  expect(page).toBe(await errorPage());
});

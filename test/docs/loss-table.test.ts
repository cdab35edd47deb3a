import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lossPage } from '../../scripts/loss-table.js';

test('docs/losses.md says what the table of losses says now; else run npm run generate:losses', () => {
  const page = readFileSync(new URL('../../docs/losses.md', import.meta.url), 'utf8');
  expect(page).toBe(lossPage());
});

/** The programs of threads, as strings, are up to date. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generated, generatedPath, programs } from '../../scripts/generate-thread.js';

test.each(Object.keys(programs))('the generated string is what %s gives now', async (program) => {
  expect(readFileSync(generatedPath(program), 'utf8')).toBe(await generated(program));
});

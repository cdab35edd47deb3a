/** The program of threads, as a string, is up to date. */
import { expect, test } from 'vitest';
import { generated } from '../../../../scripts/generate-thread.js';
import { readFileSync } from 'node:fs';

test('the generated string is what thread-program.ts gives now', async () => {
  const path = '../../../../src/backends/onnxruntime/runtime/thread-program.generated.ts';
  expect(readFileSync(new URL(path, import.meta.url), 'utf8')).toBe(await generated());
});

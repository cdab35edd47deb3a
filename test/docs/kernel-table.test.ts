import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kernelTable } from '../../scripts/kernel-table.js';

test('docs/onnxruntime-kernels.md says what the backend does now; else run npm run generate:kernels', () => {
  const page = readFileSync(new URL('../../docs/onnxruntime-kernels.md', import.meta.url), 'utf8');
  expect(page).toBe(kernelTable());
});

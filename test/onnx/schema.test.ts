import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generated } from '../../scripts/generate-onnx.js';

test('the generated code is what the schema gives now', () => {
  const path = new URL('../../src/onnx/onnx-proto.generated.ts', import.meta.url);
  expect(readFileSync(path, 'utf8')).toBe(generated());
});

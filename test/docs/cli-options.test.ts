import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generatedFile, generatedModule, page, pageFile } from '../../scripts/cli-options.js';

test('src/cli/options.generated.ts says what the options of the library say now; else run npm run generate:cli', () => {
  expect(readFileSync(generatedFile, 'utf8')).toBe(generatedModule());
});

test('docs/command-line.md lists the flags of all commands; else run npm run generate:cli', () => {
  expect(readFileSync(pageFile, 'utf8')).toBe(page());
});

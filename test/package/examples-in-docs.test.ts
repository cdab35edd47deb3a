/** Every example in a doc comment compiles and runs with the packed tarball. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { compile, docCommentBlocks, needsPage, tryOut, type Snippet } from '../support/snippets.js';
import { emptyProject } from '../support/tarball.js';

const snippets = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => docCommentBlocks(`src/${file}`, readFileSync(`src/${file}`, 'utf8')));

let folder: string;
let complaints: (snippet: Snippet) => string;
beforeAll(async () => {
  folder = await emptyProject({ packages: ['@tensorflow/tfjs', '@types/node', 'onnxruntime-node', 'sharp'] });
  complaints = await compile(folder, snippets);
});

test('there are examples, all in TypeScript', () => {
  expect(snippets.length).toBeGreaterThan(1);
  expect(snippets.filter(({ language }) => language !== 'ts')).toEqual([]);
});

test.each(snippets.map((snippet) => [snippet.at, snippet] as const))('%s', async (_, snippet) => {
  expect(complaints(snippet)).toBe('');
  if (!needsPage(snippet)) await tryOut(folder, snippet);
});

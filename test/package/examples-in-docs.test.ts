/** Every example in a doc comment compiles and runs with the packed tarball. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { compile, docCommentBlocks, needs, needsPage, tryOut, type Snippet } from '../support/snippets.js';
import { emptyProject } from '../support/tarball.js';

const snippets = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => docCommentBlocks(`src/${file}`, readFileSync(`src/${file}`, 'utf8')));

let folder: string;
let complaints: (snippet: Snippet) => string;
let check: (snippet: Snippet) => void;
beforeAll(async () => {
  folder = await emptyProject({ packages: ['@tensorflow/tfjs', '@types/node', 'onnxruntime-node', 'sharp'] });
  complaints = await compile(folder, snippets);
  const running = snippets.filter((snippet) => !needsPage(snippet));
  running.sort((a, b) => needs(a).localeCompare(needs(b))); // neighbours share a process
  check = await tryOut(folder, running);
});

test('there are examples, all in TypeScript', () => {
  expect(snippets.length).toBeGreaterThan(1);
  expect(snippets.filter(({ language }) => language !== 'ts')).toEqual([]);
});

test.each(snippets.map((snippet) => [snippet.at, snippet] as const))('%s', (_, snippet) => {
  expect(complaints(snippet)).toBe('');
  if (!needsPage(snippet)) check(snippet);
});

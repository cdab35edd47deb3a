/** What npm gets: the right files, an export map that every kind of consumer resolves, clean lints. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { tarball } from '../support/tarball.js';

const root = join(import.meta.dirname, '../..');
let files: string[];
beforeAll(async () => {
  const { stdout } = await run('tar', ['-tzf', tarball()], { cwd: root });
  files = stdout
    .trim()
    .split('\n')
    .map((path) => path.replace('package/', './'));
});

test('every path of the export map exists', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  const paths = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value as object).flatMap(paths);
  const named = paths([manifest.exports, manifest.main, manifest.module, manifest.types]);
  expect(named).toHaveLength(16);
  expect(files).toEqual(expect.arrayContaining(named));
});

test('only what belongs there', () => {
  const known =
    /^\.\/(dist\/(index|node|backends\/onnxruntime|\w+-[\w-]+)\.(js|cjs|d\.ts|d\.cts)(\.map)?|(LICENSE|README|CHANGELOG|package)(\.md|\.json)?)$/;
  expect(files.filter((file) => !known.test(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(['./LICENSE', './README.md']));
});

test('publint --strict', async () => {
  await run('npx', ['publint', '--strict', tarball()], { cwd: root });
});

test('attw --profile node16', async () => {
  await run('npx', ['attw', '--profile', 'node16', tarball()], { cwd: dirname(tarball()) });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const overview = readFileSync(join(root, 'docs/overview.md'), 'utf8');
const { entryPoints } = JSON.parse(readFileSync(join(root, 'typedoc.json'), 'utf8')) as {
  entryPoints: string[];
};
const names = (text: string) => new Set([...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name!));

/** What the section of each folder of `src` names, as paths from the root. */
const named = [...overview.matchAll(/^### `(src\/\S+)`.*\n([^]*?)(?=^##)/gm)].flatMap(([, folder, section]) =>
  [...names(section!)].map((name) => `${folder!}/${name}`),
);

test('docs/overview.md names every file of src', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1).replaceAll('\\', '/')); // prettier-ignore
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => ![...named, ...entryPoints].includes(file))).toEqual([]);
});

test('every file that docs/overview.md names there is one', () => {
  const files = named.filter((name) => /\.(ts|proto)$/.test(name));
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('docs/overview.md names every folder of test that does not mirror one of src', () => {
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const known = [
    ...readdirSync(join(root, 'src')),
    ...[...names(overview)].map((name) => name.replace(/\/$/, '')),
  ];
  expect(folders).toContain('fuzz');
  expect(folders.filter((name) => !known.includes(name))).toEqual([]);
});

/** THIRD_PARTY.md has the license of each package whose code is in `dist`, as esbuild tells. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { tarball } from '../support/tarball.js';

const root = join(import.meta.dirname, '../..');

interface Metafile {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}

/** The packages whose code the build has copied. */
function bundled(): string[] {
  const dist = join(dirname(tarball()), 'dist');
  const files = readdirSync(dist).filter((name) => name.startsWith('metafile-'));
  expect(files.sort()).toEqual(['metafile-cjs.json', 'metafile-esm.json', 'metafile-watch.json']);
  const inputs = files.flatMap((file) => {
    const { outputs } = JSON.parse(readFileSync(join(dist, file), 'utf8')) as Metafile;
    return Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  });
  expect(inputs.length).toBeGreaterThan(300);
  const names = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(names)].sort();
}

test('THIRD_PARTY.md has exactly the licenses of what dist contains', () => {
  const page = readFileSync(join(root, 'THIRD_PARTY.md'), 'utf8');
  const listed = [
    ...page.matchAll(/^[^\n]*\[([^\]]+)\]\(https:\/\/[^)]+\), under this license:\n\n```text\n(.*?)\n```/gms),
  ];
  expect(listed.map(([, name]) => name!.toLowerCase()).sort()).toEqual(bundled());
  for (const [, name, license] of listed) {
    const folder = join(root, 'node_modules', name!.toLowerCase());
    const file = readdirSync(folder).find((file) => /^licen[sc]e/i.test(file))!;
    expect(license, name).toBe(readFileSync(join(folder, file), 'utf8').trimEnd());
  }
});

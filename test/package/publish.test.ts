/** What npm gets: the right files, an export map that every kind of consumer resolves, clean lints. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { tarball } from '../support/tarball.js';

const root = join(import.meta.dirname, '../..');
let files: string[];
let manifest: Record<string, unknown>;
beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as typeof manifest;
  const { stdout } = await run('tar', ['-tzf', tarball()], { cwd: root });
  files = stdout
    .trim()
    .split('\n')
    .map((path) => path.replace('package/', './'));
});

test('every path of the export map exists, and the command', () => {
  const paths = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value as object).flatMap(paths);
  const { bin, exports, main, module, types, typesVersions } = manifest;
  const named = paths([bin, exports, main, module, types, typesVersions]);
  expect(named).toHaveLength(39);
  expect(files).toEqual(expect.arrayContaining(named));
});

test('only what belongs there', () => {
  const known =
    /^\.\/(dist\/(index|node|cli|interop|metrics|backends\/onnxruntime|browser|browser\/worker|\w+-[\w-]+)\.(js|cjs|d\.ts|d\.cts)|dist\/\w[\w-]*\.d-[\w-]+\.d\.c?ts|dist\/watch\/(page\.html|thread\.cjs)|(LICENSE|README|CHANGELOG|THIRD_PARTY|package)(\.md|\.json)?)$/;
  expect(files.filter((file) => !known.test(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(['./LICENSE', './README.md', './THIRD_PARTY.md']));
});

test('the tarball is as large as docs/versions.md says, and not above its ceilings', async () => {
  const { size: packed } = await stat(tarball());
  const { stdout } = await run('tar', ['-xzOf', tarball()], { cwd: root });
  const unpacked = Buffer.byteLength(stdout);
  expect(packed).toBeLessThanOrEqual(1_060_000);
  expect(unpacked).toBeLessThanOrEqual(3_900_000);
  const page = await readFile(join(root, 'docs/versions.md'), 'utf8');
  const [, listed, listedUnpacked] = /The tarball has (\d+) KB, and (\S+) MB unpacked/.exec(page)!;
  expect(packed / Number(listed)).toBeCloseTo(1000, -2); // within 5 %
  expect(unpacked / Number(listedUnpacked)).toBeCloseTo(1_000_000, -5);
});

test('the page of watch is one file, and requests nothing from elsewhere', async () => {
  const { stdout: page } = await run('tar', ['-xzOf', tarball(), 'package/dist/watch/page.html'], {
    cwd: root,
  });
  expect(page).toContain('<script>');
  expect(page.match(/\b(?:src|href)="?https?:|@import|url\(/g)).toBe(null);
  expect(files).toContain('./dist/watch/thread.cjs');
});

test('publint --strict', async () => {
  await run('npx', ['publint', '--strict', tarball()], { cwd: root });
});

test('attw, also for moduleResolution node10', async () => {
  await run('npx', ['attw', tarball()], { cwd: dirname(tarball()) });
});

test('the changelog tells of this version, once there is one', async () => {
  const { version } = manifest as { version: string };
  const [newest] = existsSync(join(root, 'CHANGELOG.md'))
    ? (/^## .+$/m.exec(await readFile(join(root, 'CHANGELOG.md'), 'utf8')) ?? [])
    : ['## 0.0.0'];
  expect(newest).toBe(`## ${version}`);
});

test('changesets turn into a version and a changelog', async () => {
  const folder = await mkdtemp(join(dirname(tarball()), 'release-'));
  for (const name of ['package.json', 'package-lock.json', '.changeset', 'CHANGELOG.md']) {
    await cp(join(root, name), join(folder, name), { recursive: true }).catch(() => undefined); // no changelog yet
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  const git = (...args: string[]) => run('git', ['-c', 'user.name=test', '-c', 'user.email=test', ...args], { cwd: folder }); // prettier-ignore
  await git('init', '--quiet', '-b', 'main');
  await writeFile(join(folder, '.changeset/test.md'), "---\n'ts-cyclegan': patch\n---\n\nA sentence.\n");
  await git('add', '.changeset');
  await git('commit', '--quiet', '-m', 'A change');
  await run('node', [join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], { cwd: folder });

  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  expect(version).not.toBe(manifest.version);
  const changelog = await readFile(join(folder, 'CHANGELOG.md'), 'utf8');
  expect(changelog.startsWith(`# ts-cyclegan\n\n## ${version}\n`)).toBe(true);
  expect(changelog).toContain('A sentence.');
  expect((await readdir(join(folder, '.changeset'))).filter((name) => name.endsWith('.md'))).toEqual([]);
});

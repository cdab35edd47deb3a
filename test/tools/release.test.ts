/** What a release needs: the publisher's fields, links that work on npm's page, workflows with few rights, pages that are not stale. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { releaseProblem, repositoryPage } from '../../scripts/release/check.js';
import { relativeLinks, withAbsoluteLinks } from '../../scripts/release/readme.js';

const read = (path: string) => readFileSync(path, 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> };

const filledIn = {
  repository: { type: 'git', url: 'git+https://github.com/someone/ts-cyclegan.git' },
  author: 'Some One <some@one.org>',
  bugs: { url: 'https://github.com/someone/ts-cyclegan/issues', email: 'security@one.org' },
};

test('without what only the publisher knows, the release check says what to fill in', () => {
  expect(releaseProblem({})).toBe(`The package cannot be published yet. Fill in these fields of package.json:

  "repository": {"type":"git","url":"git+https://github.com/OWNER/NAME.git"}
      npm compares it with the provenance of the release. The links and images of README.md lead there.
  "author": "NAME <NAME@example.com>"
      Who publishes the package.
  "bugs": {"url":"https://github.com/OWNER/NAME/issues","email":"security@example.com"}
      SECURITY.md and CODE_OF_CONDUCT.md send confidential reports to the email.
`);
  expect(releaseProblem(filledIn)).toBe(undefined);
  expect(releaseProblem({ ...filledIn, author: { name: 'Some One' } })).toBe(undefined);
});

test.each([
  ['repository', { type: 'git', url: 'git+https://github.com/OWNER/NAME.git' }],
  ['repository', { type: 'git', url: 'https://elsewhere.org/a/b' }],
  ['repository', 'someone/ts-cyclegan'],
  ['author', ''],
  ['author', 'NAME <NAME@example.com>'],
  ['bugs', { url: 'https://github.com/someone/ts-cyclegan/issues' }],
  ['bugs', { ...filledIn.bugs, email: 'no address' }],
  ['bugs', 'https://github.com/someone/ts-cyclegan/issues'],
])('a field that is not filled in: %s %o', (name, value) => {
  const lines = releaseProblem({ ...filledIn, [name]: value })!.match(/^ {2}"\w+"/gm);
  expect(lines).toEqual([`  "${name}"`]);
});

test('npm publish runs the check', () => {
  expect(manifest.scripts!.prepublishOnly).toBe('npm run release:check');
  expect(manifest.scripts!['release:check']).toContain('scripts/release/check.ts');
});

test('links and images of README.md lead to files, and to addresses on the page of npm', () => {
  const readme = read('README.md');
  const paths = relativeLinks(readme);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(path.replace(/#.*/, '')))).toEqual([]);

  const page = repositoryPage(filledIn.repository.url)!;
  const published = withAbsoluteLinks(readme, page, 'v1.2.3');
  expect(relativeLinks(published)).toEqual([]);
  expect(published).toContain(
    '[![The page of a run: progress, sample images with a slider, and curves]' +
      '(https://raw.githubusercontent.com/someone/ts-cyclegan/v1.2.3/docs/images/watching.png)]' +
      '(https://github.com/someone/ts-cyclegan/blob/v1.2.3/docs/watching.md)',
  );
  expect(withAbsoluteLinks('[a](#b) [c](https://d.org/e.png) [f](g.md#h)', page, 'v1')).toBe(
    '[a](#b) [c](https://d.org/e.png) [f](https://github.com/someone/ts-cyclegan/blob/v1/g.md#h)',
  );
});

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<
    string,
    {
      permissions?: Record<string, string>;
      strategy?: { matrix: { os: string[]; node: number[] } };
      steps: { uses?: string; run?: string }[];
    }
  >;
}

const workflows = ['test', 'release'].map((name) => parse(read(`.github/workflows/${name}.yml`)) as Workflow);

test('workflows: no rights by default, and actions in a fixed major version', () => {
  const [tests, release] = workflows;
  expect(tests!.permissions).toEqual({ contents: 'read' });
  expect(Object.values(tests!.jobs).map(({ permissions }) => permissions)).toEqual([undefined, undefined]);
  expect(release!.permissions).toEqual({});
  expect(release!.jobs.release!.permissions).toEqual({
    contents: 'write',
    'pull-requests': 'write',
    'id-token': 'write',
  });
  const used = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap(({ steps }) => steps));
  for (const { uses } of used) if (uses !== undefined) expect(uses).toMatch(/^[\w/-]+@v\d+$/);
  const scripts = used.flatMap(({ run }) =>
    [...(run ?? '').matchAll(/npm run (\S+)/g)].map(([, name]) => name!),
  );
  expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts!, name))).toEqual([]);
});

test('the workflow tests Node 20, 22 and 24 on three systems, as docs/versions.md says', () => {
  expect(workflows[0]!.jobs.matrix!.strategy!.matrix).toEqual({
    os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
    node: [20, 22, 24],
  });
  expect(read('docs/versions.md')).toContain('tests 20, 22 and 24 on Linux, macOS and Windows');
});

test('docs/versions.md has the ranges of package.json and the tested versions of package-lock.json', () => {
  const lines = read('docs/versions.md').match(/^\|.*\|$/gm)!;
  const rows = lines.map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
  const cells = (name: string) => rows.find(([first]) => first!.replaceAll('`', '') === name)!.slice(1);
  const ranges = { ...manifest.peerDependencies, ...manifest.optionalDependencies };
  for (const name of [
    '@tensorflow/tfjs-core',
    '@tensorflow/tfjs-layers',
    'onnxruntime-node',
    'onnxruntime-web',
    'sharp',
  ]) {
    const [supported, tested] = cells(name);
    expect(supported).toBe(`\`${ranges[name]!.replace('||', '\\|\\|')}\``);
    expect(tested).toContain(lock.packages[`node_modules/${name}`]!.version);
  }
  expect(cells('Node')[0]).toBe(`\`${manifest.engines!.node!}\``);
});

test('CITATION.cff is valid, and names the license of the package', () => {
  const citation = parse(read('CITATION.cff')) as Record<string, unknown>;
  expect(Object.keys(citation)).toEqual([
    'cff-version',
    'message',
    'title',
    'type',
    'authors',
    'license',
    'keywords',
    'references',
  ]);
  expect(citation.license).toBe(manifest.license);
});

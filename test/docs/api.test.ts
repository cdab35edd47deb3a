/** The site that `npm run docs` writes: where a reader finds classes, functions and guides. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import * as main from 'ts-cyclegan';
import * as backend from 'ts-cyclegan/backends/onnxruntime';
import * as browser from 'ts-cyclegan/browser';
import * as worker from 'ts-cyclegan/browser/worker';
import * as interop from 'ts-cyclegan/interop';
import * as metrics from 'ts-cyclegan/metrics';
import * as node from 'ts-cyclegan/node';
import { globSync } from 'tinyglobby';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';

const root = join(import.meta.dirname, '../..');
const entries: Record<string, object> = {
  'ts-cyclegan': main,
  'ts-cyclegan/backends/onnxruntime': backend,
  'ts-cyclegan/browser': browser,
  'ts-cyclegan/browser/worker': worker,
  'ts-cyclegan/interop': interop,
  'ts-cyclegan/metrics': metrics,
  'ts-cyclegan/node': node,
};

/** A branch of the navigation. Categories and groups have no path. */
interface Branch {
  text: string;
  path?: string;
  children?: Branch[];
}

interface Search {
  rows: { name: string; url: string }[];
  /** Of lunr: the rows that have a word in each field. */
  index: { invertedIndex: [word: string, fields: Record<string, Record<string, unknown>>][] };
}

let site: string;
let navigation: Branch[];
let search: Search;

/** What a script of the site assigns: compressed JSON. */
async function asset(name: string): Promise<unknown> {
  const [, data] = /"([^"]+)"/.exec(await readFile(join(site, 'assets', name), 'utf8'))!;
  return JSON.parse(inflateSync(Buffer.from(data!, 'base64')).toString());
}

const under = (branches: Branch[] | undefined, name: string) =>
  branches?.find(({ text }) => text === name)?.children ?? [];
const texts = (branches: Branch[]) => branches.map(({ text }) => text);

beforeAll(async () => {
  site = await mkdtemp(join(tmpdir(), 'api-docs-'));
  await run('npx', ['typedoc', '--out', site, '--logLevel', 'Warn'], { cwd: root }); // fails if it warns
  navigation = (await asset('navigation.js')) as Branch[];
  search = (await asset('search.js')) as Search;
}, 300_000);

afterAll(async () => {
  await rm(site, { recursive: true });
});

test('modules are named after the entries of the package', () => {
  expect(texts(navigation)).toEqual([
    'Start',
    'Guides',
    'Examples',
    'Reference',
    '正體中文',
    'Package entries',
  ]);
  expect(texts(under(navigation, 'Package entries'))).toEqual(Object.keys(entries));
});

test.each(Object.keys(entries))('every symbol of %s is in a category', (entry) => {
  const categories = under(under(navigation, 'Package entries'), entry);
  expect(categories.filter(({ path }) => path !== undefined)).toEqual([]);
  expect(texts(categories)).not.toContain('Other');
  const found = categories.flatMap(({ children = [] }) => texts(children));
  expect(found).toEqual(expect.arrayContaining(Object.keys(entries[entry]!)));
});

test('categories hold what their names say', () => {
  const [symbols, files] = ['ts-cyclegan', 'ts-cyclegan/node'].map((entry) =>
    under(under(navigation, 'Package entries'), entry),
  );
  const [first, second] = texts(symbols!);
  expect([first, second]).toEqual(['Models', 'Training']);
  expect(texts(under(symbols, 'Models'))).toEqual(expect.arrayContaining(['CycleGAN', 'Translator']));
  expect(texts(under(symbols, 'Training'))).toEqual(expect.arrayContaining(['Adam', 'CycleGANTrainer']));
  expect(texts(under(symbols, 'Losses'))).toEqual(expect.arrayContaining(['adversarialLoss', 'r1Penalty']));
  expect(texts(under(files, 'Callbacks'))).toEqual(expect.arrayContaining(['progressBar', 'stopOnSignal']));
  expect(texts(under(files, 'Files'))).toEqual(expect.arrayContaining(['imageFolder', 'saveState']));
});

test('every guide is on the site', async () => {
  const guides = navigation.flatMap(({ text, children = [] }) =>
    text === 'Package entries' ? [] : children,
  );
  const files = globSync(['docs/**/*.md', 'examples/*/README.md'], { ignore: 'docs/api/**', cwd: root });
  const headings = await Promise.all(
    files.map(async (file) => /^# (.+)$/m.exec(await readFile(join(root, file), 'utf8'))![1]),
  );
  expect(texts(guides)).toEqual(expect.arrayContaining(headings));
});

test.each([
  ['swiftshader', 'The ONNX Runtime backend'],
  ['maxpool3d', 'Kernels of the ONNX Runtime backend'],
  ['ganmonitor', 'Porting from Keras'],
  ['wgangp', 'Porting from PyTorch'],
  ['ralsgan', 'GAN losses'],
  ['out_of_memory', 'Troubleshooting'],
  ['deno', 'Recipes'],
  ['strawberry', 'Train on your own images'],
])('the search finds %s in a guide: %s', (word, guide) => {
  const [, fields] = search.index.invertedIndex.find(([stem]) => stem === word)!;
  const found = Object.keys(fields.document!).map((row) => search.rows[Number(row)]!.name);
  expect(found).toContain(guide);
});

test.each([
  ['classes/ts-cyclegan.CycleGAN.html', 'Overview'],
  ['classes/ts-cyclegan.CycleGANTrainer.html', 'Memory'],
  ['functions/ts-cyclegan.stateDict.html', 'Porting_from_PyTorch'],
  ['functions/ts-cyclegan.ganLoss.html', 'GAN_losses'],
  ['functions/ts-cyclegan_node.imageFolder.html', 'Porting_from_Keras'],
  ['functions/ts-cyclegan_backends_onnxruntime.registerOnnxRuntimeBackend.html', 'The_ONNX_Runtime_backend'],
])('%s links to the guide %s', async (page, guide) => {
  expect(await readFile(join(site, page), 'utf8')).toContain(`href="../documents/${guide}.html`);
});

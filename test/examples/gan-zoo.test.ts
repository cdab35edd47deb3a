/** examples/gan-zoo, compiled strictly and run on a few digits: it writes and prints what its README says. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let project: string;

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/gan-zoo'), packages: ['@types/node'] });
});

async function train(...args: string[]): Promise<string> {
  const small = ['--per-class', '10', '--epochs', '1', '--samples', '20', '--filters', '2'];
  const { stdout } = await run('npm', ['run', 'train', '--', ...small, ...args], { cwd: project });
  return stdout;
}

/** The judgement of each loss, by its title. */
function judgements(stdout: string): Record<string, string[]> {
  const lines = stdout.match(/^\| (?!loss|---).*\|$/gm) ?? [];
  const cells = lines.map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
  return Object.fromEntries(cells.map(([title, ...own]) => [title!, own]));
}

const filesOf = async (out: string) =>
  (await readdir(join(project, out), { recursive: true }))
    .filter((name) => name.includes('.'))
    .map((name) => name.replace(/weights-.*/, 'weights.bin').replace(/\\/g, '/'))
    .sort();

test('compiles strictly', async () => {
  await compileExample(project, 'gan-zoo.ts');
});

/** What was printed of one loss. */
let first: string;

test('trains one loss', async () => {
  first = await train('--loss', 'cgan', '--out', 'first');
  expect(first).toContain('100 digits; a classifier is right about ');
  expect(await filesOf('first')).toEqual([
    'cgan/epoch_01.png',
    'cgan/model.json',
    'cgan/weights.bin',
    'classifier/model.json',
    'classifier/weights.bin',
  ]);
});

test('trains all ten, draws them on one picture, and loads those that are there; the same seed gives the same', async () => {
  const all = await train('--all', '--out', 'all');
  const found = judgements(all);
  expect(Object.keys(found)).toEqual([
    'GAN', 'LSGAN', 'WGAN', 'WGAN-GP', 'DRAGAN', 'CGAN', 'InfoGAN', 'ACGAN', 'EBGAN', 'BEGAN', 'real digits',
  ]); // prettier-ignore
  for (const [title, [confidence, classes, asked]] of Object.entries(found)) {
    expect(confidence).toMatch(/^\d+\.\d %$/);
    expect(Number(classes)).toBeGreaterThan(0);
    expect(asked !== '').toBe(['CGAN', 'ACGAN', 'real digits'].includes(title));
  }
  expect(found).toMatchObject(judgements(first));
  // the other lines, too: how right the classifier is, and all losses
  const others = first
    .replaceAll('first', 'all')
    .split('\n')
    .filter((line) => !/^[|>]/.test(line));
  expect(all.split('\n')).toEqual(expect.arrayContaining(others));
  const { width, height } = await sharp(join(project, 'all/all.png')).metadata();
  expect(width / height).toBeGreaterThan(0.9); // ten by ten, and a line of titles
  const again = await train('--all', '--out', 'all');
  expect(again).not.toMatch(/epoch \d/);
  expect(judgements(again)).toEqual(found);
});

test('refuses a loss that it does not have', async () => {
  await expect(train('--loss', 'gna')).rejects.toThrow(
    '--loss must be one of gan, lsgan, wgan, wgan-gp, dragan, cgan, infogan, acgan, ebgan, began, got gna.',
  );
});

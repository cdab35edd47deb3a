/** examples/own-pictures, compiled strictly and run on a few images: it trains, stops, resumes and translates. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { ended, noiseFolders } from '../support/installed-command.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let project: string;

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/own-pictures'), packages: ['@types/node'] });
  await noiseFolders(project, ['photos', 'paintings'], 2);
  await writeFile(join(project, 'photos/broken.png'), 'no image');
});

const train = (...args: string[]) =>
  ended('node', ['--import', 'tsx', 'train.ts', ...args, '--size', '16', '--filters', '2', '--blocks', '1'], project); // prettier-ignore

test('compiles strictly', async () => {
  await compileExample(project, 'train.ts');
});

test('inspects, trains, resumes for more epochs, and translates', async () => {
  const first = await train('photos', 'paintings', '--epochs', '1');
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toMatch(
    /^photos: 2 images, 0 of them smaller than 16 pixels\nphotos\/broken.png cannot be read: .*\npaintings: 2 images, .*\nepochs: 1 of 1\n2 images are in translated\n$/,
  );
  expect((await readdir(join(project, 'translated'))).sort()).toEqual(['0.png', '1.png']);
  const more = await train('photos', 'paintings', '--epochs', '2', '--out', 'again');
  expect(more.code, more.stderr).toBe(0);
  expect(more.stdout).toContain('epochs: 2 of 2\n2 images are in again\n');
  expect(await readdir(join(project, 'runs/own'))).toContain('metrics.jsonl');
});

test('without folders, or with one that does not exist, it says what to do', async () => {
  expect(await train()).toEqual({
    code: 2,
    stdout: '',
    stderr: 'usage: npm run train -- <folder A> <folder B> [--size 64] [--epochs 20] …\n',
  });
  expect(await train('photos', 'nowhere')).toMatchObject({
    code: 1,
    stderr: 'inspectFolder: folder must be a folder of images, but "nowhere" does not exist.\n',
  });
});

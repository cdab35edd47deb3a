/** examples/custom-gan, compiled strictly: its loss has the values of its formula, and it trains, saves and loads its own networks. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let project: string;

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/custom-gan'), packages: ['@types/node'] });
});

test('compiles strictly', async () => {
  await compileExample(project, 'train.ts');
});

test('the loss has the values of its formula', async () => {
  const program = `
    import * as tf from '@tensorflow/tfjs';
    import { smoothLoss } from './loss.js';
    tf.enableProdMode();
    const [real, fake] = [tf.tensor2d([[1], [0.5]]), tf.tensor2d([[0.2], [-0.4]])];
    // D(x) = Σ 2x: its gradient is 2 everywhere, so that R1 is γ/2 · 4 · pixels
    const images = tf.zeros([2, 4, 4, 1]);
    const penalty = smoothLoss.penalty((x) => tf.sum(tf.mul(x, 2), [1, 2, 3]), images, images);
    const values = [smoothLoss.discriminator(real, fake), smoothLoss.generator(fake), penalty];
    console.log(JSON.stringify(values.map((value) => value.dataSync()[0])));`;
  await writeFile(join(project, 'values.mts'), program);
  const { stdout } = await run('npx', ['tsx', 'values.mts'], { cwd: project });
  const [discriminator, generator, penalty] = JSON.parse(stdout.trim().split('\n').at(-1)!) as number[];
  expect(discriminator).toBeCloseTo((0.1 ** 2 + 0.4 ** 2) / 2 + (0.2 ** 2 + 0.4 ** 2) / 2, 6);
  expect(generator).toBeCloseTo((0.7 ** 2 + 1.3 ** 2) / 2, 6);
  expect(penalty).toBeCloseTo((0.1 / 2) * 4 * 16, 5);
});

test('trains, saves and loads; the same seed gives the same losses', async () => {
  const small = ['--size', '16', '--filters', '2', '--images', '16', '--epochs', '2', '--batch', '8'];
  const train = async (out: string) =>
    (await run('npm', ['run', '--silent', 'train', '--', ...small, '--out', out], { cwd: project })).stdout;
  const first = await train('first');
  const { D, penalty, G } = JSON.parse(first.split('\n')[0]!) as Record<string, number[]>;
  for (const values of [D, penalty, G]) {
    expect(values).toHaveLength(2);
    expect(values!.every((value) => value > 0 && value < 2)).toBe(true);
  }
  expect((await readdir(join(project, 'first'))).sort()).toEqual(['images', 'model', 'samples']);
  expect(await readdir(join(project, 'first/images'))).toHaveLength(17); // and a sheet
  expect((await train('again')).replace('again', 'first')).toBe(first);
});

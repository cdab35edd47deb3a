/** examples/pix2pix, compiled strictly and run on a few pairs: it writes what its README says, and the same seed gives the same losses. */
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
  project = await emptyProject({ from: join(root, 'examples/pix2pix'), packages: ['@types/node'] });
});

async function train(out: string, ...args: string[]): Promise<string> {
  const small = ['--size', '32', '--filters', '2', '--count', '6', '--epochs', '2', '--out', out];
  const { stdout } = await run('npm', ['run', 'train', '--', ...small, ...args], { cwd: project });
  return stdout;
}

/** The losses of each epoch, by name. */
const losses = (stdout: string) =>
  stdout.match(/(?<=^epoch \d+: ).*/gm)!.map((line) => JSON.parse(line) as Record<string, number>);

test('compiles strictly', async () => {
  await compileExample(project, 'pix2pix.ts');
});

/** The losses of the first run. */
let first: Record<string, number>[];

test('trains, saves, loads, and colours drawings that it has not seen', async () => {
  const stdout = await train('run', '--seed', '3');
  expect(stdout).toContain('6 pairs to train on, 100 kept aside, on onnxruntime');
  const epochs = losses(stdout);
  first = epochs;
  expect(epochs.map((epoch) => Object.keys(epoch))).toEqual(
    Array(2).fill(['G_GAN', 'G_L1', 'D_real', 'D_fake', 'learningRate']),
  );
  // From untrained networks: a mean difference between 0 and 2, times 100; log 2 or so for what knows nothing.
  for (const { G_GAN, G_L1, D_real, D_fake } of epochs) {
    expect(G_L1! > 5 && G_L1! < 200).toBe(true);
    for (const loss of [G_GAN!, D_real!, D_fake!]) expect(loss > 0.2 && loss < 2).toBe(true);
  }
  const [, output, drawing] = /true colours: (\S+); of the drawing itself: (\S+)$/m.exec(stdout)!;
  expect([output, drawing].map(Number).every((distance) => distance > 0.01 && distance < 1)).toBe(true);

  const files = (await readdir(join(project, 'run'), { recursive: true }))
    .filter((name) => name.includes('.'))
    .map((name) => name.replace(/weights-.*/, 'weights.bin'))
    .sort();
  expect(files).toEqual([
    'model/model.json', 'model/weights.bin', 'samples/step-00000002.png', 'samples/step-00000004.png', 'sheet.png',
  ]); // prettier-ignore
  const { width, height } = await sharp(join(project, 'run/sheet.png')).metadata();
  expect([width >= 6 * 32, height >= 6 * 32]).toEqual([true, true]);
});

test('the same seed gives the same losses, another seed others', async () => {
  expect(losses(await train('again', '--seed', '3'))).toEqual(first);
  expect(losses(await train('other', '--seed', '4'))).not.toEqual(first);
});

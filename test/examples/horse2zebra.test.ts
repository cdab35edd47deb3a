/**
 * examples/horse2zebra, compiled strictly and run on a few small images: it writes what its README says, and the same
 * seed gives the same losses.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let project: string;

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/horse2zebra'), packages: ['@types/node'] });
  for (const [split, fill] of Object.entries({
    trainA: 'sienna',
    trainB: 'black',
    testA: 'tan',
    testB: 'grey',
  })) {
    const folder = join(project, 'horse2zebra', split);
    await mkdir(folder, { recursive: true });
    // More images of one kind than of the other: an epoch is as long as the smaller set.
    for (const i of split === 'trainB' ? [1, 2, 3] : [1, 2]) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="40"><rect width="48" height="40" fill="#7b5"/>
        <ellipse cx="${12 * i}" cy="20" rx="14" ry="9" fill="${fill}"/></svg>`;
      await sharp(Buffer.from(svg))
        .jpeg()
        .toFile(join(folder, `${i}.jpg`));
    }
  }
});

async function train(out: string, ...args: string[]): Promise<string> {
  const small = ['--size', '24', '--filters', '2', '--blocks', '1', '--epochs', '2', '--out', out];
  const { stdout } = await run('npm', ['run', 'train', '--', ...small, ...args], { cwd: project });
  return stdout;
}

/** The losses of each epoch, by name. */
const losses = (stdout: string) =>
  stdout.match(/(?<=^epoch \d+: ).*/gm)!.map((line) => JSON.parse(line) as Record<string, number>);

test('compiles strictly', async () => {
  await compileExample(project, 'horse2zebra.ts');
});

test('without data it names the command that downloads it', async () => {
  const running = run('npm', ['run', 'train', '--', '--data', 'nowhere'], { cwd: project });
  await expect(running).rejects.toThrow(
    `There is no folder nowhere/trainA. To download the dataset (117 MB), run:
  npx ts-cyclegan datasets download horse2zebra`,
  );
});

/** The losses of the first run. */
let first: Record<string, number>[];

test('trains, monitors, saves, loads and predicts', async () => {
  const stdout = await train('run');
  expect(stdout).toContain('2 horses and 3 zebras, on onnxruntime');

  const epochs = losses(stdout);
  first = epochs;
  expect(epochs.map((epoch) => Object.keys(epoch))).toEqual(
    Array(2).fill(['G_loss', 'F_loss', 'D_X_loss', 'D_Y_loss']),
  );
  // From untrained networks: |x - F(G(x))| lies between 0 and 2, times 10, half of it again for the identity, and 1 or
  // so for an adversarial loss; a discriminator that knows nothing has (1 + 0)/2.
  for (const { G_loss, F_loss, D_X_loss, D_Y_loss } of epochs) {
    for (const loss of [G_loss!, F_loss!]) expect(loss > 1 && loss < 33).toBe(true);
    for (const loss of [D_X_loss!, D_Y_loss!]) expect(loss > 0 && loss < 2).toBe(true);
  }

  const folder = join(project, 'run');
  const files = (await readdir(folder, { recursive: true }))
    .filter((name) => name.includes('.'))
    .map((name) => name.replace(/weights-.*/, 'weights.bin'))
    .sort();
  expect(files).toEqual([
    'epoch_1.png',
    'epoch_2.png',
    'generated_img_0_1.png',
    'generated_img_0_2.png',
    'generated_img_1_1.png',
    'generated_img_1_2.png',
    'model_checkpoints/001/model.json',
    'model_checkpoints/001/weights.bin',
    'model_checkpoints/002/model.json',
    'model_checkpoints/002/weights.bin',
    'predicted_img_0.png',
    'predicted_img_1.png',
    'predictions.png',
  ]);
  const image = (name: string) => sharp(join(folder, name));
  expect(await image('predicted_img_1.png').metadata()).toMatchObject({
    width: 24,
    height: 24,
    channels: 3,
  });
  // The monitor's last images are by the weights that were saved: loading them gives the same ones.
  for (const i of [0, 1]) {
    const monitored = await image(`generated_img_${i}_2.png`).raw().toBuffer();
    expect(new Set(monitored).size).toBeGreaterThan(1); // grey still, but with a pattern that the weights make
    expect(await image(`predicted_img_${i}.png`).raw().toBuffer()).toEqual(monitored);
  }
});

test('the same seed gives the same losses, another seed others', async () => {
  expect(losses(await train('again', '--seed', '1'))).toEqual(first); // 1 is the default
  expect(losses(await train('other', '--seed', '4'))).not.toEqual(first);
});

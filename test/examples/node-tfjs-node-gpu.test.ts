/**
 * examples/node-tfjs-node-gpu promises training on another engine by one changed import. The program runs here with that import
 * changed to `@tensorflow/tfjs`, and, where TFJS_NODE names a folder made by test/tfjs-node/setup.sh, to
 * `@tensorflow/tfjs-node`; two engines that share no arithmetic then report the same losses.
 */
import { readdir, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, inject, onTestFinished, test } from 'vitest';
import { run } from '../support/run.js';
import { compileExample, installInto, tarball } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = join(root, 'examples/node-tfjs-node-gpu');
const { TFJS_NODE } = process.env;

/** A copy of the example in `parent` with its engine changed everywhere it is named, and two small folders of images. */
async function exampleOn(engine: string, parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'training-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(example, folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  for (const file of ['train.ts', 'package.json']) {
    const text = await readFile(join(folder, file), 'utf8');
    const imports = text.match(/(?<=['"])@tensorflow\/tfjs-node-gpu(?=['"]( from|;|:))/g) ?? [];
    expect(imports, `${file} names its engine once`).toHaveLength(1);
    await writeFile(join(folder, file), text.replace(imports[0]!, engine));
  }
  await drawImages(join(folder, 'A'), (size) => `<circle cx="16" cy="16" r="${size}" fill="orange"/>`);
  await drawImages(join(folder, 'B'), (size) => `<path d="M16 ${16 - size} 30 28 2 28Z" fill="navy"/>`);
  return folder;
}

async function drawImages(folder: string, shape: (size: number) => string): Promise<void> {
  await mkdir(folder);
  for (const size of [6, 12]) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32">
      <rect width="32" height="32" fill="white"/>${shape(size)}</svg>`;
    await sharp(Buffer.from(svg)).toFile(join(folder, `${size}.png`));
  }
}

const sizes = ['--size', '24', '--filters', '2', '--blocks', '1', '--epochs', '2'];

/** Trains in `folder`; returns what the program printed, checked for the backend and results. */
async function train(folder: string, backend: string): Promise<number[]> {
  const { stdout } = await run('npm', ['run', 'train', '--', 'A', 'B', 'run', ...sizes], { cwd: folder });
  expect(stdout).toContain(`training on ${backend}\n`);
  const weights = (await readdir(join(folder, 'run/model'))).find((name) => name.startsWith('weights-'))!;
  expect((await stat(join(folder, 'run/model', weights))).size).toBeGreaterThan(10_000);
  const image = await sharp(join(folder, 'run/translated.png')).metadata();
  expect(image).toMatchObject({ width: 24, height: 24, channels: 3 });

  const epochs = stdout.match(/^epoch .*$/gm)!;
  expect(epochs).toHaveLength(2);
  const losses = [...epochs.join(' ').matchAll(/(D|G|cycle|idt)_[AB] (\S+)/g)].map((found) =>
    Number(found[2]),
  );
  expect(losses).toHaveLength(16);
  expect(losses.every((loss) => loss > 0 && Number.isFinite(loss))).toBe(true);
  return losses;
}

let reference: number[] | undefined;

test('trains on @tensorflow/tfjs by one changed import', async () => {
  const folder = await exampleOn('@tensorflow/tfjs', inject('workspace'));
  await installInto(folder, ['@types/node']);
  await compileExample(folder, 'train.ts');
  reference = await train(folder, 'cpu');
});

test.runIf(TFJS_NODE)('trains on a real @tensorflow/tfjs-node, with the same losses', async () => {
  const folder = await exampleOn('@tensorflow/tfjs-node', TFJS_NODE!);
  // TensorFlow.js itself is found in the parent folder: only what the example brings besides is installed.
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const { '@tensorflow/tfjs-node': _engine, ...dependencies } = manifest.dependencies;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, dependencies }));
  await run(
    'npm',
    ['install', '--prefer-offline', '--legacy-peer-deps', '--no-audit', '--no-fund', tarball()],
    { cwd: folder },
  );

  const losses = await train(folder, 'tensorflow');
  losses.forEach((loss, i) => expect(Math.abs(loss / reference![i]! - 1)).toBeLessThan(1e-3));
});

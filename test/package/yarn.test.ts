/** The README's line for Yarn, tried in an empty project under Plug'n'Play, where only declared packages are found. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { run } from '../support/run.js';
import { tarball } from '../support/tarball.js';

const program = `
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { readImage, writeImage } from 'ts-cyclegan/node';

registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');
const model = new CycleGAN({ inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, seed: 7 });
const image: tf.Tensor3D = tf.zeros([16, 18, 3]);
await writeImage('translated.png', model.translate(image, 'AtoB', { anySize: true }));
console.log((await readImage('translated.png')).shape);
`;

test("Yarn's Plug'n'Play runs what the README installs", async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, packages] = /^yarn add (.+)$/m.exec(readme)!;
  const cwd = await mkdtemp(join(inject('workspace'), 'yarn-'));
  await writeFile(join(cwd, 'package.json'), '{ "private": true, "type": "module" }\n');
  await writeFile(join(cwd, 'translate.ts'), program);

  const registry = (await run('npm', ['config', 'get', 'registry'], { cwd })).stdout.trim();
  const env = {
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_ENABLE_SCRIPTS: 'false', // no CUDA libraries, which come from elsewhere than the registry
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', // Yarn's default in CI; this project has no lockfile yet
    YARN_ENABLE_TELEMETRY: '0',
  };
  const yarn = (...args: string[]) =>
    run('npx', ['--yes', '--package', '@yarnpkg/cli-dist@4.18.1', 'yarn', ...args], { cwd, env });
  const wanted = packages!
    .split(' ')
    .map((name) => (name === 'ts-cyclegan' ? `${name}@file:${tarball()}` : name));
  await yarn('add', ...wanted);
  expect((await yarn('tsx', 'translate.ts')).stdout.trim().split('\n').at(-1)).toBe('[ 16, 18, 3 ]');
});

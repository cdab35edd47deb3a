/** examples/node-webgpu, compiled strictly and run on software WebGPU with a tiny model, and on a machine without a GPU. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { hasPackagedChromium } from '../support/chromium.js';
import { run } from '../support/run.js';
import { swiftshaderEnvironment } from '../support/swiftshader.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tiny = ['--size', '16', '--filters', '2', '--blocks', '1', '--steps', '3'];
let project: string;

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/node-webgpu'), packages: ['@types/node'] });
});

test('compiles strictly', async () => {
  await compileExample(project, 'main.ts');
});

test('trains on the GPU, where the weights stay, and translates', async () => {
  const env = await swiftshaderEnvironment();
  const { stdout } = await run('npm', ['start', '--silent', '--', ...tiny], { cwd: project, env });
  expect(stdout.replaceAll(/\d+ ms/g, '# ms').replaceAll(/\d+ kB/g, '# kB')).toMatch(
    /^(step \d: # ms, # kB moved, cycle_A \d\.\d{3}\n){3}translated\.png\n$/,
  );
  const [, , third] = stdout.matchAll(/(\d+) kB/g);
  expect(Number(third![1])).toBeLessThanOrEqual(8); // two images and a few scalars
  const { width, height } = await sharp(join(project, 'translated.png')).metadata();
  expect([width, height]).toEqual([16, 16]);
}, 300_000);

test.runIf(hasPackagedChromium)('without a driver, it says so', async () => {
  const env = { VK_ICD_FILENAMES: '/nowhere/icd.json', VK_DRIVER_FILES: '/nowhere/icd.json' };
  const program = ['node_modules/tsx/dist/cli.mjs', 'main.ts', ...tiny];
  await expect(run('node', program, { cwd: project, env })).rejects.toThrow(
    /There is no GPU that can be used\.\nregisterOnnxRuntimeBackend: option "executionProviders" is \["webgpu"\], which does not start on this machine\./,
  );
});

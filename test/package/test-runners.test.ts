/**
 * The packed tarball in other test runners. Jest and Vitest's vmThreads run programs in a context of their own, where
 * arrays from Node are not instances of the program's classes; Jest, without a flag, loads CommonJS only.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { emptyProject } from '../support/tarball.js';

let folder: string;
beforeAll(async () => {
  folder = await emptyProject({
    packages: ['@tensorflow/tfjs', 'onnxruntime-node', 'sharp', 'jest', 'vitest'],
  });
});

const imports = {
  tf: '@tensorflow/tfjs',
  ort: 'onnxruntime-node',
  '{ CycleGAN, CycleGANTrainer, loadStateDict, stateDict }': 'ts-cyclegan',
  '{ registerOnnxRuntimeBackend }': 'ts-cyclegan/backends/onnxruntime',
  '{ fileSystem, readImage, writeImage }': 'ts-cyclegan/node',
  v8: 'node:v8',
};
const commonJs = Object.entries(imports).map(([names, from]) => `const ${names} = require('${from}');`);
const esm = Object.entries(imports).map(([names, from]) =>
  names.startsWith('{') ? `import ${names} from '${from}';` : `import * as ${names} from '${from}';`,
);

/** Trains, saves, loads and translates on both backends, with arrays of both realms. */
const program = `
const array = (t) => Array.from(t.dataSync());
const ofNode = (value) => v8.deserialize(v8.serialize(value)); // arrays of Node's realm
const image = (level) => tf.fill([8, 8, 3], level);
const losses = {};

test.each(['cpu', 'onnxruntime'])('%s', async (backend) => {
  if (backend === 'onnxruntime') registerOnnxRuntimeBackend(ort);
  await tf.setBackend(backend);
  expect(ofNode(new Float32Array(1)) instanceof Float32Array).toBe(false);

  const x = tf.tensor(ofNode(new Float32Array([1, 2, 3, 4])), [2, 2]);
  expect(array(tf.matMul(x, x))).toEqual([7, 10, 15, 22]);
  expect(array(tf.add(tf.tensor(ofNode(new Int32Array([1, 2]))), 1))).toEqual([2, 3]);
  const mask = tf.tensor(ofNode(new Uint8Array([1, 0])), [2], 'bool');
  expect(array(tf.where(mask, [1, 2], [5, 6]))).toEqual([1, 6]);
  expect(tf.add(x, 1).dataSync() instanceof Float32Array).toBe(true);

  const options = { inputShape: [8, 8, 3], filters: 2, residualBlocks: 1, discriminator: 'pixel', seed: 7 };
  const model = new CycleGAN(options);
  const trainer = new CycleGANTrainer(model, { epochs: 3 });
  await trainer.fit([image(0.5)], [image(-0.5)], { epochs: 2 });
  const state = ofNode(await trainer.state());
  losses[backend] = Object.values(await trainer.trainStep(image(0.5), image(-0.5)));
  trainer.restore(state);
  expect(Object.values(await trainer.trainStep(image(0.5), image(-0.5)))).toEqual(losses[backend]);

  await model.save(fileSystem('model-' + backend));
  const loaded = await CycleGAN.load(fileSystem('model-' + backend));
  loadStateDict(loaded.generatorG, ofNode(await stateDict(model.generatorG)));
  const fake = loaded.translate(image(0.5), 'AtoB');
  expect(array(fake)).toEqual(array(model.translate(image(0.5), 'AtoB')));
  await writeImage(backend + '.png', fake);
  const read = await readImage(backend + '.png');
  expect(Math.max(...array(tf.abs(tf.sub(read, fake))))).toBeLessThan(0.5 / 127.5 + 1e-6);
}, 60000);

test('both backends give the same losses', () => {
  losses.cpu.forEach((loss, i) => expect(losses.onnxruntime[i]).toBeCloseTo(loss, 3));
});
`;

/** Runs the program in a folder of its own with a configuration beside it. */
async function runIn(name: string, files: Record<string, string>, command: string[], env = {}) {
  const cwd = join(folder, name);
  await mkdir(cwd);
  for (const [file, code] of Object.entries(files)) await writeFile(join(cwd, file), code);
  const { stdout, stderr } = await run('node', command, { cwd, env });
  return stdout + stderr;
}

const jest = ['../node_modules/jest/bin/jest.js', '--ci', '-c'];

test('Jest, CommonJS', async () => {
  const files = { 'a.test.js': `${commonJs.join('\n')}${program}`, 'jest.json': '{ "transform": {} }' };
  expect(await runIn('jest-cjs', files, [...jest, 'jest.json'])).toMatch(/Tests: +3 passed, 3 total/);
});

test('Jest, ES modules', async () => {
  const config = '{ "transform": {}, "testMatch": ["**/*.test.mjs"] }';
  const files = { 'a.test.mjs': `${esm.join('\n')}${program}`, 'jest.json': config };
  const env = { NODE_OPTIONS: '--experimental-vm-modules' };
  expect(await runIn('jest-esm', files, [...jest, 'jest.json'], env)).toMatch(/Tests: +3 passed, 3 total/);
});

test('Vitest, vmThreads', async () => {
  const code = `import { expect, test } from 'vitest';\n${esm.join('\n')}${program}`;
  const config = "export default { test: { pool: 'vmThreads' } };";
  const files = { 'a.test.mjs': code, 'vitest.config.mjs': config };
  const output = await runIn('vitest', files, ['../node_modules/vitest/vitest.mjs', 'run', '--root', '.']);
  expect(output).toMatch(/Tests .*3 passed/);
});

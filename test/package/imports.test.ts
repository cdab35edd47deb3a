/** The packed tarball in an empty project: from ESM, CommonJS and TypeScript, with and without sharp. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { emptyProject } from '../support/tarball.js';
import { compiler } from '../support/typescript.js';

let folder: string;
beforeAll(async () => {
  folder = await emptyProject({
    packages: ['@tensorflow/tfjs', '@types/node', 'onnxruntime-node', 'typescript'],
    optional: false,
  });
});

/** Writes `code` to `file` and runs it. */
async function program(file: string, code: string) {
  await writeFile(join(folder, file), code);
  return run('node', [file], { cwd: folder });
}

/** Translates an image with an untrained model; tfjs in production mode prints no advice. */
const translate = `
tf.enableProdMode();
const model = new CycleGAN({ inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, discriminatorFilters: 2, seed: 7 });
const image = tf.tensor3d(new Float32Array(16 * 16 * 3), [16, 16, 3]);
const fake = model.translate(image, 'AtoB');
console.log(fake.shape.join(' × '), isCycleGANError(new CycleGANError('DISPOSED', '')));
`;

test('ESM', async () => {
  const code = `import * as tf from '@tensorflow/tfjs';
    import { CycleGAN, CycleGANError, isCycleGANError } from 'ts-cyclegan'; ${translate}`;
  expect(await program('a.mjs', code)).toEqual({ stdout: '16 × 16 × 3 true\n', stderr: '' });
});

test('CommonJS', async () => {
  const code = `const tf = require('@tensorflow/tfjs');
    const { CycleGAN, CycleGANError, isCycleGANError } = require('ts-cyclegan'); ${translate}`;
  expect(await program('a.cjs', code)).toEqual({ stdout: '16 × 16 × 3 true\n', stderr: '' });
});

/** `arraySync` tells that the engine's native binding was found. */
const compute = `
registerOnnxRuntimeBackend(ort);
tf.setBackend('onnxruntime').then(() => console.log(tf.matMul([[1, 2]], [[3], [4]]).arraySync(), tf.getBackend()));
`;

test('the engine: ESM', async () => {
  const code = `import * as tf from '@tensorflow/tfjs'; import * as ort from 'onnxruntime-node';
    import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime'; ${compute}`;
  expect(await program('engine.mjs', code)).toEqual({ stdout: '[ [ 11 ] ] onnxruntime\n', stderr: '' });
});

test('the engine: CommonJS', async () => {
  const code = `const tf = require('@tensorflow/tfjs'); const ort = require('onnxruntime-node');
    const { registerOnnxRuntimeBackend } = require('ts-cyclegan/backends/onnxruntime'); ${compute}`;
  expect(await program('engine.cjs', code)).toEqual({ stdout: '[ [ 11 ] ] onnxruntime\n', stderr: '' });
});

test.each([
  [7, 'node16', 'node16'],
  [7, 'esnext', 'bundler'],
  [6, 'commonjs', 'node10'], // 7 has it no more
] as const)('TypeScript %i, module %s, moduleResolution %s', async (version, module, moduleResolution) => {
  const code = `import * as tf from '@tensorflow/tfjs';
    import { CycleGAN, CycleGANError, isCycleGANError } from 'ts-cyclegan';
    import * as node from 'ts-cyclegan/node';
    import * as engine from 'ts-cyclegan/backends/onnxruntime';
    // @ts-expect-error a misspelled option: declarations of the subpaths are found, too
    export const threads = (): void => void engine.registerOnnxRuntimeBackend({}, { thread: 1 });
    // @ts-expect-error a misspelled option
    export const grey = (): unknown => node.readImage('photo.jpg', { channel: 1 });
    // @ts-expect-error a misspelled option
    export const wrong = (): CycleGAN => new CycleGAN({ residualBlock: 1 });
    ${translate}`;
  const names = { node16: ['c.mts', 'd.cts'], esnext: ['e.mts'], commonjs: ['f.cts'] }[module];
  for (const name of names) await writeFile(join(folder, name), code);
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module,
    moduleResolution,
    ...(moduleResolution === 'node10' && { ignoreDeprecations: '6.0' }),
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable', 'dom'],
    types: ['node'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names }));
  // Without skipLibCheck, so that our own declarations are checked; those of tfjs have errors of their own.
  const output = await run('node', [version === 7 ? compiler : 'node_modules/typescript/bin/tsc'], {
    cwd: folder,
  }).then(
    ({ stdout }) => stdout,
    (error: unknown) => String(error),
  );
  const ours = /^(\w\.[mc]ts|node_modules\/ts-cyclegan\/.*)\(.*error TS/;
  expect(output.split('\n').filter((line) => ours.test(line))).toEqual([]);
  for (const name of names) {
    const output = await run('node', [name.replace('ts', 'js')], { cwd: folder });
    expect(output).toEqual({ stdout: '16 × 16 × 3 true\n', stderr: '' });
  }
});

test('one class of errors for both entries, and one that ESM and CommonJS recognise', async () => {
  const code = `
    const assert = require('node:assert');
    const { CycleGANError, isCycleGANError } = require('ts-cyclegan');
    const { imageFolder } = require('ts-cyclegan/node');
    const thrown = (f) => { try { f(); } catch (error) { return error; } };
    const error = thrown(() => imageFolder('no such folder'));
    assert(error instanceof CycleGANError);
    import('ts-cyclegan').then((esm) => {
      assert(!(error instanceof esm.CycleGANError) && esm.isCycleGANError(error, 'NOT_FOUND'));
      return import('ts-cyclegan/node').then((node) => {
        const other = thrown(() => node.imageFolder('no such folder'));
        assert(other instanceof esm.CycleGANError && isCycleGANError(other, 'NOT_FOUND'));
        console.log('same');
      });
    });`;
  expect(await program('f.cjs', code)).toEqual({ stdout: 'same\n', stderr: '' });
});

test('without sharp, ./node loads and says what is missing when an image is read', async () => {
  const code = `
    import { readImage } from 'ts-cyclegan/node';
    await readImage('photo.png').catch((error) => console.log(error.code, error.message));`;
  const { stdout, stderr } = await program('g.mjs', code);
  expect(stdout).toMatchInlineSnapshot(`
    "UNSUPPORTED ts-cyclegan/node: images are read and written with sharp, which is not installed. Run: npm install sharp
    "
  `);
  expect(stderr).toBe('');
});

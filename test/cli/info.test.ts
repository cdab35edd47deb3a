/** `info`: models that were saved, runs as a run folder has them, and damaged ones. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystem } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import type { ModelInfo } from '../../src/cli/info/model-info.js';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyModel } from '../support/tiny.js';
import { cli } from './command.js';

async function savedModel(): Promise<{ folder: string; parameters: Record<string, number> }> {
  const folder = join(await emptyFolder(), 'model');
  const model = tinyModel();
  await model.save(fileSystem(folder));
  const parameters = Object.fromEntries(
    Object.entries(model.networks).map(([name, network]) => [name, network.countParams()]),
  );
  model.dispose();
  return { folder, parameters };
}

test('a model: its options, parameters as tfjs counts them, and files', async () => {
  await withoutLeaks(async () => {
    const { folder, parameters } = await savedModel();
    const { code, stdout } = await cli('info', folder, '--json');
    const info = JSON.parse(stdout) as ModelInfo;
    expect(code).toBe(0);
    expect(info).toMatchObject({ type: 'model', folder, algorithm: 'cyclegan', dtype: 'float32' });
    expect(info.networks).toEqual(parameters);
    expect(info.parameters).toBe(Object.values(parameters).reduce((sum, count) => sum + count, 0));
    const weights = info.files.filter(({ name }) => name.endsWith('.bin'));
    expect(weights.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(4 * info.parameters);
    expect(info.options).toMatchObject({ filters: 2, generator: 'resnet' });

    const text = (await cli('info', join(folder, 'model.json'))).stdout;
    expect(text).toMatch(
      /^model +\S.*\nalgorithm +cyclegan\nimages +\d+ × \d+ pixels, 3 channels\nparameters +[\d,]+, float32\n/,
    );
  });
});

/** A run folder after three steps, whose writer was killed while it wrote the fourth. */
async function run(): Promise<string> {
  const folder = await emptyFolder();
  const config = {
    format: 'ts-cyclegan-run',
    version: 1,
    created: '2026-01-02T03:04:05.000Z',
    versions: { 'ts-cyclegan': '0.1.0' },
    engine: 'onnxruntime',
    algorithm: 'cyclegan',
    seed: 7,
    model: { inputShape: [64, 64, 3], filters: 32 },
    trainer: { epochs: 4 },
    limits: { steps: 1200 },
    checkpointEvery: 2,
    sampleEvery: 2,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const line = (step: number) => ({
    step,
    epoch: 1,
    D_A: step,
    G_A: 2 * step,
    lr: 0.0002,
    seconds: step / 4,
    memory: 9,
  });
  const lines = [1, 2, 3].map((step) => `${JSON.stringify(line(step))}\n`);
  await writeFile(join(folder, 'metrics.jsonl'), `${lines.join('')}{"step":4,"epo`);
  await mkdir(join(folder, 'checkpoints'));
  await writeFile(join(folder, 'checkpoints', 'step-00000002.safetensors'), 'abc');
  await writeFile(join(folder, 'checkpoints', 'step-00000004.safetensors.1234'), 'half');
  return folder;
}

test('a run: progress, recent losses without the broken line, checkpoints', async () => {
  const folder = await run();
  const { code, stdout } = await cli('info', folder, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    type: 'run',
    algorithm: 'cyclegan',
    step: 3,
    steps: 1200,
    epoch: 1,
    epochs: null,
    seconds: 0.75,
    losses: { D_A: 2, G_A: 4 },
    learningRate: 0.0002,
    checkpoints: [{ step: 2, bytes: 3 }],
    samples: 0,
    hasModel: false,
    resumable: true,
  });
  const text = (await cli('info', folder)).stdout;
  expect(text).toMatch(/progress +step 3 of 1,200, epoch 1, 0.75 s of training\n/);
  expect(text).toMatch(/ends after +steps 1200\n/);
  expect(text).toMatch(/recent losses +D_A 2.000, G_A 4.000\n/);
  expect(text).toContain(`yes: npx ts-cyclegan train --resume --out ${folder}\n`);
});

test.each([
  [{ epochs: 9 }, 9],
  [{ minutes: 5 }, 4],
  [undefined, 4],
])('a run with the limits %j ends after %i epochs', async (limits, epochs) => {
  const folder = await run();
  const file = join(folder, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...config, limits }));
  expect((await cli('info', folder)).stdout).toMatch(new RegExp(`progress +step 3, epoch 1 of ${epochs}, `));
  expect(JSON.parse((await cli('info', folder, '--json')).stdout)).toMatchObject({ steps: null, epochs });
});

test('a run that ends by epochs says after how many steps, if their length is known', async () => {
  const folder = await run();
  const file = join(folder, 'config.json');
  const { limits: _, ...config } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  const endOf = async (more: object) => {
    await writeFile(file, JSON.stringify({ ...config, ...more }));
    return JSON.parse((await cli('info', folder, '--json')).stdout) as object;
  };
  const plan = { epochs: 3, stepsPerEpoch: 5 };
  expect(await endOf({ plan })).toMatchObject({ steps: 15, epochs: 3 });
  expect(await endOf({ plan, limits: { epochs: 2 } })).toMatchObject({ steps: 10, epochs: 2 });
  expect(await endOf({ plan, limits: { epochs: 2, steps: 7 } })).toMatchObject({ steps: 7, epochs: 2 });
  expect(await endOf({ plan, limits: { steps: 70 } })).toMatchObject({ steps: 70, epochs: null });
  expect(await endOf({ plan: { ...plan, stepsPerEpoch: null } })).toMatchObject({ steps: null, epochs: 3 });
  const endless = { ...plan, epochs: Number.MAX_SAFE_INTEGER };
  expect(await endOf({ plan: endless })).toMatchObject({ steps: null, epochs: null });
});

test('a run that has not begun', async () => {
  const folder = await run();
  await writeFile(join(folder, 'metrics.jsonl'), '');
  const text = (await cli('info', folder)).stdout;
  expect(text).toMatch(/progress +step 0 of 1,200, epoch 0, 0.0 s of training\n/);
  expect(text).not.toContain('recent losses');
});

const restore = 'Restore the file from a copy.';
test.each([
  ['{"format":', `is damaged: it is not valid. ${restore}`],
  ['{}', `is damaged: "format" is not valid. ${restore}`],
  [
    '{"format":"ts-cyclegan-run","version":2}',
    'has version 2, this library reads version 1. Update ts-cyclegan.',
  ],
])('config.json is %s', async (text, fault) => {
  const folder = await run();
  const file = join(folder, 'config.json');
  await writeFile(file, text);
  const { code, stderr } = await cli('info', folder, '--json');
  expect({ code, error: JSON.parse(stderr) as unknown }).toEqual({
    code: 1,
    error: {
      error: {
        code: 'INVALID_STATE',
        message: `info: ${JSON.stringify(file)} ${fault}`,
      },
    },
  });
});

test('a model whose weights are damaged, a model of another program, and a folder with neither', async () => {
  await withoutLeaks(async () => {
    const { folder } = await savedModel();
    const info = JSON.parse((await cli('info', folder, '--json')).stdout) as ModelInfo;
    await writeFile(join(folder, info.files.find(({ name }) => name.endsWith('.bin'))!.name), 'short');
    expect((await cli('info', folder)).stderr).toMatch(
      /^error: fileSystem.load: .* must have \d+ bytes of weights, got 5: truncated, or from another model. Save the model again.\n$/,
    );

    await writeFile(join(folder, 'model.json'), JSON.stringify({ modelTopology: {}, weightsManifest: [] }));
    expect((await cli('info', folder)).stderr).toBe(
      `error: the model in ${JSON.stringify(folder)} was not saved by ts-cyclegan. It is a model of TensorFlow.js: load it with tf.loadLayersModel.\n`,
    );
  });
  const empty = await emptyFolder();
  expect(await cli('info', empty)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: ${JSON.stringify(empty)} must be a run folder, which has a config.json, or a saved model, which has a model.json.\n`,
  });
});

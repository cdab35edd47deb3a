/** Saves and loads of one folder at the same time, in one process and in several, and programs that are killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { fileSystem, loadState, saveState } from 'ts-cyclegan/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TrainerState } from 'ts-cyclegan';
import { emptyFolder } from '../../support/folder.js';

/** Where programs import what they save with: not from the index, which loads much more. */
const source = (file: string) =>
  JSON.stringify(new URL(`../../../src/node/files/${file}.ts`, import.meta.url).href);

/** A model of `size` weights that all have one value. */
const model = (size: number, value: number): tf.io.ModelArtifacts => ({
  modelTopology: { size, value },
  weightSpecs: [{ name: 'a', shape: [size], dtype: 'float32' }],
  weightData: new Float32Array(size).fill(value).buffer,
});
const modelOfChild = `(size, value) => ({
  modelTopology: { size, value },
  weightSpecs: [{ name: 'a', shape: [size], dtype: 'float32' }],
  weightData: new Float32Array(size).fill(value).buffer,
})`;

/** Loads the model of a folder, which must be a whole one, and returns its value. */
async function wholeModel(folder: string): Promise<number> {
  const { modelTopology, weightData } = await fileSystem(folder).load!();
  const { size, value } = modelTopology as { size: number; value: number };
  const weights = new Float32Array(tf.io.CompositeArrayBuffer.join(weightData));
  expect(weights.length).toBe(size);
  expect(weights.every((weight) => weight === value)).toBe(true);
  return value;
}

/** A program that has printed its first line; it is killed at the end of the test. */
async function start(program: string): Promise<ChildProcess> {
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('models', () => {
  /** Saves a model after the other until it is killed. */
  const saver = (folder: string) =>
    start(`
      import { fileSystem } from ${source('file-system')};
      const model = ${modelOfChild};
      for (let i = 0; ; i++) {
        await fileSystem(${JSON.stringify(folder)}, { shardSize: i % 4 < 2 ? 400000 : 150000 }).save(model(100000, i % 2));
        if (i === 0) console.log('saved');
      }`);

  test('are always whole for a reader beside a saver', async () => {
    const folder = await emptyFolder();
    const child = await saver(folder);
    const values = new Set<number>();
    for (let i = 0; i < 300; i++) values.add(await wholeModel(folder));
    expect(values.size).toBeGreaterThan(1);
    await kill(child);
  });

  test('are whole with two savers of the same models in two processes, also when both are killed', async () => {
    for (let round = 0; round < 3; round++) {
      const folder = await emptyFolder();
      const children = await Promise.all([saver(folder), saver(folder)]);
      for (let i = 0; i < 100; i++) await wholeModel(folder);
      await Promise.all(children.map(kill));
      await wholeModel(folder);
    }
  });

  test('saved twelve times at once: the last one stays, and nothing else', async () => {
    const folder = await emptyFolder();
    await Promise.all(Array.from({ length: 12 }, (_, i) => fileSystem(folder).save!(model(1000, i % 3))));
    expect(await wholeModel(folder)).toBe(11 % 3);
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('a save that fails does not hold the next one up, and changes nothing', async () => {
    const folder = await emptyFolder();
    await fileSystem(folder).save!(model(10, 1));
    const before = await readFile(join(folder, 'model.json'));
    const bad = { ...model(10, 2), userDefinedMetadata: { large: 1n as never } };
    await expect(fileSystem(folder).save!(bad)).rejects.toThrow('BigInt');
    await expect(fileSystem(folder).save!({ weightData: new ArrayBuffer(0) })).rejects.toThrow(
      'fileSystem.save: modelTopology of the artifacts must be a JSON object, got undefined.',
    );
    expect(await readFile(join(folder, 'model.json'))).toEqual(before);
    await fileSystem(folder).save!(model(10, 3));
    expect(await wholeModel(folder)).toBe(3);
  });

  test('what killed savers left is removed after ten minutes; files of others stay', async () => {
    const folder = await emptyFolder();
    await fileSystem(folder).save!(model(10, 1));
    const id = '01234567-89ab-cdef-0123-456789abcdef';
    const old = [
      'weights-0123456789abcdef-01234567.bin',
      `model.json.${id}.tmp`,
      'weights.bin',
      'group1-shard1of1.bin',
      'notes.tmp',
    ];
    for (const name of [...old, 'weights-fedcba9876543210-01234567.bin'])
      await writeFile(join(folder, name), '');
    const before = new Date(Date.now() - 700_000);
    for (const name of old) await utimes(join(folder, name), before, before);
    await fileSystem(folder).save!(model(10, 1));
    const left = (await readdir(folder)).filter((name) => name !== 'model.json');
    expect(left).toHaveLength(5);
    expect(left).toEqual(
      expect.arrayContaining([
        'weights.bin',
        'group1-shard1of1.bin',
        'notes.tmp',
        'weights-fedcba9876543210-01234567.bin',
      ]),
    );
    expect(await wholeModel(folder)).toBe(1);
  });
});

describe('states', () => {
  const state = (value: number) =>
    ({
      format: 'ts-cyclegan-trainer',
      value,
      data: new Float32Array(200000).fill(value),
    }) as never as TrainerState;
  const valueOf = async (file: string) => {
    const { value, data } = (await loadState(file)) as never as { value: number; data: Float32Array };
    expect(data.length).toBe(200000);
    expect(data.every((x) => x === value)).toBe(true);
    return value;
  };

  test('survive that the program is killed, at any time', async () => {
    const file = join(await emptyFolder(), 'run', 'state.bin');
    const program = `
      import { saveState } from ${source('state-file')};
      const state = (value) => ({ format: 'ts-cyclegan-trainer', value, data: new Float32Array(200000).fill(value) });
      await saveState(${JSON.stringify(file)}, state(1));
      console.log('saved');
      for (let i = 2; ; i++) await saveState(${JSON.stringify(file)}, state(i));`;
    for (const delay of [0, 1, 2, 3, 5, 7, 11, 13, 17, 23, 29, 37]) {
      const child = await start(program);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await kill(child);
      expect(await valueOf(file)).toBeGreaterThan(0);
    }
  });

  test('saved ten times at once: the last one stays', async () => {
    const folder = await emptyFolder();
    const file = join(folder, 'state.bin');
    await Promise.all(Array.from({ length: 10 }, (_, i) => saveState(file, state(i))));
    expect(await valueOf(file)).toBe(9);
    expect(await readdir(folder)).toEqual(['state.bin']);
  });
});

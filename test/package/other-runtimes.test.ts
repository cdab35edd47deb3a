/** The packed tarball in Bun and Deno: training, files, run folders and translation give the values of Node. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { emptyProject } from '../support/tarball.js';

/** The versions that docs/versions.md names. */
const runtimes = ['bun@1.4.5', 'deno@2.9.6'];

let folder: string;
let bin: string;
beforeAll(async () => {
  folder = await emptyProject({ packages: ['@tensorflow/tfjs', '@types/node', 'onnxruntime-node', 'sharp'] });
  await writeFile(join(folder, 'program.mjs'), program);
  // In a folder of their own, so that the install above is one that other tests share.
  const own = join(folder, 'runtimes');
  bin = join(own, 'node_modules/.bin');
  await mkdir(own);
  await writeFile(join(own, 'package.json'), '{ "private": true }\n');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...runtimes], { cwd: own });
});

const program = `
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, CycleGANTrainer } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { fileSystem, loadState, readImage, runFolder, saveState, writeImage } from 'ts-cyclegan/node';
const out = process.argv[2];
registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');
const image = (level) => tf.fill([16, 16, 3], level);
const model = new CycleGAN({ inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, seed: 7 });
const trainer = new CycleGANTrainer(model, { epochs: 1, seed: 7 });
const first = await trainer.trainStep(image(0.5), image(-0.5));
await saveState(out + '/state.bin', await trainer.state());
const second = await trainer.trainStep(image(0.5), image(-0.5));
trainer.restore(await loadState(out + '/state.bin'));
const again = await trainer.trainStep(image(0.5), image(-0.5)); // also replayed in the thread
await trainer.fit([image(0.1), image(0.2)], [image(0.3), image(0.4)], { callbacks: [runFolder(out + '/run')] });
const loaded = await CycleGAN.load(fileSystem(out + '/run/model'));
await writeImage(out + '/fake.png', loaded.translate(image(0.2), 'AtoB'));
const fake = await readImage(out + '/fake.png');
console.log(JSON.stringify({ first, second, again, epoch: trainer.epoch, fake: Array.from(await fake.data()) }));
`;

interface Printed {
  first: Record<string, number>;
  second: Record<string, number>;
  again: Record<string, number>;
  epoch: number;
  fake: number[];
}

async function printed(name: string, command: string, args: readonly string[] = []): Promise<Printed> {
  const { stdout } = await run(command, [...args, 'program.mjs', name], { cwd: folder });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Printed;
}

test('Bun and Deno compute, save and resume as Node does', async () => {
  const node = await printed('in-node', 'node');
  expect(node.again).toEqual(node.second);
  expect(node.epoch).toBe(1);
  for (const [name, args] of [
    ['bun', []],
    ['deno', ['run', '-A']],
  ] as const) {
    // prettier-ignore
    expect(await printed(`in-${name}`, join(bin, name), args), name).toEqual(node);
    expect((await readdir(join(folder, `in-${name}/run`))).sort()).toEqual(
      expect.arrayContaining(['checkpoints', 'config.json', 'metrics.jsonl', 'model']),
    );
  }
});

/**
 * This library as an engine of the comparison, with the protocol of the programs in `peers/` (see `peers/peer.py`). Its networks and
 * images are created from a seed. The first worker writes them to a file for the peers.
 */
import { open, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { stateDict } from 'ts-cyclegan';
import { useBackend } from '../test/golden/backends.js';
import { translatedFile, type WorkerSettings } from './competitors.js';
import { lossNames } from './results.js';
import { serve, start } from './serve.js';
import { makeSubject, type Subject } from './subject.js';

/** Loads tfjs-node from a folder of its own. tfjs has one engine per process, so our tfjs has the backend, too. */
async function useTfjsNode(folder: string): Promise<string> {
  const require = createRequire(join(folder, 'package.json'));
  const { version } = require('@tensorflow/tfjs-node') as { version: { 'tfjs-node': string } };
  await tf.setBackend('tensorflow');
  return `tfjs-node ${version['tfjs-node']}`;
}

/** All weights in PyTorch's order and layouts, G, F, X, Y, then the images, as float32. */
async function writeValues(path: string, { model, a, b }: Subject): Promise<void> {
  const file = await open(path, 'w');
  const write = (data: ArrayBufferView) =>
    file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  for (const network of [model.generatorG, model.generatorF, model.discriminatorX, model.discriminatorY]) {
    for (const { data } of Object.values(await stateDict(network))) await write(data);
  }
  for (const images of [a, b]) await write(await images.data());
  await file.close();
}

/** G's translation of A's images, [batch, size, size, 3] as float32. */
async function writeTranslated(path: string, { model, a }: Subject): Promise<void> {
  const fake = model.translate(a, 'AtoB');
  const { buffer, byteOffset, byteLength } = (await fake.data()) as Float32Array;
  fake.dispose();
  await writeFile(path, new Uint8Array(buffer, byteOffset, byteLength));
}

async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2]!) as WorkerSettings;
  const { engine, tfjsNode, write } = settings;
  // tfjs warns about kernels that are registered twice
  for (const level of ['log', 'info', 'warn'] as const) console[level] = () => undefined;
  const version = tfjsNode === undefined ? await useBackend(engine) : await useTfjsNode(tfjsNode);
  const subject = makeSubject({ ...settings, convention: 'pytorch' });
  const { model, trainer, a, b, translate } = subject;
  if (write !== undefined) {
    await writeValues(write, subject);
    await writeTranslated(translatedFile(settings), subject);
  }
  const networks = [model.generatorG, model.generatorF, model.discriminatorX, model.discriminatorY];
  const parameters = networks.reduce((sum, network) => sum + network.countParams(), 0);
  const step = async () => {
    const values = await trainer.trainStep(a, b);
    return lossNames.map((name) => values[name]);
  };
  await serve({ version, parameters }, step, translate);
}

start(main);

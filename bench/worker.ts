/**
 * This library as one of the engines that are compared: takes the same commands and gives the same answers as the
 * programs in `peers/` (see `peers/peer.py`). Its networks and pictures come from a seed; the first worker writes them
 * to a file, from which the peers start.
 */
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { stateDict } from 'ts-cyclegan';
import { useBackend } from '../test/golden/backends.js';
import type { WorkerSettings } from './competitors.js';
import { lossNames } from './results.js';
import { makeSubject, type Subject } from './subject.js';

/** tfjs-node from a folder of its own. tfjs has one engine a process, so the backend is there for our tfjs too. */
async function useTfjsNode(folder: string): Promise<string> {
  const require = createRequire(join(folder, 'package.json'));
  const { version } = require('@tensorflow/tfjs-node') as { version: { 'tfjs-node': string } };
  await tf.setBackend('tensorflow');
  return `tfjs-node ${version['tfjs-node']}`;
}

/** All weights in PyTorch's order and layouts, G, F, X, Y, then the pictures, as float32. */
async function writeValues(path: string, { model, a, b }: Subject): Promise<void> {
  const file = await open(path, 'w');
  const write = (data: ArrayBufferView) =>
    file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  for (const network of [model.generatorG, model.generatorF, model.discriminatorX, model.discriminatorY]) {
    for (const { data } of Object.values(await stateDict(network))) await write(data);
  }
  for (const pictures of [a, b]) await write(await pictures.data());
  await file.close();
}

async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2]!) as WorkerSettings;
  const { engine, tfjsNode, write } = settings;
  // tfjs warns of kernels that are registered twice
  for (const level of ['log', 'info', 'warn'] as const) console[level] = () => undefined;
  const version = tfjsNode === undefined ? await useBackend(engine) : await useTfjsNode(tfjsNode);
  const subject = makeSubject({ ...settings, convention: 'pytorch' });
  const { model, trainer, a, b, translate } = subject;
  if (write !== undefined) await writeValues(write, subject);
  const networks = [model.generatorG, model.generatorF, model.discriminatorX, model.discriminatorY];
  const answer = (values: object) => process.stdout.write(`${JSON.stringify(values)}\n`);
  answer({ version, parameters: networks.reduce((sum, network) => sum + network.countParams(), 0) });

  for await (const line of createInterface(process.stdin)) {
    const [command, count] = line.split(' ');
    const ms: number[] = [];
    const losses: number[][] = [];
    for (let i = 0; i < Number(count); i++) {
      const start = performance.now();
      if (command === 'step') {
        const values = await trainer.trainStep(a, b);
        losses.push(lossNames.map((name) => values[name]));
      } else {
        await translate();
      }
      ms.push(performance.now() - start);
    }
    answer({ ms, losses, peakRssBytes: process.resourceUsage().maxRSS * 1024 });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

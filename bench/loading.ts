/**
 * Measures whether training waits for images: steps on tensors in memory, and on folders of JPEGs of 12 megapixels. In the first
 * epoch, each image is decoded. Later, images are read from memory.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { type Images, Random } from 'ts-cyclegan';
import { type ImageFolder, imageFolder } from 'ts-cyclegan/node';
import { median } from './measure.js';
import { writePhotos } from './photos.js';
import type { Settings } from './settings.js';
import { makeSubject, type Subject } from './subject.js';

/** Milliseconds of each step, and seconds of waiting for images. */
interface Epoch {
  ms: number[];
  waited: number;
}

/** Measures `settings.steps` steps of each kind, `rounds` times in turns, with `count` photographs of each domain. */
export async function loading(
  settings: Settings,
  count: number,
  print: (line: string) => void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ts-cyclegan-bench-'));
  const { model, trainer, a, b } = makeSubject(settings);
  try {
    const { size: cropSize, convention, rounds } = settings;
    const sides = ['A', 'B'].map((name) => join(folder, name));
    for (const side of sides) await mkdir(side);
    const bytes = await writePhotos(sides[0]!, count);
    await writePhotos(sides[1]!, count);
    const open = (cache?: number): [ImageFolder, ImageFolder] => {
      const options = { cropSize, convention, ...(cache !== undefined && { cache }) };
      return [imageFolder(sides[0]!, options), imageFolder(sides[1]!, options)];
    };
    const inMemory = (batch: tf.Tensor4D) => {
      const [image] = tf.unstack(batch) as tf.Tensor3D[];
      return Array.from({ length: count }, () => image!);
    };
    const memory: [Images, Images] = [inMemory(a), inMemory(b)];

    print(`${count} JPEGs of 12 megapixels a domain, ${(bytes / 1e6).toFixed(1)} MB each, ${convention}`);
    print(`decoding  ${await decoding(open(0)[0], count)} ms an image, four at a time`);
    await epoch(trainer, memory); // warmup
    const kept = open();
    const first = await epoch(trainer, kept);
    const results: Record<string, Epoch> = {
      'tensors in memory': { ms: [], waited: 0 },
      'folder, decoded each time': { ms: [], waited: 0 },
      'folder, kept in memory': { ms: [], waited: 0 },
    };
    const sets = [memory, open(0), kept];
    for (let round = 0; round < rounds; round++) {
      for (const [i, result] of Object.values(results).entries()) {
        const { ms, waited } = await epoch(trainer, sets[i]!);
        result.ms.push(...ms);
        result.waited += waited;
      }
    }
    print(`${'first epoch of the folder'.padEnd(28)}${line(first)}`);
    const [base] = Object.values(results);
    for (const [name, result] of Object.entries(results)) {
      const slower = (100 * (median(result.ms) / median(base!.ms) - 1)).toFixed(1);
      print(
        `${name.padEnd(28)}${line(result)}${result === base ? '' : `, ${slower} % slower than from memory`}`,
      );
    }
  } finally {
    trainer.dispose();
    model.dispose();
    tf.dispose([a, b]);
    await rm(folder, { recursive: true });
  }
}

const line = ({ ms, waited }: Epoch): string =>
  `${median(ms)} ms a step, ${((1000 * waited) / ms.length).toFixed(1)} ms of it waiting for images`;

/** Trains one more epoch. The time of a step is the time between two steps. */
async function epoch(trainer: Subject['trainer'], [a, b]: [Images, Images]): Promise<Epoch> {
  const ms: number[] = [];
  let last = performance.now();
  const { waited } = await trainer.fit(a, b, {
    epochs: trainer.epoch + 1,
    callbacks: {
      onStepEnd() {
        const now = performance.now();
        ms.push(now - last);
        last = now;
      },
    },
  });
  return { ms, waited };
}

/** Milliseconds for decoding an image without training, four images at a time. */
async function decoding(source: ImageFolder, count: number): Promise<number> {
  const start = performance.now();
  let next = 0;
  const read = async () => {
    while (next < count) (await source.get(next++, new Random(1))).dispose();
  };
  await Promise.all([read(), read(), read(), read()]);
  return Math.round((performance.now() - start) / count);
}

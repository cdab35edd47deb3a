/** Saving copies no weights if the handler takes them in parts, as `fileSystem` does. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, type CycleGANOptions, Translator } from 'ts-cyclegan';
import { fileSystem } from 'ts-cyclegan/node';
import { afterEach, expect, test, vi } from 'vitest';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';

afterEach(() => vi.restoreAllMocks());

const small = { inputShape: [16, 16, 1], filters: 2, residualBlocks: 1, discriminatorLayers: 1 } as const satisfies CycleGANOptions; // prettier-ignore
/** A generator of 2.9 million weights, 11.5 MB. */
const large: CycleGANOptions = { ...small, filters: 32, residualBlocks: 9 };

/** Bytes of the arguments that a WebCrypto digest gets, which copies them. */
const digested = () => {
  const digest = vi.spyOn(globalThis.crypto.subtle, 'digest');
  return () => Math.max(0, ...digest.mock.calls.map(([, data]) => data.byteLength));
};

test('a handler that takes parts gets the memory of the weights, and hashes it', () =>
  withoutLeaks(async () => {
    using model = new CycleGAN(small);
    let artifacts: tf.io.ModelArtifacts | undefined;
    const hash = createHash('sha256');
    const handler = {
      sha256OfParts: (parts: readonly ArrayBuffer[]) => {
        for (const part of parts) hash.update(new Uint8Array(part));
        return Promise.resolve('a hash');
      },
      save: (given: tf.io.ModelArtifacts) => {
        artifacts = given;
        return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) });
      },
    };
    const { modelArtifactsInfo } = await model.save(handler, { direction: 'AtoB' });
    const { weights } = model.generatorG;
    const memory = weights.map((weight) => (weight.read().dataSync() as Float32Array).buffer);
    const parts = artifacts!.weightData as ArrayBuffer[];
    expect(parts.length).toBe(weights.length);
    expect(parts.every((part, i) => part === memory[i])).toBe(tf.getBackend() === 'cpu');
    expect(modelArtifactsInfo.weightDataBytes).toBe(4 * model.generatorG.countParams());
    const { integrity } = artifacts!.modelTopology as { integrity: { weights: string } };
    expect(integrity.weights).toBe('a hash');
    expect(hash.digest('hex')).toBe(createHash('sha256').update(new Uint8Array(tf.io.CompositeArrayBuffer.join(parts))).digest('hex')); // prettier-ignore
  }));

test('other handlers get one buffer of their own', () =>
  withoutLeaks(async () => {
    using model = new CycleGAN(small);
    const values = await model.generatorG.weights[0]!.read().data();
    const before = [...values];
    const save = tf.io.withSaveHandler((artifacts) => {
      expect(artifacts.weightData).toBeInstanceOf(ArrayBuffer);
      new Uint8Array(artifacts.weightData as ArrayBuffer).fill(255);
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
    });
    await model.save(save, { direction: 'AtoB' });
    expect([...(await model.generatorG.weights[0]!.read().data())]).toEqual(before);
  }));

test('a generator is saved and loaded without copies of the file', ({ skip }) =>
  withoutLeaks(async () => {
    skip(tf.getBackend() !== 'cpu', 'other backends have the weights in memory of their own');
    const folder = join(await emptyFolder(), 'model');
    const most = digested();
    const buffers = () => process.memoryUsage().arrayBuffers;
    using model = new CycleGAN(large);
    const size = 4 * model.generatorG.countParams();
    expect(size).toBeGreaterThan(11_000_000);

    const before = buffers();
    await model.save(fileSystem(folder), { direction: 'AtoB' });
    expect(buffers() - before).toBeLessThan(0.5 * size);

    const atLoad = buffers();
    using translator = await Translator.load(fileSystem(folder));
    expect(buffers() - atLoad).toBeLessThan(3.5 * size); // the file, initial values, and the weights
    expect(translator.generator.countParams()).toBe(size / 4);
    expect(most()).toBeLessThan(1_000_000);
  }));

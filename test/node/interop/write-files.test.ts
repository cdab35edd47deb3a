/** Exported files: a model.json and its weights replace an older model together. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { pixelDiscriminator } from 'ts-cyclegan';
import { exportTfjs } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { disposeNetwork } from '../../../src/layers/networks.js';
import type { ExportedFile } from '../../../src/interop/export-model.js';
import { writeExportedFiles } from '../../../src/node/interop/write-files.js';
import { fileSystem } from '../../../src/node/index.js';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

const filesOf = (files: Record<string, Uint8Array>, folder = ''): ExportedFile[] =>
  Object.entries(files).map(([name, bytes]) => ({ name: `${folder}${name}`, parts: [bytes] }));

/** The files of two networks, and their names. */
async function exportedModels() {
  const models = [1, 2].map(async (seed) => {
    const network = pixelDiscriminator({ convention: 'pytorch', filters: 2, seed });
    const files = await exportTfjs(network);
    disposeNetwork(network);
    return files;
  });
  return Promise.all(models) as Promise<[Record<string, Uint8Array>, Record<string, Uint8Array>]>;
}

test('an export that fails leaves the older one as it was; the next one replaces it, and removes its weights', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const [first, second] = await exportedModels();
    const [old] = Object.keys(first) as [string];
    const [weights] = Object.keys(second) as [string];
    expect(old).toMatch(/^group1-shard1of1-[\da-f]{16}\.bin$/);
    expect(weights).not.toBe(old);
    const written = await writeExportedFiles(folder, filesOf(first, 'AtoB/'), false);
    expect(written).toEqual(
      Object.entries(first).map(([name, { length }]) => ({
        path: join(folder, 'AtoB', name),
        bytes: length,
      })),
    );
    await writeExportedFiles(folder, filesOf(first, 'BtoA/'), false);
    const at = join(folder, 'AtoB');
    for (const name of ['group1-shard1of1.bin', 'notes.txt']) await writeFile(join(at, name), 'x'); // of others

    const broken = { ...second, x: new Uint8Array(1) };
    await mkdir(join(at, 'x')); // a folder in the place of a file
    await expect(writeExportedFiles(folder, filesOf(broken, 'AtoB/'), true)).rejects.toThrow();
    expect(await readFile(join(at, 'model.json'))).toEqual(Buffer.from(first['model.json']!));
    expect(await readFile(join(at, old))).toEqual(Buffer.from(first[old]!));

    await writeExportedFiles(folder, filesOf(second, 'AtoB/'), true);
    expect((await readdir(at)).sort()).toEqual([weights, 'group1-shard1of1.bin', 'model.json', 'notes.txt', 'x'].sort()); // prettier-ignore
    await writeExportedFiles(folder, filesOf(second, 'AtoB/'), true); // the same names again
    expect(await readFile(join(at, weights))).toEqual(Buffer.from(second[weights]!));
    expect((await readdir(join(folder, 'BtoA'))).sort()).toEqual([old, 'model.json']);
    (await tf.loadGraphModel(fileSystem(at))).dispose();
  }));

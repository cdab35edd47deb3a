/** The algorithm that a folder of images tells. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { algorithmOf } from '../../src/cli/train/layout.js';
import { emptyFolder } from '../support/folder.js';

async function folderWith(...names: string[]): Promise<string> {
  const folder = await emptyFolder();
  for (const name of names) await mkdir(join(folder, name));
  return folder;
}

test.each([
  [['trainA', 'trainB', 'testA'], 'cyclegan'],
  [['train'], 'pix2pix'],
  [[], 'gan'],
] as const)('%j: %s', async (names, algorithm) => {
  expect(algorithmOf(await folderWith(...names))).toBe(algorithm);
});

test.each([
  ['trainA', 'trainB'],
  ['trainB', 'trainA'],
])('%s without %s', async (own, missing) => {
  const folder = await folderWith(own);
  expect(() => algorithmOf(folder)).toThrow(
    `the folder ${JSON.stringify(folder)} has "${own}", but no "${missing}". CycleGAN needs both. ` +
      'Add the other folder, or pass --algorithm to train something else.',
  );
});

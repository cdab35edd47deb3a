/** Writes docs/images/inspection.png: the inspection sheet of the demo's images. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { inspectFolder, inspectionSheet } from 'ts-cyclegan/node';
import { split, usableNames } from '../demo/openmoji.js';

const openmoji = join(createRequire(import.meta.url).resolve('openmoji/package.json'), '..');
const folder = await mkdtemp(join(tmpdir(), 'openmoji-'));
const { trainA, trainB, test } = split(await usableNames(), 1);
const parts = { trainA, trainB, testA: test, testB: test };
try {
  for (const [part, names] of Object.entries(parts)) {
    await mkdir(join(folder, part));
    for (const name of names) {
      const svg = join(openmoji, part.endsWith('A') ? 'black/svg' : 'color/svg', name);
      const image = sharp(svg, { density: 200 }).resize(64, 64).flatten({ background: '#ffffff' });
      await image.toFile(join(folder, part, name.replace('.svg', '.png')));
    }
  }
  const inspection = await inspectFolder(folder, { size: 64 });
  await inspectionSheet('docs/images/inspection.png', inspection, { thumbnail: 64 });
} finally {
  await rm(folder, { recursive: true });
}

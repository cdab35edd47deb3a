/** Writes docs/images/inspection.png: the inspection sheet of the demo's images. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectFolder, inspectionSheet } from 'ts-cyclegan/node';
import { prepareImages } from '../src/cli/demo/openmoji.js';

const folder = await mkdtemp(join(tmpdir(), 'openmoji-'));
try {
  const images = join(folder, 'openmoji');
  await prepareImages(images, 64, 1);
  await inspectionSheet('docs/images/inspection.png', await inspectFolder(images, { size: 64 }), {
    thumbnail: 64,
  });
} finally {
  await rm(folder, { recursive: true });
}

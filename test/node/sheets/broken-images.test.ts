/** Broken images among those of the sheets: left out with `onError: 'skip'`, as in training. */
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { CycleGANTrainer } from 'ts-cyclegan';
import { imageFolder, resumeRun, runFolder, sampleSheets } from 'ts-cyclegan/node';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import { disposeOf, subjects, tinyCycleGAN } from '../runs/subjects.js';

let folder: string;
let images: string;
beforeEach(async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => void vi.restoreAllMocks());
  folder = await emptyFolder();
  images = await emptyFolder();
  await writeFile(join(images, '0.png'), 'no image');
});

const write = (name: string, width: number) =>
  sharp({ create: { width, height: 8, channels: 3, background: { r: 9, g: 99, b: 199 } } }).toFile(
    join(images, name),
  );
const open = (onError: 'skip' | 'throw') => imageFolder(images, { cropSize: 8, training: false, onError });

test('of a CycleGAN', () =>
  withoutLeaks(async () => {
    await write('1.png', 8);
    const trainer = new CycleGANTrainer(tinyCycleGAN(), { epochs: 1 });
    const fit = (sheets: ReturnType<typeof sampleSheets>) => subjects.cyclegan.fit(trainer, [sheets]);
    await expect(fit(sampleSheets(folder, { A: open('throw') }))).rejects.toMatchObject({
      code: 'INVALID_DATA',
    });
    await fit(sampleSheets(folder, { A: open('skip'), every: 5 }));
    const { height } = await sharp(join(folder, 'step-00000005.png')).metadata();
    expect(height).toBeLessThan(2 * (8 + 4) + 30); // one row, and labels
    disposeOf(trainer);
  }));

test('of a run folder', () =>
  withoutLeaks(async () => {
    await write('1.png', 8);
    const trainer = subjects.cyclegan.create();
    const stop = { onStepEnd: () => void (trainer.stopTraining = true) };
    await subjects.cyclegan.fit(trainer, [
      runFolder(folder, { samples: { A: open('skip') }, sampleEvery: 1 }),
      stop,
    ]);
    expect(readdirSync(join(folder, 'samples'))).toEqual(['step-00000001.json', 'step-00000001.png']);
    disposeOf(trainer);
    disposeOf((await resumeRun(folder)).trainer);
  }));

test('none that can be read', () =>
  withoutLeaks(async () => {
    const trainer = subjects.cyclegan.create();
    await expect(subjects.cyclegan.fit(trainer, [sampleSheets(folder, { A: open('skip') })])).rejects.toThrow(
      'sampleSheets: option "A" must have at least one image that can be read, got none among 1. Repair the files, or pass other images.',
    );
    disposeOf(trainer);
  }));

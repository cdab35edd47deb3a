/** The callbacks of ts-cyclegan/node: progress, sheets of images, signals. */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { CycleGANTrainer, type CycleGANLosses, toLevels, type TrainerCallback } from 'ts-cyclegan';
import { progressBar, sampleSheets } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyModel, tinyPictures } from '../support/tiny.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Trains for two epochs of three steps, and returns the losses of each step. */
async function train(callback: TrainerCallback): Promise<CycleGANLosses[]> {
  const losses: CycleGANLosses[] = [];
  const model = tinyModel();
  const trainer = new CycleGANTrainer(model, { epochs: 2 });
  const [a, b] = [tinyPictures(3, 1), tinyPictures(2, 2)];
  try {
    await trainer.fit(a, b, {
      callbacks: [{ onStepEnd: (_step, values) => void losses.push(values) }, callback],
    });
  } finally {
    tf.dispose([a, b]);
    trainer.dispose();
    model.dispose();
  }
  return losses;
}

test('progressBar: steps, losses and time left, the last state also where there is no terminal', () =>
  withoutLeaks(async () => {
    const stream = new PassThrough();
    const losses = await train(progressBar({ stream }));
    const lines = String(stream.read()).trim().split('\n');
    expect(lines[0]).toBe(`${'-'.repeat(40)} step 0 of 6 | ? left | cycle - - | G - - | D - -`);
    const { cycle_A, cycle_B, G_A, G_B, D_A, D_B } = losses.at(-1)!;
    const [c, g, d] = [
      [cycle_A, cycle_B],
      [G_A, G_B],
      [D_A, D_B],
    ].map((pair) => pair.map((loss) => loss.toFixed(2)).join(' '));
    expect(lines.at(-1)).toBe(`${'='.repeat(40)} step 6 of 6 | 0:00 left | cycle ${c} | G ${g} | D ${d}`);
  }));

test('progressBar: a share of its own, and sets of unknown length', () =>
  withoutLeaks(async () => {
    const stream = new PassThrough();
    await train(progressBar({ stream, share: (step) => step / 24 }));
    expect(String(stream.read())).toContain(`${'='.repeat(10)}${'-'.repeat(30)} step 6 |`);

    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { epochs: 1 });
    const [a, b] = [tinyPictures(2, 1), tinyPictures(2, 2)];
    await trainer.fit(new Set(a), new Set(b), { callbacks: progressBar({ stream }) });
    expect(String(stream.read())).toContain(`${'-'.repeat(40)} step 2 | ? left`);
    trainer.dispose();
    model.dispose();
  }));

test('progressBar and sampleSheets check their options', () => {
  expect(() => progressBar({ share: 1 } as never)).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: progressBar: option "share" must be a function, got 1.]`,
  );
  expect(() => sampleSheets('run', {})).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: sampleSheets: expected images in option "A", "B", or both, got none.]`,
  );
  expect(() => sampleSheets('run', { A: [] })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: sampleSheets: option "A" must be a folder of images or a non-empty array of tensors, got [].]`,
  );
});

test('sampleSheets: a row for each image, with what the generators make of it', () =>
  withoutLeaks(async () => {
    const folder = join(await emptyFolder(), 'sheets');
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { epochs: 1, ema: 0.9 });
    const [a, b] = [tinyPictures(3, 1), tinyPictures(3, 2)];
    const sheets = sampleSheets(folder, { A: a, B: b, count: 2, every: 2 });
    await trainer.fit(a, b, { callbacks: sheets, stepsPerEpoch: 2 });
    expect(await readdir(folder)).toEqual(['step-000002.png']);

    // Two rows of A, then two of B; columns as wide as the longest word, "translated", needs.
    const { data, info } = await sharp(join(folder, 'step-000002.png')).raw().toBuffer({ resolveWithObject: true }); // prettier-ignore
    const pitch = 'translated'.length * 6 + 2;
    expect([info.width, info.channels]).toEqual([4 + 3 * pitch, 3]);
    const top = info.height - 4 * (8 + 4);
    const imageAt = (row: number, column: number) =>
      Array.from({ length: 8 }, (_, y) => {
        const from = ((top + row * 12 + y) * info.width + 4 + column * pitch) * 3;
        return [...data.subarray(from, from + 8 * 3)];
      }).flat();
    await trainer.withAverages(async () => {
      for (const [row, image] of [a[0]!, a[1]!, b[0]!, b[1]!].entries()) {
        const [there, back] = row < 2 ? (['AtoB', 'BtoA'] as const) : (['BtoA', 'AtoB'] as const);
        const fake = model.translate(image, there);
        const way = [image, fake, model.translate(fake, back)];
        for (const [column, expected] of way.entries()) {
          const levels = toLevels(expected);
          expect(imageAt(row, column)).toEqual([...(await levels.data())]);
          levels.dispose();
        }
        tf.dispose(way.slice(1));
      }
    });
    tf.dispose([a, b]);
    trainer.dispose();
    model.dispose();
  }));

const program = (folder: string) => `
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, CycleGANTrainer } from 'ts-cyclegan';
import { fileSystem, stopOnSignal } from 'ts-cyclegan/node';
const model = new CycleGAN({ inputShape: [8, 8, 3], filters: 2, residualBlocks: 1, discriminator: 'pixel', seed: 7 });
const trainer = new CycleGANTrainer(model, { epochs: 200 });
const images = [tf.zeros([8, 8, 3])];
const tell = { onStepEnd: (step) => console.log('step', step) };
await trainer.fit(images, images, { stepsPerEpoch: 1000, callbacks: [tell, stopOnSignal()] });
await model.save(fileSystem(${JSON.stringify(folder)}));
console.log('saved', process.listenerCount('SIGINT'), process.listenerCount('SIGTERM'));
`;

test.each(['SIGINT', 'SIGTERM'] as const)('stopOnSignal: after %s the model is saved', async (signal) => {
  const folder = await emptyFolder();
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program(join(folder, 'model'))];
  const child = spawn(process.execPath, args, { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('step 1') && !child.killed) child.kill(signal);
    });
  }
  expect(await new Promise((resolve) => child.on('close', resolve)), output).toBe(0);
  expect(output).toContain('Stopping after this step.');
  expect(output).toContain('saved 0 0');
  expect(await readdir(join(folder, 'model'))).toContain('model.json');
});

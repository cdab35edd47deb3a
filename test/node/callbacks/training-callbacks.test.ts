/** The callbacks of ts-cyclegan/node: progress, sheets of images, signals. */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import {
  CycleGANTrainer,
  type CycleGANLosses,
  type PairSource,
  type Pix2PixLosses,
  Pix2PixTrainer,
  toLevels,
  type TrainerCallback,
} from 'ts-cyclegan';
import { pairSheets, progressBar, sampleSheets } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import { tinyModel, tinyPictures, tinyPix2Pix } from '../../support/tiny.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

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
    expect(lines[0]).toBe(`${'-'.repeat(40)} step 0 of 6 | ? left`);
    const { cycle_A, cycle_B, G_A, G_B, D_A, D_B, idt_A, idt_B } = losses.at(-1)!;
    const [d, g, c, i] = [
      [D_A, D_B],
      [G_A, G_B],
      [cycle_A, cycle_B],
      [idt_A, idt_B],
    ].map((pair) => pair.map((loss) => loss.toFixed(2)).join(' '));
    const shown = `D ${d} | G ${g} | cycle ${c} | idt ${i}`;
    expect(lines.at(-1)).toBe(`${'='.repeat(40)} step 6 of 6 | 0:00 left | ${shown}`);
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
  expect(() => progressBar({ losses: 'G' } as never)).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: progressBar: option "losses" must be an array of names of losses, got "G".]`,
  );
  expect(() => pairSheets('run', { pairs: [] })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: pairSheets: option "pairs" must be a set of pairs or an array of pairs of tensors, not empty, got [].]`,
  );
  expect(() => pairSheets('', { pairs: [[1, 2]] as never })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: pairSheets: option "pairs" must be a set of pairs or an array of pairs of tensors, not empty, got [[1, 2]].]`,
  );
  expect(() => sampleSheets('run', { A: [] })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: sampleSheets: option "A" must be a folder of images or a non-empty array of tensors, got [].]`,
  );
});

test('progressBar: the losses of any trainer, or those that are wanted, in their order', () =>
  withoutLeaks(async () => {
    const model = tinyPix2Pix();
    const trainer = new Pix2PixTrainer(model, { epochs: 1 });
    const [inputs, targets] = [tinyPictures(1, 1, 1), tinyPictures(1, 2, 2)];
    const [all, some] = [new PassThrough(), new PassThrough()];
    let losses: Partial<Pix2PixLosses> = {};
    await trainer.fit(inputs, targets, {
      callbacks: [
        { onStepEnd: (_step, values) => void (losses = values) },
        progressBar({ stream: all }),
        progressBar({ stream: some, losses: ['G_L1', 'D'] }),
      ] as TrainerCallback<Pix2PixLosses>[],
    });
    const text = (name: keyof Pix2PixLosses) => losses[name]!.toFixed(2);
    const last = (stream: PassThrough) => String(stream.read()).trim().split('\n').at(-1);
    const start = `${'='.repeat(40)} step 1 of 1 | 0:00 left`;
    expect(last(all)).toBe(
      `${start} | G ${text('G_GAN')} ${text('G_L1')} | D ${text('D_real')} ${text('D_fake')}`,
    );
    expect(last(some)).toBe(`${start} | G ${text('G_L1')} | D -`);
    tf.dispose([inputs, targets]);
    trainer.dispose();
    model.dispose();
  }));

test('pairSheets: a row for each pair, with what the generator makes of its input alone', () =>
  withoutLeaks(async () => {
    const folder = join(await emptyFolder(), 'sheets');
    const model = tinyPix2Pix({ outputChannels: 3 });
    const trainer = new Pix2PixTrainer(model, { epochs: 2, ema: 0.9 });
    const [inputs, targets] = [tinyPictures(3, 1, 1), tinyPictures(3, 2, 3)];
    const pairs = inputs.map((input, i) => [input, targets[i]!] as const);
    const source: PairSource = {
      pairs: true,
      length: 3,
      get: (i) => [tf.clone(inputs[i]!), tf.clone(targets[i]!)],
    };
    const callbacks = [
      pairSheets(folder, { pairs, count: 2, every: 2 }),
      pairSheets(join(folder, 'of-a-set'), { pairs: source, mode: 'eval' }),
    ];
    await trainer.fit(source, { callbacks, stepsPerEpoch: 1 });
    expect((await readdir(folder)).sort()).toEqual(['of-a-set', 'step-00000002.png']);
    expect(await readdir(join(folder, 'of-a-set'))).toEqual(['step-00000001.png', 'step-00000002.png']);

    for (const [file, mode, rows] of [['step-00000002.png', 'train', 2], ['of-a-set/step-00000002.png', 'eval', 3]] as const) {
      const { data, info } = await sharp(join(folder, file)).raw().toBuffer({ resolveWithObject: true });
      const pitch = ('output'.length + 1) * 6;
      const top = info.height - rows * (8 + 4);
      const imageAt = (row: number, column: number) =>
        Array.from({ length: 8 }, (_, y) => {
          const from = ((top + row * 12 + y) * info.width + 4 + column * pitch) * 3;
          return [...data.subarray(from, from + 8 * 3)];
        }).flat();
      await trainer.withAverages(async () => {
        for (let row = 0; row < rows; row++) {
          const output = model.translate(inputs[row]!, { mode });
          for (const [column, image] of [inputs[row]!, output, targets[row]!].entries()) {
            const levels = toLevels(image);
            const values = [...(await levels.data())];
            const want = column === 0 ? values.flatMap((value) => [value, value, value]) : values;
            expect(imageAt(row, column)).toEqual(want);
            levels.dispose();
          }
          output.dispose();
        }
      });
    }
    tf.dispose([inputs, targets]);
    trainer.dispose();
    model.dispose();
  })); // prettier-ignore

test('sheets of another model are refused by the name of the callback; nothing is left behind', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const [model, cycle] = [tinyPix2Pix(), tinyModel()];
    const [trainer, cyclegan] = [new Pix2PixTrainer(model), new CycleGANTrainer(cycle)];
    const [inputs, targets, images] = [tinyPictures(1, 1, 1), tinyPictures(1, 2, 2), tinyPictures(1)];
    await expect(
      trainer.fit(inputs, targets, { callbacks: sampleSheets(folder, { A: inputs, every: 1 }) }),
    ).rejects.toThrow('sampleImages: this callback samples a CycleGAN, got a trainer of another model. Use the callback for your trainer.');
    await expect(
      cyclegan.fit(images, images, { callbacks: pairSheets(folder, { pairs: [[inputs[0]!, targets[0]!]], every: 1 }) }),
    ).rejects.toThrow('samplePairs: this callback samples a Pix2Pix, got a trainer of another model. Use the callback for your trainer.');
    expect(await readdir(folder)).toEqual([]);
    tf.dispose([inputs, targets, images]);
    for (const each of [trainer, cyclegan, model, cycle]) each.dispose();
  })); // prettier-ignore

test('sampleSheets: a row for each image, with what the generators make of it', () =>
  withoutLeaks(async () => {
    const folder = join(await emptyFolder(), 'sheets');
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { epochs: 1, ema: 0.9 });
    const [a, b] = [tinyPictures(3, 1), tinyPictures(3, 2)];
    const sheets = sampleSheets(folder, { A: a, B: b, count: 2, every: 2 });
    await trainer.fit(a, b, { callbacks: sheets, stepsPerEpoch: 2 });
    expect(await readdir(folder)).toEqual(['step-00000002.png']);

    // Two rows of A, then two of B; columns as wide as the longest word, "translated", needs.
    const { data, info } = await sharp(join(folder, 'step-00000002.png')).raw().toBuffer({ resolveWithObject: true }); // prettier-ignore
    const pitch = ('translated'.length + 1) * 6;
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

/** A run in a folder: what it contains, and that a resumed run ends as one that never stopped. */
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { CycleGAN, CycleGANTrainer, GAN, Pix2Pix, type TrainerCallback } from 'ts-cyclegan';
import { type AnyTrainer, fileSystem, resumeRun, runFolder, type RunFolderOptions } from 'ts-cyclegan/node';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import { disposeOf, type Subject, subjects, tinyCycleGAN, weightsOf } from './subjects.js';

type Line = Record<string, number>;
const linesOf = async (folder: string): Promise<Line[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
/** Lines without what differs from run to run. */
const losses = (lines: Line[]) => lines.map(({ seconds: _, memory: _memory, ...rest }) => rest);

const stopAfter = (step: number): TrainerCallback => ({
  onStepEnd: (done, _losses, trainer) => {
    if (done >= step) trainer.stopTraining = true;
  },
});

/** Trains with a run folder, and disposes the trainer. Returns its weights. */
async function train(
  subject: Subject,
  trainer: AnyTrainer,
  folder: string,
  more: TrainerCallback[] = [],
  options: RunFolderOptions = {},
): Promise<Record<string, number[]>> {
  const run = runFolder(folder, { checkpointEvery: 2, sampleEvery: 3, samples: subject.samples, ...options });
  try {
    await subject.fit(trainer, [...more, run]);
    return await weightsOf(trainer);
  } finally {
    disposeOf(trainer);
  }
}

/** Warnings of Node until the test ends. */
function warnings(): string[] {
  const found: string[] = [];
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((text) => void found.push(String(text)));
  onTestFinished(() => spy.mockRestore());
  return found;
}

test('holds options, checkpoints, metrics, samples, events and the model', () =>
  withoutLeaks(async () => {
    const folder = join(await emptyFolder(), 'runs/first');
    const seen: Line[] = [];
    const note: TrainerCallback = { onStepEnd: (step, own) => void seen.push({ step, ...(own as Line) }) };
    const trainer = subjects.cyclegan.create();
    const { options } = trainer;
    const weights = await train(subjects.cyclegan, trainer, folder, [note], {
      keep: 2,
      keepEvery: 4,
      info: { data: 'emoji' },
    });

    const files = readdirSync(folder).map((name) => name.replace(/^(events\.out\.tfevents)\..*/, '$1'));
    expect(files.sort()).toEqual(['checkpoints', 'config.json', 'events.out.tfevents', 'metrics.jsonl', 'model', 'samples']); // prettier-ignore
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config).toMatchObject({
      format: 'ts-cyclegan-run', version: 1, engine: 'onnxruntime', algorithm: 'cyclegan', seed: 7, checkpointEvery: 2, sampleEvery: 3, data: 'emoji',
      versions: { 'ts-cyclegan': '0.1.0', node: process.versions.node, '@tensorflow/tfjs-core': tf.version_core },
      model: { filters: 2, seed: 7, inputShape: [8, 8, 3] },
    }); // prettier-ignore
    expect(config.trainer).toEqual(options);
    expect(Date.parse(config.created as string)).toBeGreaterThan(Date.parse('2026-01-01'));
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual(
      [4, 8, 12, 14, 15].map((step) => `step-${String(step).padStart(8, '0')}.safetensors`),
    );

    const lines = await linesOf(folder);
    expect(lines.map(({ step, D_A, G_B }) => [step, D_A, G_B])).toEqual(
      seen.map(({ step, D_A, G_B }) => [step, D_A, G_B]),
    );
    expect(lines.map(({ epoch }) => epoch)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3]); // prettier-ignore
    // 2 epochs at the initial rate, then the decay of PyTorch: 1 - 1 / (1 + 1)
    expect(lines.map(({ lr }) => lr)).toBeAllClose([...Array<number>(10).fill(2e-4), ...Array<number>(5).fill(1e-4)], { rtol: 1e-9, atol: 0 }); // prettier-ignore
    const times = lines.map(({ seconds }) => seconds!);
    expect(times).toEqual([...times].sort((a, b) => a - b));

    expect(readdirSync(join(folder, 'samples'))).toEqual(
      [3, 6, 9, 12, 15].flatMap((step) => ['json', 'png'].map((end) => `step-${String(step).padStart(8, '0')}.${end}`)), // prettier-ignore
    );
    const { width, height } = await sharp(join(folder, 'samples/step-00000015.png')).metadata();
    expect(width).toBeGreaterThanOrEqual(3 * 8);
    expect(height).toBeGreaterThanOrEqual(4 * 8);

    // the model has the averaged weights, not those of the last step
    const model = await CycleGAN.load(fileSystem(join(folder, 'model')));
    const shipped = await model.generatorG.getWeights()[0]!.data();
    expect(Array.from(shipped)).not.toEqual(weights.generatorG!.slice(0, shipped.length));
    model.dispose();
  }));

describe.each(Object.entries(subjects))('%s', (_name, subject) => {
  test('stopped at any step and resumed, ends as one that never stopped', () =>
    withoutLeaks(async () => {
      const root = await emptyFolder();
      const whole = join(root, 'whole');
      const weights = await train(subject, subject.create(), whole);
      const expected = losses(await linesOf(whole));
      expect(expected).toHaveLength(subject.steps);

      const broken = join(root, 'broken');
      await train(subject, subject.create(), broken, [stopAfter(3)]);
      for (const step of [5, 6]) {
        const { trainer, damaged } = await resumeRun(broken);
        expect(damaged).toEqual([]);
        expect(trainer.step).toBe(step === 5 ? 3 : 5);
        await train(subject, trainer, broken, [stopAfter(step)]);
      }
      const { trainer } = await resumeRun(broken);
      expect(await train(subject, trainer, broken)).toEqual(weights);
      expect(losses(await linesOf(broken))).toEqual(expected);
      const images = (folder: string) => readdirSync(join(folder, 'samples'));
      expect(images(broken)).toEqual(images(whole));
      for (const name of images(whole)) {
        const [a, b] = await Promise.all([whole, broken].map((folder) => readFile(join(folder, 'samples', name)))); // prettier-ignore
        expect(b!.equals(a!), name).toBe(true);
      }
    }));
});

test('the models of pix2pix and of GANs load', () =>
  withoutLeaks(async () => {
    const root = await emptyFolder();
    const [pair, noise] = [join(root, 'pair'), join(root, 'noise')];
    await train(subjects.pix2pix, subjects.pix2pix.create(), pair, [stopAfter(1)]);
    await train(subjects.gan, subjects.gan.create(), noise, [stopAfter(1)]);
    (await Pix2Pix.load(fileSystem(join(pair, 'model')))).dispose();
    (await GAN.load(fileSystem(join(noise, 'model')))).dispose();
  }));

test('a callback that throws ends the training; nothing is lost', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const crash: TrainerCallback = {
      onStepEnd(step) {
        if (step === 3) throw new Error('my own fault');
      },
    };
    await expect(train(subjects.cyclegan, subjects.cyclegan.create(), folder, [crash])).rejects.toThrow('my own fault'); // prettier-ignore
    const { trainer } = await resumeRun(folder);
    expect(trainer.step).toBe(3);
    expect(existsSync(join(folder, 'lock.json'))).toBe(false);
    disposeOf(trainer);
  }));

describe('a damaged checkpoint', () => {
  const spoils: [string, (file: string) => Promise<void>][] = [
    ['truncated', async (file) => truncate(file, (await readFile(file)).length - 100)],
    ['empty', (file) => truncate(file, 0)],
    ...[0, 20, 500, -1, -2000].map((at): [string, (file: string) => Promise<void>] => [
      `with a bit flipped at ${at}`,
      async (file) => {
        const bytes = await readFile(file);
        bytes[at < 0 ? bytes.length + at : at]! ^= 4;
        await writeFile(file, bytes);
      },
    ]),
  ];

  /** A run of four steps, trained once. */
  let trained: Promise<string> | undefined;
  const trainedRun = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ts-cyclegan-test-'));
    await train(subjects.cyclegan, subjects.cyclegan.create(), folder, [stopAfter(4)], { sampleEvery: 100 });
    return folder;
  };
  afterAll(async () => rm(await trained!, { recursive: true, force: true }));

  test.each(spoils)('%s: the run resumes from the one before, and says so', async (_, spoil) => {
    const folder = await emptyFolder();
    await cp(await (trained ??= trainedRun()), folder, { recursive: true });
    const file = join(folder, 'checkpoints/step-00000004.safetensors');
    await spoil(file);
    const found = warnings();
    const { trainer, damaged } = await resumeRun(folder);
    expect(trainer.step).toBe(2);
    expect(damaged.map(({ path, step }) => [path, step])).toEqual([[file, 4]]);
    const reason = damaged[0]!.reason;
    expect(reason).toMatch(
      /^readCheckpoint: ".*" (is truncated or damaged|has been changed: its SHA-256 hash differs|is not a checkpoint of this library)\.|has version/,
    );
    expect(found).toEqual([
      `resumeRun: a damaged checkpoint is skipped: ${JSON.stringify(file)} (${reason}). The run resumes from step 2.`,
    ]);
    disposeOf(trainer);
  });

  test('without another one: the run starts again', async () => {
    const folder = await emptyFolder();
    await train(subjects.gan, subjects.gan.create(), folder, [stopAfter(1)]);
    await truncate(join(folder, 'checkpoints/step-00000001.safetensors'), 50);
    warnings();
    const { trainer } = await resumeRun(folder);
    expect(trainer.step).toBe(0);
    disposeOf(trainer);
  });
});

describe('a folder', () => {
  test('in which another process trains is refused', () =>
    withoutLeaks(async () => {
      const folder = await emptyFolder();
      const lock = join(folder, 'lock.json');
      const other = { pid: process.ppid, host: hostname(), id: 'x' };
      await writeFile(lock, JSON.stringify(other));
      await expect(train(subjects.gan, subjects.gan.create(), folder)).rejects.toThrow(
        `runFolder: Process ${process.ppid} on ${JSON.stringify(other.host)} is training in this run folder. Wait until it ends, ` +
          `or use another folder. If there is no such process, remove ${JSON.stringify(lock)}.`,
      );
      expect(JSON.parse(await readFile(lock, 'utf8'))).toEqual(other);
      expect(readdirSync(folder)).toEqual(['lock.json']);
    }));

  test.each([
    ['that has ended', { pid: 2 ** 22 + 1, id: 'x' }],
    ['that had the same id', { pid: process.pid, id: 'x' }],
    ['that was killed on another machine', { host: 'elsewhere', pid: 1, id: 'x' }],
  ])('of a process %s is free', async (_, holder) => {
    const folder = await emptyFolder();
    const lock = join(folder, 'lock.json');
    await writeFile(lock, JSON.stringify({ host: hostname(), ...holder }));
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, longAgo, longAgo);
    await train(subjects.gan, subjects.gan.create(), folder, [stopAfter(1)]);
    expect(existsSync(join(folder, 'lock.json'))).toBe(false);
  });

  test('in which this process trains is refused', async () => {
    const folder = await emptyFolder();
    let second: unknown;
    const nested: TrainerCallback = {
      async onStepEnd() {
        second ??= await train(subjects.gan, subjects.gan.create(), folder).catch((error: unknown) => error);
      },
    };
    await train(subjects.gan, subjects.gan.create(), folder, [nested, stopAfter(1)]);
    expect(second).toMatchObject({ code: 'BUSY' });
  });

  test('with another run is refused', async () => {
    const folder = await emptyFolder();
    await train(subjects.gan, subjects.gan.create(), folder, [stopAfter(2)]);
    const shown = JSON.stringify(folder);
    const before = await readFile(join(folder, 'config.json'), 'utf8');
    await expect(train(subjects.gan, subjects.gan.create(), folder)).rejects.toThrow(
      `runFolder: ${shown} has a run of 2 steps, this trainer has completed 0. Resume the run with resumeRun(${shown}), or use another folder.`,
    );
    await expect(train(subjects.cyclegan, subjects.cyclegan.create(), folder)).rejects.toThrow(
      `runFolder: ${shown} has a run of the algorithm "gan", this trainer runs "cyclegan". Resume the run with resumeRun(${shown}), or use another folder.`,
    );
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe(before);
  });

  test('without a run cannot be resumed', async () => {
    const folder = await emptyFolder();
    await expect(resumeRun(folder)).rejects.toThrow(
      `resumeRun: ${JSON.stringify(folder)} is not a run folder: it has no config.json. Check the path.`,
    );
    await mkdir(join(folder, 'r'));
    await writeFile(join(folder, 'r/config.json'), '{"format":"ts-cyclegan-run"}');
    const config = JSON.stringify(join(folder, 'r/config.json'));
    await expect(resumeRun(join(folder, 'r'))).rejects.toThrow(
      `resumeRun: ${config} is damaged: "version" is not valid. Restore the file from a copy.`,
    );
  });
});

test('a run with parts of your own needs the trainer', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const model = tinyCycleGAN();
    const schedule = { name: 'mine', start: { updates: 0, factor: 1 }, update: (state: never) => state };
    const own = () => new CycleGANTrainer(model, { schedule, epochs: 3, poolSize: 3 });
    const first = own();
    await subjects.cyclegan.fit(first, [stopAfter(2), runFolder(folder)]);
    first.dispose();
    const shown = JSON.stringify(folder);
    await expect(resumeRun(folder)).rejects.toThrow(
      `resumeRun: the run in ${shown} uses your own schedule, which config.json does not contain. ` +
        `Create the trainer as before, and pass it: resumeRun(${shown}, { trainer }).`,
    );
    const second = own();
    const { trainer } = await resumeRun(folder, { trainer: second });
    expect(trainer).toBe(second);
    expect(second.step).toBe(2);
    disposeOf(second);
  }));

test('options can change on resuming', async () => {
  const folder = await emptyFolder();
  await train(subjects.cyclegan, subjects.cyclegan.create(), folder, [stopAfter(2)]);
  const { trainer } = await resumeRun(folder, { changes: { epochs: 9, learningRate: 1e-3 } });
  expect(trainer.options).toMatchObject({
    epochs: 9,
    learningRate: { generator: 1e-3, discriminator: 1e-3 },
    schedule: { name: 'linear', epochs: 5, decayEpochs: 4 },
    poolSize: 3,
  });
  disposeOf(trainer);
  await expect(resumeRun(folder, { changes: { lambda: 1 } })).rejects.toThrow('CycleGANTrainer: unknown option "lambda". Did you mean "lambdaA"?'); // prettier-ignore
});

test('unknown options are refused', () => {
  expect(() => runFolder('r', { checkpointevery: 1 } as never)).toThrow('runFolder: unknown option "checkpointevery". Did you mean "checkpointEvery"?'); // prettier-ignore
  expect(() => runFolder('r', { keep: 0 })).toThrow('runFolder: option "keep" must be a whole number from 1, got 0.'); // prettier-ignore
  expect(() => runFolder('')).toThrow('runFolder: folder must be the path of a folder, got "".');
});

/** An epoch that was interrupted goes on where it was, also when images have come or gone. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import {
  CycleGANError,
  CycleGANTrainer,
  type EpochPosition,
  type CycleGANFitOptions,
  type ImageSource,
  Random,
  type TrainerState,
  unpaired,
  type UnpairedOptions,
} from 'ts-cyclegan';
import { imageFolder } from 'ts-cyclegan/node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { unpairedBatches } from '../../src/data/sampling.js';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyModel } from '../support/tiny.js';

/** An image that was shown, and the first number that it drew for its crop. */
type Shown = [name: string, draw: number];

/** A set of named images that notes what is shown of it. */
function named(names: readonly string[], shown: Shown[], broken: readonly string[] = []): ImageSource {
  return {
    names,
    length: names.length,
    get(index, random) {
      if (broken.includes(names[index]!)) throw new Error(`${names[index]} is broken`);
      shown.push([names[index]!, random.uniform()]);
      return tf.fill([8, 8, 3], (index + 1) / 10);
    },
  };
}

/** Fits one epoch from `state` on, or from the start; stops after `stopAfter` steps in all. */
async function run(
  a: ImageSource,
  b: ImageSource,
  options: CycleGANFitOptions,
  { state, stopAfter = Infinity }: { state?: TrainerState; stopAfter?: number } = {},
) {
  return withoutLeaks(async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { epochs: 1, seed: 5 });
    try {
      if (state) trainer.restore(state);
      const stop = { onStepEnd: (step: number) => void (trainer.stopTraining = step >= stopAfter) };
      const { skipped } = await trainer.fit(a, b, { ...options, callbacks: stop });
      const saved = deserialize(serialize(await trainer.state())) as TrainerState;
      return { saved, skipped, epoch: trainer.epoch };
    } finally {
      trainer.dispose();
      model.dispose();
    }
  });
}

const six = ['cat/1.png', 'cat/2.png', 'dog/1.png', 'dog/2.png', 'emu.png', 'fox.png'];

test.each<[string, CycleGANFitOptions, number]>([
  ['P: A once', {}, 2],
  ['K: both once, in batches', { length: 'min', batchSize: 2 }, 1],
])(
  '%s: resumes with the very images and draws, and reads none of those before',
  async (_, options, stopAfter) => {
    const whole: [Shown[], Shown[]] = [[], []];
    await run(named(six, whole[0]), named(six, whole[1]), options);
    const before: [Shown[], Shown[]] = [[], []];
    const first = await run(named(six, before[0]), named(six, before[1]), options, { stopAfter });
    const after: [Shown[], Shown[]] = [[], []];
    const second = await run(named(six, after[0]), named(six, after[1]), options, { state: first.saved });
    const batch = options.batchSize ?? 1;
    for (const side of [0, 1] as const) {
      expect([...before[side].slice(0, stopAfter * batch), ...after[side]]).toEqual(whole[side]);
    }
    expect([first.epoch, second.epoch]).toEqual([0, 1]);
  },
);

/** One epoch without a trainer, from `after` on; stops after `steps`. Returns where it stands. */
async function epoch(
  a: ImageSource,
  b: ImageSource,
  options: Omit<UnpairedOptions, 'random'>,
  { after, steps = Infinity }: { after?: EpochPosition | undefined; steps?: number } = {},
): Promise<EpochPosition | undefined> {
  return withoutLeaks(async () => {
    let position: EpochPosition | undefined;
    const items = unpairedBatches(a, b, options).open({ random: new Random(3), after, limit: steps });
    for await (const item of items) {
      tf.dispose(item.batch);
      position = item.position;
    }
    return position;
  });
}

describe.each<[string, Omit<UnpairedOptions, 'random'>, number]>([
  ['P: A once', {}, 2],
  ['P: A once, in the order of the names', { shuffle: false }, 2],
  ['P: in pairs', { serial: true }, 3],
  ['K: both once', { length: 'min' }, 2],
  ['K: both once, in the order of the names', { length: 'min', shuffle: false }, 3],
  ['batches', { batchSize: 2 }, 1],
])('%s', (_, options, steps) => {
  test('every step can be the last before an interruption', async () => {
    const whole: [Shown[], Shown[]] = [[], []];
    await epoch(named(six, whole[0]), named(six, whole[1]), options);
    for (let stop = 1; stop <= 6 / (options.batchSize ?? 1); stop++) {
      const shown: [Shown[], Shown[]] = [[], []];
      const [a, b] = [named(six, shown[0]), named(six, shown[1])];
      const after = await epoch(a, b, options, { steps: stop });
      await epoch(a, b, options, { after: structuredClone(after) });
      expect(shown).toEqual(whole);
    }
  });

  test.each([0, 1, 2, 3, 4, 5])(
    'without image %i of the order, every other image of A comes once',
    async (gone) => {
      const whole: Shown[] = [];
      await epoch(named(six, whole), named(six, []), options);
      const shown: Shown[] = [];
      const after = await epoch(named(six, shown), named(six, []), options, { steps });
      const lost = whole[gone]![0];
      const left = six.filter((name) => name !== lost);
      await epoch(named(left, shown), named(options.length === 'min' ? six : left, []), options, { after });
      // in the same order, cropped in the same way
      expect(shown.filter(([name]) => name !== lost)).toEqual(whole.filter(([name]) => name !== lost));
    },
  );

  test('a new image is shown once, if its turn is still to come', async () => {
    const shown: Shown[] = [];
    const after = await epoch(named(six, shown), named(six, []), options, { steps });
    const more = ['ant.png', ...six, 'gnu.png'];
    await epoch(named(more, shown), named(more, []), options, { after });
    const all = shown.map(([name]) => name);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(six));
  });
});

test('if A is the smaller set, its images are repeated as often as before', async () => {
  const names = ['1', '2', '3'];
  const whole: Shown[] = [];
  await epoch(named(names, whole), named(six, []), {});
  expect(whole).toHaveLength(6);
  for (const steps of [1, 2, 3, 4, 5]) {
    const shown: Shown[] = [];
    const after = await epoch(named(names, shown), named(six, []), {}, { steps });
    await epoch(named(names, shown), named(six, []), {}, { after });
    expect(shown).toEqual(whole);
  }
});

test('a resumed epoch replaces a broken image by the same image', async () => {
  const b = (shown: Shown[]): ImageSource => ({
    ...named(six, shown),
    onError: 'skip',
    get(index, random) {
      if (index < 4) throw new CycleGANError('INVALID_DATA', `${six[index]} is broken`);
      shown.push([six[index]!, random.uniform()]);
      return tf.zeros([8, 8, 3]);
    },
  });
  const whole: Shown[] = [];
  await epoch(named(six, []), b(whole), {});
  expect(whole).toHaveLength(6);
  for (const steps of [1, 2, 3, 4, 5]) {
    const shown: Shown[] = [];
    const after = await epoch(named(six, []), b(shown), {}, { steps });
    await epoch(named(six, []), b(shown), {}, { after });
    expect(new Set(shown.map(String))).toEqual(new Set(whole.map(String)));
    expect(shown).toHaveLength(6);
  }
});

test('files: a broken one is found in the middle of an epoch, and removed before the epoch resumes', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => {
    warnings.mockRestore();
  });
  const folder = await emptyFolder();
  const background = '#336699';
  const content = await sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer();
  for (let i = 0; i < 7; i++)
    await writeFile(join(folder, `${i}.png`), i === 3 ? content.subarray(0, 50) : content);

  const shown: string[] = [];
  const open = (): ImageSource => {
    const source = imageFolder(folder, { mode: 'none', onError: 'skip' });
    return {
      names: source.names,
      length: source.length,
      onError: source.onError,
      get(index, random) {
        if (index !== 3 || source.length < 7) shown.push(source.names[index]!); // in the order of the epoch
        return source.get(index, random);
      },
    };
  };
  const other = named(['b'], []);
  let state: TrainerState | undefined;
  const skipped: string[] = [];
  const trained: string[] = [];
  for (const stopAfter of [2, 4, 5]) {
    const result = await run(open(), other, {}, { ...(state && { state }), stopAfter });
    state = result.saved;
    trained.push(...shown.splice(0).slice(0, stopAfter - trained.length)); // the next images were prepared, too
    skipped.push(...result.skipped.a);
  }
  if (skipped.length > 0) await rm(join(folder, '3.png'));
  const last = await run(open(), other, {}, { state: state! });
  expect(last.epoch).toBe(1);
  expect(new Set([...skipped, ...last.skipped.a])).toEqual(new Set(['3.png'])); // each fit may have read ahead to it
  expect([...trained, ...shown].sort()).toEqual(['0.png', '1.png', '2.png', '4.png', '5.png', '6.png']);
});

test('an error that is not about the image is never skipped', async () => {
  const failing: ImageSource = { ...named(six, [], ['emu.png']), onError: 'skip' };
  await expect(epoch(failing, named(six, []), {})).rejects.toThrow('emu.png is broken');
});

test('an image whose size the networks do not accept is named', async () => {
  const odd: ImageSource = { ...named(['x.png'], []), get: () => tf.zeros([8, 10, 3]) };
  await expect(run(odd, named(['y.png'], []), {})).rejects.toThrow(
    'CycleGANTrainer.trainStep: the width of the images must be a multiple of 4, got 10. Resize or crop them, to 12 for example. The images are "x.png" of a and "y.png" of b.',
  );
});

test('there must be one unique name for each image', () => {
  const source = (names: string[]): ImageSource => ({ ...named(six, []), names });
  const open = (names: string[]) => () => unpaired(source(names), source(six), { random: new Random(1) });
  expect(open(six.slice(1))).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: unpaired: a must have one unique name for each of its 6 images, got 5 names, 5 of them unique.]`,
  );
  expect(open([...six.slice(1), 'emu.png'])).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: unpaired: a must have one unique name for each of its 6 images, got 6 names, 5 of them unique.]`,
  );
});

test('a state whose position is damaged is refused', async () => {
  const { saved } = await run(named(six, []), named(six, []), {}, { stopAfter: 1 });
  const damaged =
    'is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays.';
  for (const [position, fault] of [
    [{ a: 'cat/1.png' }, `a ${damaged}`],
    [{ a: { name: 'cat/1.png', round: -1 } }, 'a.round must be a whole number from 0, got -1.'],
    [{ a: { name: 3, round: 0 } }, `a.name ${damaged}`],
  ] as const) {
    const state = { ...saved, running: { ...saved.running!, position: position as never } };
    await expect(run(named(six, []), named(six, []), {}, { state })).rejects.toThrow(
      `CycleGANTrainer.restore: running.position.${fault}`,
    );
  }
});

test('orders are uniform: each image is first equally often, and no seed repeats another', async () => {
  const firsts = new Map<string, number>();
  const orders = new Set<string>();
  await withoutLeaks(async () => {
    for (let seed = 0; seed < 600; seed++) {
      const shown: Shown[] = [];
      const options = { random: new Random(seed), length: 'min' } as const;
      for await (const pair of unpaired(named(six, shown), named(six, []), options)) tf.dispose(pair);
      firsts.set(shown[0]![0], (firsts.get(shown[0]![0]) ?? 0) + 1);
      orders.add(shown.map(([name]) => name).join());
    }
  });
  for (const name of six) expect(Math.abs(firsts.get(name)! - 100)).toBeLessThan(37); // four deviations
  expect(orders.size).toBeGreaterThan(360); // of 720 orders, 600 draws give about 407
});

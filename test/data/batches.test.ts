/** Paired and single sets, and every kind of epoch as training reads it: order, resume, labels, refusals. */
import * as tf from '@tensorflow/tfjs';
import {
  CycleGANError,
  type Images,
  type ImageSource,
  paired,
  type PairSource,
  Random,
  single,
} from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';
import type { Batches, EpochItem } from '../../src/data/batches.js';
import { pairedBatches } from '../../src/data/paired.js';
import { unpairedBatches } from '../../src/data/sampling.js';
import { singleBatches } from '../../src/data/single.js';
import { withoutLeaks } from '../support/leaks.js';

const numbers = (length: number) => Array.from({ length }, (_, i) => i);
/** An image of one pixel that holds `value` and a draw. */
const pixel = (value: number, draw = 0): tf.Tensor3D => tf.tensor3d([value, draw], [1, 1, 2]);

interface Settings {
  sign?: 1 | -1;
  read?: string[];
  broken?: string[];
  names?: string[];
}
/** Images with names, each with a draw of its own; what is read is noted. */
function named(names: string[], { sign = 1, read = [], broken = [] }: Settings = {}): ImageSource {
  return {
    length: names.length,
    names,
    onError: 'skip',
    get: (index, random) => {
      read.push(names[index]!);
      if (broken.includes(names[index]!))
        throw new CycleGANError('INVALID_DATA', `${names[index]!} is broken`);
      return pixel(sign * (index + 1), random.uniform());
    },
  };
}
const namesOf = (length: number) => numbers(length).map((i) => `${i}.png`);

/** All items as plain values. */
async function collect(items: AsyncIterable<EpochItem>, most = Infinity) {
  const all: {
    values: Record<string, number[]>;
    names: Record<string, string[]>;
    position: EpochItem['position'];
  }[] = [];
  if (most === 0) return all;
  for await (const { batch, names, position } of items) {
    const values: Record<string, number[]> = {};
    for (const [name, t] of Object.entries(batch)) values[name] = [...(await t.data())];
    tf.dispose(batch);
    all.push({ values, names, position });
    if (all.length >= most) break;
  }
  return all;
}

type Make = (settings: Settings) => Batches;
const kinds: [string, Make][] = [
  ['unpaired', ({ read, broken, names = namesOf(7) }) => unpairedBatches(named(names, { read: read!, broken: broken! }), named(namesOf(5)), { batchSize: 2 })],
  ['paired', ({ read, broken, names = namesOf(7) }) => pairedBatches(named(names, { read: read!, broken: broken! }), named(names, { sign: -1 }), { batchSize: 2 })],
  ['single', ({ read, broken, names = namesOf(7) }) => singleBatches(named(names, { read: read!, broken: broken! }), { batchSize: 2, labels: names.map((_, i) => 10 * i) })],
]; // prettier-ignore

describe.each(kinds)('an epoch of %s sets', (kind, make) => {
  const open = (batches: Batches, options: object = {}) =>
    batches.open({ random: new Random(3), ...options });

  test('is the same for the same seed; with the announced count of batches, the last one smaller', () =>
    withoutLeaks(async () => {
      const batches = make({ read: [], broken: [] });
      const first = await collect(open(batches));
      expect(first).toHaveLength(4);
      expect(batches.length).toBe(4);
      expect(first.map(({ names }) => Object.values(names)[0]!.length)).toEqual([2, 2, 2, 1]);
      expect(Object.keys(first[0]!.names)).toEqual(batches.sets);
      expect(await collect(open(batches))).toEqual(first);
      expect(await collect(batches.open({ random: new Random(4) }))).not.toEqual(first);
    }));

  test('resumes after any batch with the same images and draws, and reads none that was shown', () =>
    withoutLeaks(async () => {
      const whole = await collect(open(make({ read: [], broken: [] })));
      for (let done = 1; done < 4; done++) {
        const read: string[] = [];
        const rest = await collect(open(make({ read, broken: [] }), { after: whole[done - 1]!.position }));
        expect(rest).toEqual(whole.slice(done));
        const shown = whole.slice(done).flatMap(({ names }) => Object.values(names)[0]!);
        expect(read).toEqual(shown);
      }
      expect(await collect(open(make({ read: [], broken: [] }), { after: whole[3]!.position }))).toEqual([]);
    }));

  test('ends at a limit and reads nothing after it; leaving early leaks nothing', () =>
    withoutLeaks(async () => {
      const read: string[] = [];
      const batches = make({ read, broken: [] });
      expect(await collect(open(batches, { limit: 2 }))).toHaveLength(2);
      expect(read).toHaveLength(4);
      expect(await collect(open(batches), 1)).toHaveLength(1);
    }));

  test('skips images that cannot be read, and reports them', () =>
    withoutLeaks(async () => {
      const skipped: string[] = [];
      const items = open(make({ read: [], broken: ['2.png'] }), {
        onSkip: (set: string, name: string) => skipped.push(`${set} ${name}`),
      });
      const shown = (await collect(items)).flatMap(({ names }) => Object.values(names)[0]!);
      expect([...shown].sort()).toEqual(namesOf(7).filter((name) => name !== '2.png'));
      const sets = { unpaired: ['a'], paired: ['input', 'target'], single: ['images'] }[kind]!;
      expect(skipped).toEqual(sets.map((set) => `${set} 2.png`));
    }));
});

describe('pairs', () => {
  test('of two sets: image i with image i, the same draws for both, each once', () =>
    withoutLeaks(async () => {
      const items = await collect(pairedBatches(named(namesOf(6)), named(namesOf(6), { sign: -1 })).open({ random: new Random(1) }));
      const inputs = items.map(({ values }) => values.input!);
      expect(items.map(({ values }) => values.target)).toEqual(inputs.map(([value, draw]) => [-value!, draw]));
      expect(new Set(inputs.map(([, draw]) => draw)).size).toBe(6);
      expect(inputs.map(([value]) => value).sort()).toEqual([1, 2, 3, 4, 5, 6]);
      expect(inputs.map(([value]) => value)).not.toEqual([1, 2, 3, 4, 5, 6]);
    })); // prettier-ignore

  test('of arrays, in order if not shuffled, and of iterables in their own order', () =>
    withoutLeaks(async () => {
      const [inputs, targets] = [[pixel(1), pixel(2)], [pixel(-1), pixel(-2)]]; // prettier-ignore
      const stream = (sign: number): Images => ({
        *[Symbol.iterator]() {
          for (const value of [1, 2]) yield pixel(sign * value);
        },
      });
      for (const [a, b] of [[inputs, targets], [stream(1), stream(-1)]] as const) {
        const pairs: number[][] = [];
        for await (const [input, target] of paired(a, b, { random: new Random(1), shuffle: false })) {
          pairs.push([input.dataSync()[0]!, target.dataSync()[0]!]);
          tf.dispose([input, target]);
        }
        expect(pairs).toEqual([[1, -1], [2, -2]]);
      }
      tf.dispose([inputs, targets]);
    })); // prettier-ignore

  const failure = async (run: () => unknown): Promise<string> => {
    try {
      const pairs = run() as AsyncIterable<tf.Tensor[]>;
      for await (const pair of pairs) tf.dispose(pair);
      return 'no error';
    } catch (error) {
      return `${(error as CycleGANError).code}: ${(error as Error).message}`;
    }
  };
  const random = new Random(1);
  const stream = (count: number): Images => ({
    *[Symbol.iterator]() {
      for (let i = 0; i < count; i++) yield pixel(i);
    },
  });
  const large: ImageSource = { length: 2, names: ['0.jpg', '1.jpg'], get: () => tf.zeros([2, 1, 1]) };
  const set: PairSource = { pairs: true, length: 1, get: () => [pixel(1), pixel(1)] };

  test.each<[string, () => unknown, string]>([
    ['other counts', () => paired(named(namesOf(2)), named(namesOf(3)), { random }), 'INVALID_DATA: paired: input and target must have the same number of images, got 2 and 3. Remove images without a partner.'],
    ['other names', () => paired(named(['a.png', 'b.png']), named(['a.jpg', 'c.png']), { random }), 'INVALID_DATA: paired: images of a pair must have the same name, got "b.png" of input and "c.png" of target. Rename or remove images without a partner.'],
    ['other sizes', () => paired(named(namesOf(2)), large, { random, shuffle: false }), 'INVALID_DATA: paired: pairs must have at least one image that can be read, got none among 2. The last error was: paired: both images of a pair must have the same size, got [1, 1] and [2, 1] of "1.png" and "1.jpg". Resize or crop them.'],
    ['streams of other lengths', () => paired(stream(2), stream(1), { random }), 'INVALID_DATA: paired: input and target must have the same number of images, and at least one, but target ended after 1.'],
    ['empty streams', () => paired(stream(0), stream(0), { random }), 'INVALID_DATA: paired: input and target must have the same number of images, and at least one, but input and target ended after 0.'],
    ['a stream beside a folder', () => paired(named(namesOf(2)), stream(2), { random }), 'INVALID_ARGUMENT: paired: input and target must be of the same kind, got an array or folder and an iterable or dataset. Pass two arrays or folders, or two iterables or datasets.'],
    ['one set of images alone', () => paired(named(namesOf(2)) as never, { random }), 'INVALID_ARGUMENT: paired: expected one set of pairs, or two sets of images, got only an object.'],
    ['pairs and images', () => paired(set as never, named(namesOf(2)), { random }), 'INVALID_ARGUMENT: paired: expected one set of pairs, or two sets of images, got a set of pairs and another set.'],
    ['an unknown option', () => paired(set, { random, serial: true } as never), 'UNKNOWN_OPTION: paired: unknown option "serial". Known: random, shuffle, batchSize.'],
    ['no random', () => paired(set, {} as never), 'INVALID_OPTION: paired: option "random" must be a Random, got undefined.'],
  ])('%s: refused', (_, run, message) =>
    withoutLeaks(async () => {
      expect(await failure(run)).toBe(message);
    }),
  ); // prettier-ignore
});

describe('one set', () => {
  test('labels stay with their images', () =>
    withoutLeaks(async () => {
      const labels = Int32Array.from(numbers(7), (i) => 10 * (i + 1));
      const images = named(namesOf(7));
      let count = 0;
      for await (const { images: x, labels: y } of single(images, {
        random: new Random(1),
        labels,
        batchSize: 3,
      })) {
        expect([y!.dtype, y!.shape]).toEqual(['int32', [x.shape[0]]]);
        const [values, classes] = [[...x.dataSync()].filter((_, i) => i % 2 === 0), [...y!.dataSync()]];
        expect(classes).toEqual(values.map((value) => 10 * value));
        count += classes.length;
        tf.dispose([x, y!]);
      }
      expect(count).toBe(7);
    }));

  test('of iterables comes in its own order, without position or names', () =>
    withoutLeaks(async () => {
      const images: Images = { *[Symbol.iterator]() { for (const i of [3, 1, 2]) yield pixel(i); } }; // prettier-ignore
      const batches = singleBatches(images);
      expect(batches.length).toBeUndefined();
      expect(await collect(batches.open({ random: new Random(1) }))).toEqual(
        [3, 1, 2].map((i) => ({ values: { images: [i, 0] }, names: { images: [] }, position: undefined })),
      );
    }));

  test.each<[object, Images | undefined, string]>([
    [{ labels: [0] }, undefined, 'single: option "labels" must have one class for each of the 2 images, got 1.'],
    [{ labels: [0, 1.5] }, undefined, 'single: option "labels" must be whole numbers from 0, got 1.5 for image 1.'],
    [{ labels: 3 }, undefined, 'single: option "labels" must be an array with one class for each image, got 3.'],
    [{ labels: [0, -1] }, undefined, 'single: option "labels" must be whole numbers from 0, got -1 for image 1.'],
    [{ labels: [0] }, new Set<tf.Tensor>(), 'single: option "labels" requires an array or a folder of images, got an iterable or dataset.'],
    [{ batchSize: 0 }, undefined, 'single: option "batchSize" must be a whole number from 1, got 0.'],
  ])('%j is refused at once', (options, images, message) => {
    expect(() => singleBatches(images ?? named(namesOf(2)), options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message }),
    );
  }); // prettier-ignore
});

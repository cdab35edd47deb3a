import * as tf from '@tensorflow/tfjs';
import { type Images, type ImageSource, Random, unpaired, type UnpairedOptions } from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';

/** An image of one pixel that holds its number. */
const image = (number: number): tf.Tensor3D => tf.fill([1, 1, 1], number);
const numbers = (length: number) => Array.from({ length }, (_, i) => i);

const source = (length: number): ImageSource => ({ length, get: (index) => image(index) });
const iterable = (length: number): Iterable<tf.Tensor> => ({
  *[Symbol.iterator]() {
    for (let i = 0; i < length; i++) yield image(i);
  },
});

/** One epoch as numbers: of each pair of batches, the images of A and those of B. */
async function epoch(
  a: Images,
  b: Images,
  options: Partial<UnpairedOptions> = {},
): Promise<[number[], number[]][]> {
  const pairs: [number[], number[]][] = [];
  for await (const [x, y] of unpaired(a, b, { random: new Random(7), ...options })) {
    pairs.push([Array.from(x.dataSync()), Array.from(y.dataSync())]);
    tf.dispose([x, y]);
  }
  return pairs;
}

const countsOf = (values: number[], length: number) =>
  numbers(length).map((i) => values.filter((value) => value === i).length);

describe('max, as in PyTorch', () => {
  test('each image of the larger set once; A is repeated as often as needed', () =>
    withoutLeaks(async () => {
      const pairs = await epoch(source(3), source(7));
      const order = pairs.flatMap(([a]) => a);
      expect(countsOf(order, 3)).toEqual([3, 2, 2]); // 7 places modulo 3
      expect(order).not.toEqual([0, 1, 2, 0, 1, 2, 0]);
      const larger = await epoch(source(7), source(3));
      expect(
        countsOf(
          larger.flatMap(([a]) => a),
          7,
        ),
      ).toEqual(Array(7).fill(1));
    }));

  test('B is drawn at random, with repeats', () =>
    withoutLeaks(async () => {
      const drawn = (await epoch(source(400), source(4))).flatMap(([, b]) => b);
      for (const count of countsOf(drawn, 4)) expect(Math.abs(count - 100)).toBeLessThan(35); // 4 deviations
      const all = (await epoch(source(40), source(40))).flatMap(([, b]) => b);
      expect(new Set(all).size).toBeLessThan(35); // a permutation would have all 40
    }));

  test('serial: image i of A with image i of B, shuffled or not', () =>
    withoutLeaks(async () => {
      expect(await epoch(source(2), source(3), { serial: true, shuffle: false })).toEqual([
        [[0], [0]],
        [[1], [1]],
        [[0], [2]],
      ]);
      const shuffled = await epoch(source(9), source(9), { serial: true });
      for (const [a, b] of shuffled) expect(a).toEqual(b);
      expect(shuffled.map(([[a]]) => a)).not.toEqual(numbers(9));
    }));
});

describe('min, as in Keras', () => {
  test('both shuffled, no image twice', () =>
    withoutLeaks(async () => {
      const pairs = await epoch(source(9), source(5), { length: 'min' });
      const [a, b] = [pairs.flatMap(([x]) => x), pairs.flatMap(([, y]) => y)];
      expect([...b].sort()).toEqual(numbers(5));
      expect(b).not.toEqual(numbers(5));
      expect(new Set(a).size).toBe(5);
      expect(Math.max(...a)).toBeGreaterThan(4); // not only the first five
    }));

  test('in order without shuffle', () =>
    withoutLeaks(async () => {
      const pairs = await epoch(source(3), source(2), { length: 'min', shuffle: false });
      expect(pairs).toEqual([
        [[0], [0]],
        [[1], [1]],
      ]);
    }));
});

describe('sets of unknown length', () => {
  test('max: the one that ends first starts again', () =>
    withoutLeaks(async () => {
      const pairs = await epoch(iterable(2), iterable(5));
      expect(pairs.map(([[a], [b]]) => [a, b])).toEqual([
        [0, 0],
        [1, 1],
        [0, 2],
        [1, 3],
        [0, 4],
      ]);
      expect(await epoch(iterable(5), iterable(2))).toHaveLength(5);
      expect(await epoch(iterable(3), iterable(3))).toHaveLength(3);
    }));

  test('min: the first end ends it', () =>
    withoutLeaks(async () => {
      expect(await epoch(iterable(2), iterable(5), { length: 'min' })).toHaveLength(2);
      expect(await epoch(iterable(5), iterable(2), { length: 'min' })).toHaveLength(2);
    }));

  test('datasets of tfjs, together with a folder', () =>
    withoutLeaks(async () => {
      const dataset = tf.data.generator(function* () {
        for (let i = 0; i < 3; i++) yield image(i);
      });
      const pairs = await epoch(dataset as Images, source(5));
      expect(pairs.flatMap(([a]) => a)).toEqual([0, 1, 2, 0, 1]);
      expect(pairs.flatMap(([, b]) => b).sort()).toEqual(numbers(5));
    }));

  test('streams that can be read only once are detected', () =>
    withoutLeaks(async () => {
      const once = iterable(2)[Symbol.iterator]() as IterableIterator<tf.Tensor>;
      await expect(epoch(once, iterable(3))).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: unpaired: a ended first and was empty when read again. Pass images that can be read more than once (an array, a dataset, or an object that creates iterators), or length "min".]`,
      );
      const twin = () => iterable(3)[Symbol.iterator]() as IterableIterator<tf.Tensor>;
      expect(await epoch(twin(), twin())).toHaveLength(3); // both end together: nothing has to start again
    }));
});

test('batches; the last one is smaller', () =>
  withoutLeaks(async () => {
    const pairs = await epoch(source(5), source(5), { length: 'min', shuffle: false, batchSize: 2 });
    expect(pairs.map(([a]) => a)).toEqual([[0, 1], [2, 3], [4]]);
  }));

test('batches are not changed', () =>
  withoutLeaks(async () => {
    const batch = tf.tensor4d([1, 2], [2, 1, 1, 1]);
    for await (const [a, b] of unpaired([batch], [batch], { random: new Random(1) })) {
      expect([a.shape, b.shape]).toEqual([
        [2, 1, 1, 1],
        [2, 1, 1, 1],
      ]);
      tf.dispose([a, b]);
    }
    expect(batch.isDisposed).toBe(false);
    batch.dispose();
  }));

test('tensors in an array stay the caller’s', () =>
  withoutLeaks(async () => {
    const [a, b] = [[image(1), image(2)], [image(3)]];
    expect((await epoch(a, b, { shuffle: false })).map(([[x], [y]]) => [x, y])).toEqual([
      [1, 3],
      [2, 3],
    ]);
    expect([...a, ...b].every((x) => !x.isDisposed)).toBe(true);
    tf.dispose([a, b]);
  }));

test('the same seed gives the same epoch; one value is drawn from the caller’s stream, however far the epoch goes', () =>
  withoutLeaks(async () => {
    expect(await epoch(source(9), source(8))).toEqual(await epoch(source(9), source(8)));
    expect(await epoch(source(9), source(8), { random: new Random(8) })).not.toEqual(
      await epoch(source(9), source(8)),
    );
    const [short, long] = [new Random(3), new Random(3)];
    await epoch(source(2), source(2), { random: short });
    await epoch(source(20), source(20), { random: long });
    expect(short.state()).toEqual(long.state());
  }));

test('crops do not depend on which image is read faster', () =>
  withoutLeaks(async () => {
    const drawing = (delay: number): ImageSource => ({
      length: 3,
      async get(_, random) {
        await new Promise((resolve) => setTimeout(resolve, delay));
        return image(random.index(1000));
      },
    });
    expect(await epoch(drawing(0), drawing(2))).toEqual(await epoch(drawing(2), drawing(0)));
  }));

describe('leaves nothing behind', () => {
  test('when the consumer stops early', () =>
    withoutLeaks(async () => {
      for (const make of [source, iterable]) {
        for await (const pair of unpaired(make(5), make(5), { random: new Random(1), batchSize: 2 })) {
          tf.dispose(pair);
          break;
        }
      }
    }));

  test('when an image cannot be read', () =>
    withoutLeaks(async () => {
      const broken: ImageSource = {
        length: 3,
        get: (index) => (index === 2 ? Promise.reject(new Error('broken')) : image(index)),
      };
      const options = { shuffle: false, length: 'min', batchSize: 3 } as const;
      await expect(epoch(source(3), broken, options)).rejects.toThrow('broken');
      await expect(epoch(broken, iterable(3), options)).rejects.toThrow('broken');
    }));

  test('when sizes differ within a batch', () =>
    withoutLeaks(async () => {
      const mixed: ImageSource = { length: 2, get: (index) => tf.zeros([4 + index, 4, 3]) };
      await expect(
        epoch(mixed, source(2), { shuffle: false, batchSize: 2 }),
      ).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: unpaired: images of one batch must have the same size, got [4, 4, 3] and [5, 4, 3] from a. Resize or crop them, or use batchSize 1.]`,
      );
    }));

  test('when a tensor is not an image', () =>
    withoutLeaks(async () => {
      const flat: ImageSource = { length: 1, get: () => tf.zeros([4, 4]) as unknown as tf.Tensor3D };
      await expect(epoch(source(1), flat)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: unpaired: b must consist of tensors [h, w, c] or [n, h, w, c], got shape [4, 4].]`,
      );
      const none = { length: 1, get: () => 'zebra' } as unknown as ImageSource;
      await expect(epoch(source(1), none)).rejects.toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: unpaired: b must consist of tensors [h, w, c] or [n, h, w, c], got "zebra".]`,
      );
    }));
});

test('empty sets are refused: at once where that can be known', async () => {
  expect(() => unpaired(source(0), source(1), { random: new Random(1) })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: unpaired: a must have at least one image, got none.]`,
  );
  expect(() => unpaired(source(1), [], { random: new Random(1) })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: unpaired: b must have at least one image, got none.]`,
  );
  await withoutLeaks(async () => {
    await expect(epoch(iterable(0), iterable(2))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: unpaired: a must have at least one image, got none. A generator can be read only once. Pass an array, a dataset, or an object that creates iterators.]`,
    );
  });
});

test('bad arguments are refused at once', () =>
  withoutLeaks(() => {
    const x = tf.zeros([1, 8, 8, 3]);
    const call = (a: unknown, options: object) => () =>
      unpaired(a as Images, source(1), { random: new Random(1), ...options });
    expect(call(x, {})).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: unpaired: a must be a folder of images, an array or (async) iterable of tensors, or a tf.data.Dataset, got a Tensor. Put it into an array, or split it with tf.unstack.]`,
    );
    expect(call('horses', {})).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: unpaired: a must be a folder of images, an array or (async) iterable of tensors, or a tf.data.Dataset, got "horses". imageFolder of ts-cyclegan/node reads a folder.]`,
    );
    expect(call(source(1), { batchsize: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: unpaired: unknown option "batchsize". Did you mean "batchSize"?]`,
    );
    expect(call(source(1), { batchSize: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: unpaired: option "batchSize" must be a whole number from 1, got 0.]`,
    );
    expect(call(source(1), { random: 7 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: unpaired: option "random" must be a Random, got 7.]`,
    );
    x.dispose();
  }));

import { readFileSync } from 'node:fs';
import {
  planPreprocess,
  type PreprocessOptions,
  preprocessSize,
  Random,
  type RandomSource,
} from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';

const path = new URL('../golden/cases/p-preprocess-sizes.json', import.meta.url);
const { sizes } = JSON.parse(readFileSync(path, 'utf8')) as {
  sizes: {
    mode: NonNullable<PreprocessOptions['mode']>;
    size: [number, number];
    load_size: number;
    crop_size: number;
    result: [number, number] | null;
  }[];
};

test.each(sizes)('$mode: $size, load $load_size, crop $crop_size -> $result', (row) => {
  const { mode, size, load_size: loadSize, crop_size: cropSize, result } = row;
  const [width, height] = size;
  const after = () => preprocessSize({ mode, loadSize, cropSize }, [height, width]);
  if (result) expect(after()).toEqual([result[1], result[0]]);
  else expect(after).toThrow(`got ${height}×${width}. Remove the image`);
});

/** Draws what it is told to, and takes note of what it was asked for. */
class Scripted implements RandomSource {
  readonly asked: number[] = [];
  constructor(
    private readonly share: number, // of the largest possible draw
    private readonly chance: number,
  ) {}
  uniform() {
    return this.chance;
  }
  index(below: number) {
    this.asked.push(below);
    return Math.floor(this.share * (below - 1));
  }
}

test('defaults of PyTorch and Keras for training: 286, a random crop of 256, every second image mirrored', () => {
  const random = new Scripted(1, 0.49);
  expect(planPreprocess({ convention: 'pytorch' }, [300, 400], random)).toEqual({
    resize: [286, 286],
    filter: 'bicubic',
    crop: [30, 30, 256, 256],
    flip: 'last',
  });
  expect(random.asked).toEqual([31, 31]);
  expect(planPreprocess({}, [256, 256], new Scripted(0, 0.49))).toEqual({
    resize: [286, 286],
    filter: 'bilinear',
    crop: [0, 0, 256, 256],
    flip: 'first',
  });
  expect(planPreprocess({}, [286, 286], new Scripted(0, 0.5))).toMatchObject({ resize: null, flip: false });
});

test('defaults of PyTorch and Keras for testing: 256, nothing random', () => {
  const plan = { resize: [256, 256], crop: null, flip: false };
  for (const convention of ['keras', 'pytorch'] as const) {
    expect(planPreprocess({ convention, training: false }, [300, 400], new Scripted(1, 0))).toMatchObject(
      plan,
    );
  }
  // Where P would still crop at random, the middle is taken.
  expect(
    planPreprocess({ training: false, mode: 'crop', cropSize: 4 }, [9, 11], new Scripted(1, 0)).crop,
  ).toEqual([2, 3, 4, 4]);
});

test('loadSize stays in proportion to cropSize unless it is given', () => {
  expect(planPreprocess({ cropSize: 128 }, [9, 9], new Scripted(0, 1)).resize).toEqual([143, 143]);
  expect(planPreprocess({ cropSize: 128, loadSize: 200 }, [9, 9], new Scripted(0, 1)).resize).toEqual([
    200, 200,
  ]);
});

test('a crop taller than the image starts at its top and reaches beyond', () => {
  const random = new Scripted(1, 1);
  const plan = planPreprocess({ mode: 'crop', cropSize: 256 }, [200, 300], random);
  expect(plan.crop).toEqual([0, 44, 256, 256]);
  expect(random.asked).toEqual([45, 1]);
});

test('crops and flips are uniform: each position and side occurs', () => {
  const random = new Random(1);
  const places = new Set<string>();
  let flips = 0;
  for (let i = 0; i < 1000; i++) {
    const { crop, flip } = planPreprocess({ loadSize: 10, cropSize: 8, flip: 0.25 }, [20, 20], random);
    places.add(`${crop?.[0]} ${crop?.[1]}`);
    if (flip) flips++;
  }
  expect(places.size).toBe(9);
  expect(Math.abs(flips - 250)).toBeLessThan(55); // four standard deviations
});

describe('sizes that depend on the image are multiples of 4, which the networks take', () => {
  const planned = (options: PreprocessOptions, size: [number, number]) =>
    planPreprocess({ convention: 'pytorch', ...options }, size, new Scripted(1, 1));

  test.each<[PreprocessOptions, size: [number, number], resize: [number, number] | null]>([
    // P gives 286 × floor(286 · 300 / 200) = 429 and so on, of which its networks take every fourth
    [{ mode: 'scale_width' }, [300, 200], [428, 288]],
    [{ mode: 'scale_width', loadSize: 62, cropSize: 48 }, [100, 100], [64, 64]], // 62 is halfway: as Python rounds
    [{ mode: 'scale_width', loadSize: 30, cropSize: 8 }, [50, 60], [24, 32]], // 25 × 30
    [{ mode: 'scale_width', loadSize: 64, cropSize: 48 }, [90, 64], [88, 64]], // P leaves it alone
    [{ mode: 'scale_width', loadSize: 64, cropSize: 48 }, [96, 64], null],
    [{ mode: 'crop', cropSize: 64 }, [61, 50], [60, 48]], // smaller than the crop: P leaves it alone
    [{ mode: 'crop', cropSize: 64 }, [60, 48], null],
    [{ mode: 'scale_width_and_crop', loadSize: 42, cropSize: 45 }, [45, 42], [44, 40]],
  ])('%o of %o', (options, size, resize) => {
    expect(planned(options, size)).toEqual({ resize, filter: 'bicubic', crop: null, flip: false });
  });

  test('sizes that the options fix are not rounded', () => {
    expect(planned({ mode: 'crop', cropSize: 50 }, [61, 70])).toMatchObject({
      resize: null,
      crop: [11, 20, 50, 50],
    });
    expect(planned({ loadSize: 50, cropSize: 50 }, [61, 70])).toMatchObject({ resize: [50, 50], crop: null });
    expect(planned({ mode: 'scale_width_and_crop', loadSize: 50, cropSize: 40 }, [61, 70])).toMatchObject({
      resize: [43, 50],
      crop: [3, 10, 40, 40],
    });
  });

  test('where nothing is left, the mode is named', () => {
    for (const mode of ['crop', 'none'] as const) {
      expect(() => planned({ mode }, [1, 100])).toThrow(
        `preprocessing: mode "${mode}" rounds sizes to multiples of 4, so images must have at least 3 pixels per side, ` +
          'got 1×100. Remove the image, or choose another mode.',
      );
    }
  });
});

test('bad options are refused', () => {
  const plan = (options: object) => () => planPreprocess(options, [8, 8], new Random(1));
  expect(plan({ cropsize: 8 })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: planPreprocess: unknown option "cropsize". Did you mean "cropSize"?]`,
  );
  expect(plan({ cropSize: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: planPreprocess: option "cropSize" must be a whole number from 1, got 0.]`,
  );
  expect(plan({ flip: 1.5 })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: planPreprocess: option "flip" must be a number from 0 to 1, got 1.5.]`,
  );
  expect(plan({ mode: 'resize' })).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: planPreprocess: option "mode" must be one of "resize_and_crop", "crop", "scale_width", "scale_width_and_crop", "none", got "resize".]`,
  );
  expect(() => planPreprocess({ mode: 'none' }, [2, 100], new Random(1))).toThrowErrorMatchingInlineSnapshot(
    `[CycleGANError: preprocessing: mode "none" rounds sizes to multiples of 4, so images must have at least 3 pixels per side, got 2×100. Remove the image, or choose another mode.]`,
  );
});

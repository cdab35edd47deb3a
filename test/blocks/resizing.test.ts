import * as tf from '@tensorflow/tfjs';
import { downsample, type InstanceNormalization, LeakyReLU, upsample } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { modelOf, imageThrough, weightsOf } from '../support/blocks.js';
import { withoutLeaks } from '../support/leaks.js';
import { convolve, convolveTransposed } from '../support/plain-convolution.js';

const bare = { filters: 1, norm: null, activation: null } as const;
const kernels = {
  3: [[1, 2, -1], [0, 3, 0.5], [-2, 4, 1]],
  4: [[1, 2, -1, 0], [0, 3, 0.5, 2], [-2, 4, 1, 1], [0.25, -1, 5, 2]],
}; // prettier-ignore
const even = [[1, -2, 4, 3], [0, 5, -1, 2]]; // prettier-ignore
const odd = [[1, -2, 4, 3, 6], [0, 5, -1, 2, -2], [7, 1, 1, -3, 3]]; // prettier-ignore
type Pair = [number, number];

describe('downsample', () => {
  it.each([
    ['kernel 3, even sizes', 3, even, [0, 1]],
    ['kernel 3, odd sizes', 3, odd, [1, 1]],
    ['kernel 4, even sizes', 4, even, [1, 1]],
  ] as const)('pads as TensorFlow by default: %s', (_, kernelSize, image, zeros) =>
    withoutLeaks(async () => {
      const y = await imageThrough((x) => downsample(x, { ...bare, kernelSize }), kernels[kernelSize], image);
      expect(y).toEqual(convolve(image, kernels[kernelSize], [2, 2], zeros as unknown as Pair));
    }),
  );

  it.each([
    ['kernel 3, even sizes', 3, even, 2],
    ['kernel 3, odd sizes', 3, odd, 2],
    ['kernel 4', 4, even, 2],
    ['kernel 4, stride 1', 4, odd, 1],
  ] as const)('pads as PyTorch where padding is a number: %s', (_, kernelSize, image, strides) =>
    withoutLeaks(async () => {
      const block = (x: tf.SymbolicTensor) => downsample(x, { ...bare, kernelSize, strides, padding: 1 });
      const y = await imageThrough(block, kernels[kernelSize], image);
      expect(y).toEqual(convolve(image, kernels[kernelSize], [strides, strides], [1, 1]));
    }),
  );

  it('strides by [height, width], and pads not at all where valid', () =>
    withoutLeaks(async () => {
      const block = (x: tf.SymbolicTensor) => downsample(x, { ...bare, strides: [1, 2], padding: 'valid' });
      expect(await imageThrough(block, kernels[3], odd)).toEqual(convolve(odd, kernels[3], [1, 2], [0, 0]));
    }));
});

describe('upsample', () => {
  const sizes = (image: number[][], by: number): Pair => [by * image.length, by * image[0]!.length];

  it.each([
    ['as TensorFlow by default, kernel 3', 3, 2, undefined, 0],
    ['as TensorFlow by default, kernel 4', 4, 2, undefined, 1],
    ['as PyTorch with padding 1, kernel 3', 3, 2, 1, 1],
    ['as PyTorch with padding 1, kernel 4', 4, 2, 1, 1],
    ['as PyTorch with padding 0, kernel 4', 4, 2, 0, 0],
    ['as PyTorch with padding 1, kernel 4, stride 3', 4, 3, 1, 1],
  ] as const)('places the transposed convolution %s', (_, kernelSize, strides, padding, cut) =>
    withoutLeaks(async () => {
      for (const image of [even, odd]) {
        const options = { ...bare, kernelSize, strides, ...(padding === undefined ? {} : { padding }) };
        const y = await imageThrough((x) => upsample(x, options), kernels[kernelSize], image);
        const want = convolveTransposed(
          image,
          kernels[kernelSize],
          [strides, strides],
          cut,
          sizes(image, strides),
        );
        expect(y).toEqual(want);
      }
    }),
  );

  it('enlarges and convolves as a resize-convolution', () =>
    withoutLeaks(async () => {
      const y = await imageThrough((x) => upsample(x, { ...bare, method: 'resize' }), kernels[3], even);
      const large = even.flatMap((row) => [0, 1].map(() => row.flatMap((value) => [value, value])));
      expect(y).toEqual(convolve(large, kernels[3], [1, 1], [1, 1]));
    }));

  it('leaves no checkerboard in a flat image, as a resize-convolution', () =>
    withoutLeaks(async () => {
      const flat = Array.from({ length: 4 }, () => [1, 1, 1, 1]);
      const inner = (image: number[][]) => image.slice(2, -2).flatMap((row) => row.slice(2, -2));
      const resized = inner(
        await imageThrough((x) => upsample(x, { ...bare, method: 'resize' }), kernels[3], flat),
      );
      const transposed = inner(await imageThrough((x) => upsample(x, bare), kernels[3], flat));
      expect(new Set(resized).size).toBe(1);
      expect(new Set(transposed).size).toBe(4);
    }));
});

describe.each([
  ['downsample', downsample, [3, 3, 2, 5]],
  ['upsample', upsample, [3, 3, 5, 2]],
  [
    'upsample by resizing',
    (x: tf.SymbolicTensor, o: Parameters<typeof upsample>[1]) => upsample(x, { ...o, method: 'resize' }),
    [3, 3, 2, 5],
  ],
] as const)('%s', (_, block, kernelShape) => {
  it("takes the kernel's and γ's initializers and a bias", () =>
    withoutLeaks(async () => {
      const shapes: number[][] = [];
      const kernelInitializer = (shape: number[]) => (shapes.push(shape), 'ones' as const);
      const gammaInitializer = tf.initializers.constant({ value: 3 });
      const model = modelOf((x) =>
        block(x, { filters: 5, kernelInitializer, gammaInitializer, useBias: true, name: 'a.1' }),
      );
      expect(shapes).toEqual([kernelShape]);
      expect(await weightsOf(model)).toEqual([
        ['a.1/kernel', Array(90).fill(1)],
        ['a.1/bias', Array(5).fill(0)],
        ['a.2/gamma', Array(5).fill(3)],
        ['a.2/beta', Array(5).fill(0)],
      ]);
      model.dispose();
    }));

  it("has by default no bias, kernels and γ of deviation 0.02, K's norm, and ReLU", () =>
    withoutLeaks(async () => {
      const model = modelOf((x) => block(x, { filters: 300 }));
      const [convolution, norm, activation] = model.layers.slice(-3);
      expect(convolution!.getWeights()).toHaveLength(1);
      expect((norm as InstanceNormalization).epsilon).toBe(1e-3);
      expect(activation!.getClassName()).toBe('ReLU');
      const [[, kernel], [, gamma], [, beta]] = (await weightsOf(model)) as [
        [string, number[]],
        [string, number[]],
        [string, number[]],
      ];
      for (const values of [kernel, gamma]) {
        const deviation = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
        expect(Math.abs(deviation - 0.02)).toBeLessThan((4 * 0.02) / Math.sqrt(2 * values.length));
      }
      expect(beta).toEqual(Array(300).fill(0));
      model.dispose();
    }));

  it('takes activations as layers, as functions, or none, and other norms', () =>
    withoutLeaks(() => {
      const classes = (options: object) => {
        const model = modelOf((x) => block(x, { filters: 1, ...options }));
        const names = model.layers.slice(-2).map((layer) => layer.getClassName());
        model.dispose();
        return names;
      };
      const leaky = 'TwiceDifferentiableLeakyReLU';
      expect(classes({ activation: new LeakyReLU({}) })).toEqual(['InstanceNormalization', leaky]);
      expect(classes({ activation: (args: object) => new LeakyReLU(args) })).toEqual([
        'InstanceNormalization',
        leaky,
      ]);
      expect(classes({ activation: null })).toEqual([
        expect.stringMatching(/^Conv2D/),
        'InstanceNormalization',
      ]);
      expect(classes({ norm: tf.layers.batchNormalization })).toEqual(['BatchNormalization', 'ReLU']);
      expect(classes({ norm: null })).toEqual([expect.stringMatching(/^Conv2D/), 'ReLU']);
    }));

  it('counts names on from the one given', () =>
    withoutLeaks(() => {
      const names = (name: string) => {
        const model = modelOf((x) => block(x, { filters: 1, name }));
        const last = model.layers.slice(-3).map((layer) => layer.name);
        model.dispose();
        return last;
      };
      expect(names('model.9')).toEqual(['model.9', 'model.10', 'model.11']);
      expect(names('down')).toEqual(['down', 'down.1', 'down.2']);
    }));

  it.each([
    [{}, 'option "filters" must be a whole number from 1, got undefined.'],
    [{ filters: 1, stride: 2 }, 'unknown option "stride". Did you mean "strides"?'],
    [
      { filters: 1, strides: [2] },
      'option "strides" must be a whole number from 1, or two of them, [height, width], got [2].',
    ],
    [
      { filters: 1, padding: 'full' },
      'option "padding" must be "same", "valid" or a whole number from 0, got "full".',
    ],
    [
      { filters: 1, padding: -1 },
      'option "padding" must be "same", "valid" or a whole number from 0, got -1.',
    ],
    [{ filters: 1, useBias: 0 }, 'option "useBias" must be true or false, got 0.'],
  ])('refuses %o', (options, message) =>
    withoutLeaks(() => {
      const x = tf.input({ shape: [8, 8, 2] });
      const where = block === downsample ? 'downsample' : 'upsample';
      expect(() => block(x, options as never)).toThrow(
        expect.objectContaining({ name: 'CycleGANError', message: `${where}: ${message}` }),
      );
    }),
  );
});

it('upsample refuses what its method cannot do', () =>
  withoutLeaks(() => {
    const x = tf.input({ shape: [8, 8, 2] });
    expect(() => upsample(x, { filters: 1, padding: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: upsample: option "padding" must be at most kernelSize - strides, 1, got 2. Use a smaller padding, "same" or "valid".]`,
    );
    expect(() =>
      upsample(x, { filters: 1, method: 'resize', strides: [2, 3] }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: upsample: option "strides" must be equal for method "resize", got [2, 3].]`,
    );
    expect(() => upsample(x, { filters: 1, method: 'bilinear' as never })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: upsample: option "method" must be one of "transposed", "resize", got "bilinear".]`,
    );
  }));

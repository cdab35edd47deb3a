import * as tf from '@tensorflow/tfjs';
import { InstanceNormalization, residualBlock, type ResidualBlockOptions } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { modelOf, imageThrough, weightsOf } from '../support/blocks.js';
import { withoutLeaks } from '../support/leaks.js';
import { convolve } from '../support/plain-convolution.js';

const bare = { norm: null, activation: null } as const;

describe('residualBlock', () => {
  // A kernel with its only 1 at the top left shifts the image down and right: the border comes into sight.
  it.each<[NonNullable<ResidualBlockOptions['border']>, number[][]]>([
    ['reflect', [[1, 2, 1], [4, 5, 4], [1, 2, 1]]],
    ['replicate', [[1, 1, 1], [1, 1, 1], [1, 1, 1]]],
    ['zero', [[0, 0, 0], [0, 0, 0], [0, 0, 1]]],
  ])('adds two convolutions to the image, bordered by %s', (border, shifted) =>
    withoutLeaks(async () => {
      const image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]];
      const kernel = [[1, 0, 0], [0, 0, 0], [0, 0, 0]];
      const y = await imageThrough((x) => residualBlock(x, { ...bare, border }), kernel, image);
      expect(y).toEqual(image.map((row, i) => row.map((value, j) => value + shifted[i]![j]!)));
    }),
  ); // prettier-ignore

  it('activates between the convolutions, not after the sum', () =>
    withoutLeaks(async () => {
      const block = (x: tf.SymbolicTensor) => residualBlock(x, { norm: null, kernelSize: 1 });
      // x − 2·relu(−2·x)
      expect(await imageThrough(block, [[-2]], [[1, -1]])).toEqual([[1, -5]]);
      const other = (x: tf.SymbolicTensor) =>
        residualBlock(x, {
          ...bare,
          kernelSize: 1,
          activation: tf.layers.activation({ activation: 'tanh' }),
        });
      const [[y]] = (await imageThrough(other, [[-2]], [[1]])) as [[number]];
      expect(y).toBeCloseTo(1 - 2 * Math.tanh(-2), 5);
    }));

  it('borders as much as the kernel takes, [height, width]', () =>
    withoutLeaks(async () => {
      const image = [[1, -2, 4, 3], [0, 5, -1, 2], [7, 1, 1, -3]]; // prettier-ignore
      const kernel = [[1, 0, -1, 2, 0.5]];
      const block = (x: tf.SymbolicTensor) =>
        residualBlock(x, { ...bare, kernelSize: [1, 5], border: 'zero' });
      const once = convolve(
        image.map((row) => [0, 0, ...row, 0, 0]),
        kernel,
        [1, 1],
        [0, 0],
      );
      const twice = convolve(
        once.map((row) => [0, 0, ...row, 0, 0]),
        kernel,
        [1, 1],
        [0, 0],
      );
      const y = await imageThrough(block, kernel, image);
      expect(y.flat()).toBeAllClose(image.flatMap((row, i) => row.map((value, j) => value + twice[i]![j]!)));

      const reflected = await imageThrough(
        (x) => residualBlock(x, { ...bare, kernelSize: [1, 5] }), [[1, 0, 0, 0, 0]], image,
      ); // prettier-ignore
      // shifted by two, twice, over a border that reflects: c b | a b c d → c b a b → a b c b
      expect(reflected[0]).toEqual([1 + 1, -2 - 2, 4 + 4, 3 - 2]);
    }));

  it('normalises by InstanceNormalization with small random γ, where nothing else is said', () =>
    withoutLeaks(async () => {
      const model = modelOf((x) => residualBlock(x, { name: 'block' }), [4, 4, 64]);
      const norms = model.layers.filter((layer) => layer instanceof InstanceNormalization);
      expect(norms.map((norm) => [norm.name, norm.epsilon])).toEqual([
        ['block.conv_block.2', 1e-3],
        ['block.conv_block.6', 1e-3],
      ]);
      const [kernel, gamma] = await weightsOf(model);
      const deviation = (values: number[]) =>
        Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
      expect(deviation(kernel![1])).toBeCloseTo(0.02, 3);
      expect(Math.abs(deviation(gamma![1]) - 0.02)).toBeLessThan(4 * (0.02 / Math.sqrt(128)));
      model.dispose();
    }));

  it("takes K's kernelInitializer, gammaInitializer and useBias", () =>
    withoutLeaks(async () => {
      const shapes: number[][] = [];
      const model = modelOf((x) =>
        residualBlock(x, {
          kernelInitializer: (shape) => (
            shapes.push(shape),
            tf.initializers.constant({ value: shapes.length })
          ),
          gammaInitializer: 'ones',
          useBias: true,
          kernelSize: [3, 1],
          name: 'b',
        }),
      );
      expect(shapes).toEqual([[3, 1, 2, 2], [3, 1, 2, 2]]); // prettier-ignore
      const half = (first: number, value: number): [string, number[]][] => [
        [`b.conv_block.${first}/kernel`, Array<number>(12).fill(value)],
        [`b.conv_block.${first}/bias`, [0, 0]],
        [`b.conv_block.${first + 1}/gamma`, [1, 1]],
        [`b.conv_block.${first + 1}/beta`, [0, 0]],
      ];
      expect(await weightsOf(model)).toEqual([...half(1, 1), ...half(5, 2)]);
      model.dispose();
    }));

  it.each<[string, ResidualBlockOptions, string[]]>([
    ['as in P', {}, ['0', '1', '2', '3', '4', '5', '6']],
    ['with dropout', { dropout: true }, ['0', '1', '2', '3', '4', '5', '6', '7']],
    ['with zero padding, which is part of the convolution', { border: 'zero' }, ['0', '1', '2', '3', '4']],
    [
      'with separable convolutions: dropout always has an index',
      { separable: true },
      ['0', '1.conv.0', '1.conv.1', '1.conv.2', '2', '3', '5', '6.conv.0', '6.conv.1', '6.conv.2', '7'],
    ],
    [
      'with separable convolutions and dropout',
      { separable: true, dropout: true, norm: null, border: 'zero' },
      ['0.conv.0', '0.conv.2', '2', '3', '4.conv.0', '4.conv.2'],
    ],
  ])('counts its layers %s', (_, options, numbers) =>
    withoutLeaks(() => {
      const model = modelOf((x) => residualBlock(x, { ...options, name: 'model.10' }));
      expect(model.layers.slice(1).map((layer) => layer.name)).toEqual([
        ...numbers.map((number) => `model.10.conv_block.${number}`),
        'model.10',
      ]);
      model.dispose();
    }),
  );

  it('drops values in training only, by its seed', () =>
    withoutLeaks(async () => {
      const train = async (seed: number) => {
        const model = modelOf((x) =>
          residualBlock(x, { norm: null, dropout: true, seed, kernelInitializer: 'ones' }),
        );
        const x = tf.ones([1, 8, 8, 2]);
        const y = tf.tidy(() => tf.sub(model.apply(x, { training: true }) as tf.Tensor, x));
        const values = [...(await y.data())];
        model.dispose();
        tf.dispose([x, y]);
        return values;
      };
      expect(await train(1)).toEqual(await train(1));
      expect(await train(2)).not.toEqual(await train(1));
    }));

  it.each<[object, string]>([
    [{ activaton: null }, 'unknown option "activaton". Did you mean "activation"?'],
    [
      { activation: 'relu' },
      'option "activation" must be a layer, a function that makes one, or null, got "relu".',
    ],
    [
      { kernelSize: 0 },
      'option "kernelSize" must be a whole number from 1, or two of them, [height, width], got 0.',
    ],
    [{ norm: {} }, 'option "norm" must be a function that makes a layer, or null, got an object.'],
    [{ border: 'mirror' }, 'option "border" must be one of "reflect", "replicate", "zero", got "mirror".'],
    ...(
      [
        [{ kernelSize: 4 }, '[6, 6]'],
        [{ strides: 2 }, '[2, 2]'],
        [{ strides: [1, 2] }, '[8, 2]'],
        [{ padding: 'same' }, '[12, 12]'],
        [{ border: 'zero', padding: 'valid' }, '[4, 4]'],
      ] as const
    ).map(([options, size]): [object, string] => [
      options,
      `the convolutions must keep the size of the image, expected [8, 8], got ${size}. ` +
        'Use strides of 1 and an odd kernelSize, with padding "valid", or with padding "same" and border "zero".',
    ]),
  ])('refuses %o', (options, message) =>
    withoutLeaks(() => {
      const x = tf.input({ shape: [8, 8, 2] });
      expect(() => residualBlock(x, options)).toThrow(
        expect.objectContaining({ name: 'CycleGANError', message: `residualBlock: ${message}` }),
      );
    }),
  );
});

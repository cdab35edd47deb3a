import * as tf from '@tensorflow/tfjs';
import {
  patchDiscriminator,
  pixelDiscriminator,
  resnetGenerator,
  type ResnetGeneratorOptions,
  unetGenerator,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { expectRefusal } from '../support/allocations.js';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

type Inspect<T> = (network: tf.LayersModel) => T;
/** Builds, looks, disposes. */
function inspect<T>(network: tf.LayersModel, look: Inspect<T>): T {
  const seen = look(network);
  network.dispose();
  return seen;
}
const parameters: Inspect<number> = (network) => network.countParams();
const output: Inspect<unknown> = (network) => network.outputs[0]!.shape;
const classes: Inspect<Record<string, number>> = (network) => {
  const counts: Record<string, number> = {};
  for (const layer of network.layers) counts[layer.getClassName()] = (counts[layer.getClassName()] ?? 0) + 1;
  return counts;
};

const small = { inputShape: [16, 16, 3], filters: 2, residualBlocks: 1 } as const;

describe('parameters at the usual sizes', () => {
  it.each([
    ["K's generator", () => resnetGenerator(), 11_383_427],
    ["K's discriminator", () => patchDiscriminator(), 2_765_633],
    ["P's generator", () => resnetGenerator({ convention: 'pytorch' }), 11_378_179],
    ["P's discriminator", () => patchDiscriminator({ convention: 'pytorch' }), 2_764_737],
  ])('%s', (_, build, count) =>
    withoutLeaks(() => {
      expect(inspect(build(), parameters)).toBe(count);
    }),
  );
});

describe('sizes of what comes out', () => {
  const generators = [resnetGenerator, (o: object) => unetGenerator({ ...o, levels: 5 })];
  it.each(generators)('a generator gives the size that it takes, open sizes too', (build) =>
    withoutLeaks(() => {
      const options = { filters: 2, residualBlocks: 1 };
      const { residualBlocks: _, ...unet } = options;
      const own = build === resnetGenerator ? options : unet;
      expect(inspect(build({ ...own, inputShape: [32, 64, 1] }), output)).toEqual([null, 32, 64, 1]);
      expect(inspect(build({ ...own, inputShape: [null, null, 1], outputChannels: 4 }), output)).toEqual([
        null,
        null,
        null,
        4,
      ]);
    }),
  );

  it.each([
    ['keras', 3, 32], ['pytorch', 3, 30], ['keras', 1, 128], ['pytorch', 1, 126], ['keras', 4, 16], ['pytorch', 4, 14],
  ] as const)('a patch discriminator of convention %s and %i layers gives %i numbers a side of 256', (convention, layers, side) =>
    withoutLeaks(() => {
      const network = patchDiscriminator({ convention, layers, filters: 1 });
      expect(inspect(network, output)).toEqual([null, side, side, 1]);
    }),
  ); // prettier-ignore

  it('a pixel discriminator gives a value for each pixel', () =>
    withoutLeaks(() => {
      expect(inspect(pixelDiscriminator({ inputShape: [7, 9, 3], filters: 2 }), output)).toEqual([
        null,
        7,
        9,
        1,
      ]);
    }));
});

describe('patchDiscriminator', () => {
  it.each([[1, 16], [2, 34], [3, 70]])('of %i layers judges patches of %i pixels', (layers, field) =>
    withoutLeaks(async () => {
      const side = 8 * 2 ** layers + 24;
      const network = patchDiscriminator({ convention: 'pytorch', inputShape: [side, side, 1], filters: 1, layers, norm: 'none' });
      tf.tidy(() => { network.setWeights(network.getWeights().map((w) => tf.onesLike(w))); });
      const x = tf.ones([1, side, side, 1]);
      // how one number in the middle depends on the pixels
      const seen = tf.grad((x) => {
        const y = network.apply(x) as tf.Tensor4D;
        const middle = Math.floor(y.shape[1] / 2);
        return tf.slice(y, [0, middle, middle, 0], [1, 1, 1, 1]);
      })(x);
      const counted = (await seen.data()).filter((slope) => slope !== 0).length;
      expect(counted).toBe(field ** 2);
      network.dispose();
      tf.dispose([x, seen]);
    }),
  ); // prettier-ignore

  it('doubles its filters up to eight times the first', () =>
    withoutLeaks(() => {
      const filters = inspect(patchDiscriminator({ layers: 5, filters: 2 }), (network) =>
        network.layers
          .filter((layer) => layer.getClassName() === 'Conv2D')
          .map((layer) => layer.getConfig().filters),
      );
      expect(filters).toEqual([2, 4, 8, 16, 16, 16, 1]);
    }));
});

describe('options of the ResNet generator', () => {
  /** Weights of K's generator, counted by hand: γ and β with each convolution but the last, which has a bias. */
  const counted = (inputs: number, outputs: number, f: number, down: number, residual: number, up = down) => {
    let count = 49 * inputs * f + 2 * f;
    for (let i = 0; i < down; i++) count += 9 * (f << i) * (f << (i + 1)) + 2 * (f << (i + 1));
    const deepest = f << down;
    count += residual * 2 * (9 * deepest ** 2 + 2 * deepest);
    let channels = deepest;
    for (let i = 0; i < up; i++, channels /= 2) count += (9 * channels * channels) / 2 + channels;
    return count + 49 * channels * outputs + outputs;
  };

  it.each<[ResnetGeneratorOptions, number]>([
    [{}, counted(3, 3, 2, 2, 1)],
    [{ filters: 3 }, counted(3, 3, 3, 2, 1)],
    [{ inputShape: [16, 16, 1] }, counted(1, 1, 2, 2, 1)],
    [{ outputChannels: 4 }, counted(3, 4, 2, 2, 1)],
    [{ residualBlocks: 3 }, counted(3, 3, 2, 2, 3)],
    [{ residualBlocks: 0 }, counted(3, 3, 2, 2, 0)],
    [{ downsamplingBlocks: 1 }, counted(3, 3, 2, 1, 1)],
    [{ downsamplingBlocks: 3 }, counted(3, 3, 2, 3, 1)],
    [{ upsamplingBlocks: 1 }, counted(3, 3, 2, 2, 1, 1)],
  ])('%o sets the count of weights', (options, count) =>
    withoutLeaks(() => {
      expect(inspect(resnetGenerator({ ...small, ...options }), parameters)).toBe(count);
    }),
  );

  it('fewer upsampling blocks give a smaller image', () =>
    withoutLeaks(() => {
      expect(inspect(resnetGenerator({ ...small, upsamplingBlocks: 1 }), output)).toEqual([null, 8, 8, 3]);
    }));

  it.each<[ResnetGeneratorOptions, object, string[]]>([
    [
      {},
      { InstanceNormalization: 7, ReflectionPadding2D: 4, Conv2DTranspose: 2 },
      ['BatchNormalization', 'ZeroPadding2D'],
    ],
    [{ norm: 'batch' }, { PyTorchBatchNormalization: 7 }, ['InstanceNormalization']],
    [{ norm: 'none' }, {}, ['InstanceNormalization', 'PyTorchBatchNormalization']],
    [{ dropout: true }, { SeededDropout: 1 }, []],
    [{ border: 'replicate' }, { ReflectionPadding2D: 2, ReplicationPadding2D: 2 }, []],
    [{ border: 'zero' }, { ReflectionPadding2D: 2 }, ['ReplicationPadding2D']],
    [{ upsampling: 'resize' }, { NearestUpsampling2D: 2, Conv2D: 8 }, ['Conv2DTranspose']],
    [{ separable: true }, { DepthwiseConv2D: 2, Conv2D: 6, InstanceNormalization: 9 }, ['SeededDropout']],
    [{ convention: 'pytorch' }, { ZeroPadding2D: 2, SingleSliceCropping2D: 2, InstanceNormalization: 7 }, []],
  ])('%o sets the kinds of layers', (options, has, lacks) =>
    withoutLeaks(() => {
      const counts = inspect(resnetGenerator({ ...small, ...options }), classes);
      expect(counts).toMatchObject(has);
      for (const name of lacks) expect(counts).not.toHaveProperty(name);
    }),
  );

  it.each([
    ['keras', 'instance', 1e-3, ['gamma', 'beta'], false],
    ['pytorch', 'instance', 1e-5, [], true],
    ['keras', 'batch', 1e-3, ['gamma', 'beta', 'moving_mean', 'moving_variance'], false],
    ['pytorch', 'batch', 1e-5, ['gamma', 'beta', 'moving_mean', 'moving_variance'], false],
  ] as const)(
    'convention %s, norm %s: ε %d, weights %o, convolutions with a bias before it: %s',
    (convention, norm, epsilon, weights, bias) =>
      withoutLeaks(() => {
        inspect(resnetGenerator({ ...small, convention, norm }), (network) => {
          const [convolution, normalization] = [network.getLayer('model.1'), network.getLayer('model.2')];
          expect(normalization.getConfig().epsilon).toBe(epsilon);
          expect(normalization.weights.map((w) => w.originalName.split('/')[1])).toEqual(weights);
          expect(convolution.weights).toHaveLength(bias ? 2 : 1);
          expect(network.layers.at(-2)!.weights).toHaveLength(2);
        });
      }),
  );

  it('name names the model', () =>
    withoutLeaks(() => {
      expect(inspect(resnetGenerator({ ...small, name: 'to_zebra' }), (network) => network.name)).toBe(
        'to_zebra',
      );
    }));

  it('without down- and upsampling takes any size', () =>
    withoutLeaks(async () => {
      const network = resnetGenerator({
        inputShape: [null, null, 1],
        filters: 2,
        residualBlocks: 1,
        downsamplingBlocks: 0,
      });
      const x = scattered([1, 5, 7, 1]);
      const y = network.predict(x) as tf.Tensor;
      expect(y.shape).toEqual([1, 5, 7, 1]);
      expect((await y.data()).every((value) => Math.abs(value) <= 1)).toBe(true);
      network.dispose();
      tf.dispose([x, y]);
    }));

  it('of the smallest image runs, and sees what is in it', () =>
    withoutLeaks(async () => {
      for (const [options, side] of [
        [{}, 8],
        [{ border: 'replicate' }, 8],
        [{ border: 'replicate', norm: 'none' }, 4],
        [{ upsamplingBlocks: 0, border: 'zero' }, 16],
      ] as const) {
        const inputShape = [side, side, 1] as const;
        const network = resnetGenerator({ ...small, ...options, inputShape });
        const x = scattered([2, side, side, 1]); // two images
        const y = network.predict(x) as tf.Tensor;
        const numbers = Array.from(await y.data());
        expect(numbers.every(Number.isFinite)).toBe(true);
        expect(numbers.slice(0, numbers.length / 2)).not.toEqual(numbers.slice(numbers.length / 2));
        network.dispose();
        tf.dispose([x, y]);
      }
    }));
});

describe('options of the U-Net generator', () => {
  it('levels sets how deep it is; dropout is in the middle of them', () =>
    withoutLeaks(() => {
      for (const [levels, dropouts] of [[5, undefined], [6, 1], [7, 2]] as const) {
        const inputShape = [2 ** levels, 2 ** levels, 1] as const;
        const counts = inspect(unetGenerator({ inputShape, filters: 1, levels, dropout: true }), classes);
        expect([counts.Conv2D, counts.Conv2DTranspose, counts.SeededDropout]).toEqual([levels, levels, dropouts]);
      }
    }),
  ); // prettier-ignore

  it('has the width of PyTorch: filters times 1, 2, 4, 8, 8', () =>
    withoutLeaks(() => {
      const filters = inspect(unetGenerator({ inputShape: [32, 32, 3], filters: 2, levels: 5 }), (network) =>
        network.layers
          .filter((layer) => layer.getClassName() === 'Conv2D')
          .map((layer) => layer.getConfig().filters),
      );
      expect(filters).toEqual([2, 4, 8, 16, 16]);
    }));
});

describe('seeds', () => {
  const valuesOf = async (network: tf.LayersModel) => {
    const values = await Promise.all(network.getWeights().map(async (w) => [...(await w.data())]));
    network.dispose();
    return values;
  };
  it.each<[string, (seed: number) => tf.LayersModel]>([
    ['resnet', (seed) => resnetGenerator({ ...small, seed })],
    [
      'resnet, batch norm of P',
      (seed) => resnetGenerator({ ...small, seed, convention: 'pytorch', norm: 'batch' }),
    ],
    ['resnet, orthogonal', (seed) => resnetGenerator({ ...small, seed, initializer: 'orthogonal' })],
    ['light resnet', (seed) => resnetGenerator({ ...small, seed, separable: true })],
    ['unet', (seed) => unetGenerator({ inputShape: [32, 32, 1], levels: 5, filters: 2, seed })],
    ['patch', (seed) => patchDiscriminator({ inputShape: [16, 16, 1], filters: 2, seed })],
    ['pixel', (seed) => pixelDiscriminator({ inputShape: [16, 16, 1], filters: 2, seed })],
  ])(
    'of a network (%s): the same gives the same weights, another gives others, no two weights are alike',
    (_, build) =>
      withoutLeaks(async () => {
        const first = await valuesOf(build(7));
        expect(await valuesOf(build(7))).toEqual(first);
        const other = await valuesOf(build(8));
        const random = first.filter((values) => new Set(values).size > 1); // not the zeros and ones of β, bias, …
        expect(
          first.every((values, i) => new Set(values).size === 1 || String(values) !== String(other[i])),
        ).toBe(true);
        expect(random.length).toBeGreaterThan(3);
        expect(new Set(random.map((values) => values.slice(0, 2).join())).size).toBe(random.length);
      }),
  );

  it('differ where none is given', () =>
    withoutLeaks(async () => {
      const [one, other] = [await valuesOf(resnetGenerator(small)), await valuesOf(resnetGenerator(small))];
      expect(one[0]).not.toEqual(other[0]);
    }));
});

describe('refusals', () => {
  const shape = 'must be [height, width, channels], whole numbers from 1 (height and width may be null)';
  it.each<[string, (options: never) => tf.LayersModel, object, string, string]>([
    ['resnetGenerator', resnetGenerator, { filter: 2 }, 'UNKNOWN_OPTION', 'unknown option "filter". Did you mean "filters"?'],
    ['resnetGenerator', resnetGenerator, { filters: 0 }, 'INVALID_OPTION', 'option "filters" must be a whole number from 1, got 0.'],
    ['resnetGenerator', resnetGenerator, { inputShape: [256, 256] }, 'INVALID_OPTION', `option "inputShape" ${shape}, got [256, 256].`],
    ['resnetGenerator', resnetGenerator, { inputShape: [16, 16, null] }, 'INVALID_OPTION', `option "inputShape" ${shape}, got [16, 16, null].`],
    ['resnetGenerator', resnetGenerator, { inputShape: 256 }, 'INVALID_OPTION', `option "inputShape" ${shape}, got 256.`],
    ['resnetGenerator', resnetGenerator, { outputChannels: 1.5 }, 'INVALID_OPTION', 'option "outputChannels" must be a whole number from 1, got 1.5.'],
    ['resnetGenerator', resnetGenerator, { residualBlocks: -1 }, 'INVALID_OPTION', 'option "residualBlocks" must be a whole number from 0, got -1.'],
    ['resnetGenerator', resnetGenerator, { downsamplingBlocks: 9 }, 'INVALID_OPTION', 'option "downsamplingBlocks" must be a whole number from 0 to 8, got 9.'],
    ['resnetGenerator', resnetGenerator, { upsamplingBlocks: '2' }, 'INVALID_OPTION', 'option "upsamplingBlocks" must be a whole number from 0 to 8, got "2".'],
    ['resnetGenerator', resnetGenerator, { norm: 'layer' }, 'INVALID_OPTION', 'option "norm" must be one of "instance", "batch", "none", got "layer".'],
    ['resnetGenerator', resnetGenerator, { dropout: 0.5 }, 'INVALID_OPTION', 'option "dropout" must be true or false, got 0.5.'],
    ['resnetGenerator', resnetGenerator, { border: 'same' }, 'INVALID_OPTION', 'option "border" must be one of "reflect", "replicate", "zero", got "same".'],
    ['resnetGenerator', resnetGenerator, { upsampling: true }, 'INVALID_OPTION', 'option "upsampling" must be one of "transposed", "resize", "smooth", got true.'],
    ['resnetGenerator', resnetGenerator, { initializer: 'he' }, 'INVALID_OPTION', 'option "initializer" must be one of "normal", "xavier", "kaiming", "orthogonal", got "he".'],
    ['resnetGenerator', resnetGenerator, { initializerGain: -1 }, 'INVALID_OPTION', 'option "initializerGain" must be a number from 0, got -1.'],
    ['resnetGenerator', resnetGenerator, { seed: -1 }, 'INVALID_OPTION', 'option "seed" must be a whole number from 0, got -1.'],
    ['resnetGenerator', resnetGenerator, { name: '' }, 'INVALID_OPTION', 'option "name" must be a text that is not empty, got "".'],
    ['resnetGenerator', resnetGenerator, { convention: 'P' }, 'INVALID_OPTION', 'option "convention" must be one of "keras", "pytorch", got "P".'],
    ['resnetGenerator', resnetGenerator, { inputShape: [30, 32, 3] }, 'INVALID_SHAPE', 'the height of the images must be a multiple of 4, got 30. Resize or crop them, to 32 for example.'],
    ['resnetGenerator', resnetGenerator, { inputShape: [null, 1, 3] }, 'INVALID_SHAPE', 'the width of the images must be a multiple of 4, got 1. Resize or crop them, to 4 for example.'],
    ['resnetGenerator', resnetGenerator, { inputShape: [4, 4, 3] }, 'INVALID_SHAPE', 'images must be at least 8 pixels high and wide, got [4, 4].'],
    ['resnetGenerator', resnetGenerator, { inputShape: [8, 8, 3], upsamplingBlocks: 0 }, 'INVALID_SHAPE', 'images must be at least 16 pixels high and wide, got [8, 8].'],
    ['resnetGenerator', resnetGenerator, { inputShape: [2, 2, 3], downsamplingBlocks: 0 }, 'INVALID_SHAPE', 'images must be at least 4 pixels high and wide, got [2, 2].'],
    ['unetGenerator', unetGenerator, { levels: 4 }, 'INVALID_OPTION', 'option "levels" must be a whole number from 5 to 12, got 4.'],
    ['unetGenerator', unetGenerator, { residualBlocks: 4 }, 'UNKNOWN_OPTION', 'unknown option "residualBlocks". Known: convention, inputShape, filters, norm, initializer, initializerGain, seed, name, levels, outputChannels, dropout.'],
    ['unetGenerator', unetGenerator, { inputShape: [128, 256, 3] }, 'INVALID_SHAPE', 'the height of the images must be a multiple of 256, got 128. Resize or crop them, to 256 for example.'],
    ['patchDiscriminator', patchDiscriminator, { layers: 0 }, 'INVALID_OPTION', 'option "layers" must be a whole number from 1 to 8, got 0.'],
    ['patchDiscriminator', patchDiscriminator, { inputShape: [23, 64, 3], convention: 'pytorch' }, 'INVALID_SHAPE', 'images must be at least 24 pixels high and wide, got [23, 64].'],
    ['pixelDiscriminator', pixelDiscriminator, { layers: 1 }, 'UNKNOWN_OPTION', 'unknown option "layers". Known: convention, inputShape, filters, norm, initializer, initializerGain, seed, name.'],
  ])('%s refuses at once', (where, build, options, code, message) => {
    expectRefusal(() => build(options as never), code, `${where}: ${message}`);
  }); // prettier-ignore

  it('the smallest image of a patch discriminator of PyTorch gives one value', () =>
    withoutLeaks(() => {
      const network = patchDiscriminator({ convention: 'pytorch', inputShape: [24, 24, 1], filters: 1 });
      expect(inspect(network, output)).toEqual([null, 1, 1, 1]);
    }));
});

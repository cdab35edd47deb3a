import * as tf from '@tensorflow/tfjs';
import { CycleGAN, type CycleGANNetworks, type CycleGANOptions } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { expectRefusal } from '../support/allocations.js';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

const small = {
  inputShape: [16, 16, 1],
  filters: 2,
  residualBlocks: 1,
  discriminatorLayers: 1,
  seed: 7,
} as const satisfies CycleGANOptions;
const names = ['generatorG', 'generatorF', 'discriminatorX', 'discriminatorY'] as const;

/** A network of one convolution, y = factor·x summed over channels. */
function network(
  shape: [number | null, number | null, number],
  channels: number,
  factor = 1,
): tf.LayersModel {
  const kernelInitializer = tf.initializers.constant({ value: factor });
  const layer = tf.layers.conv2d({ inputShape: shape, filters: channels, kernelSize: 1, kernelInitializer });
  return tf.sequential({ layers: [layer] });
}

/** Four plain networks for images of one channel (A) and two (B). */
const ownNetworks = (sizes: [number | null, number | null] = [null, null]): CycleGANNetworks => ({
  generatorG: network([...sizes, 1], 2, 0.5),
  generatorF: network([...sizes, 2], 1, -0.25),
  discriminatorX: network([...sizes, 1], 1),
  discriminatorY: network([...sizes, 2], 1),
});
const disposeAll = (networks: CycleGANNetworks) => {
  for (const name of names) networks[name].dispose();
};

describe('a CycleGAN from options', () => {
  const shapes = (model: CycleGAN) =>
    names.map((name) => [model[name].inputs[0]!.shape, model[name].outputs[0]!.shape]);

  it('has two generators and two discriminators; channels of A and B may differ', () =>
    withoutLeaks(() => {
      using model = new CycleGAN({ ...small, outputChannels: 4 });
      const [a, b, patch] = [[null, 16, 16, 1], [null, 16, 16, 4], [null, 8, 8, 1]];
      expect(shapes(model)).toEqual([[a, b], [b, a], [a, patch], [b, patch]]);
      expect(names.map((name) => model[name].name)).toEqual([
        'generator_G', 'generator_F', 'discriminator_X', 'discriminator_Y',
      ]);
    }),
  ); // prettier-ignore

  it('has the convention keras by default', () =>
    withoutLeaks(() => {
      using model = new CycleGAN();
      const counts = names.map((name) => model[name].countParams());
      expect(counts).toEqual([11_383_427, 11_383_427, 2_765_633, 2_765_633]);
      expect(model.convention).toBe('keras');
      expect(model.options).toEqual({
        convention: 'keras', inputShape: [256, 256, 3], filters: 64, norm: 'instance', initializerGain: 0.02,
        generator: 'resnet', discriminator: 'patch', outputChannels: 3, discriminatorFilters: 64, discriminatorLayers: 3,
        dropout: false, downsamplingBlocks: 2, residualBlocks: 9, border: 'reflect', separable: false, antialias: false,
        upsampling: 'transposed', seed: expect.any(Number) as number,
      }); // prettier-ignore
    }));

  const counted = (model: CycleGAN, network: 'generatorG' | 'discriminatorX') => {
    const counts: Record<string, number> = {};
    for (const layer of model[network].layers)
      counts[layer.getClassName()] = (counts[layer.getClassName()] ?? 0) + 1;
    return counts;
  };
  it.each<[CycleGANOptions, 'generatorG' | 'discriminatorX', object]>([
    [{ residualBlocks: 2 }, 'generatorG', { Add: 2 }],
    [{ downsamplingBlocks: 1 }, 'generatorG', { Conv2DTranspose: 1 }],
    [{ border: 'replicate' }, 'generatorG', { ReplicationPadding2D: 2 }],
    [{ upsampling: 'resize' }, 'generatorG', { NearestUpsampling2D: 2 }],
    [{ dropout: true }, 'generatorG', { SeededDropout: 1 }],
    [{ norm: 'batch' }, 'generatorG', { PyTorchBatchNormalization: 7 }],
    [{ norm: 'batch' }, 'discriminatorX', { PyTorchBatchNormalization: 1 }],
    [{ convention: 'pytorch' }, 'generatorG', { ZeroPadding2D: 2 }],
    [{ discriminatorLayers: 3 }, 'discriminatorX', { Conv2D: 5 }],
  ])('%o reaches %s', (options, name, has) =>
    withoutLeaks(() => {
      using model = new CycleGAN({ ...small, ...options });
      expect(counted(model, name)).toMatchObject(has);
    }),
  );

  it('of other kinds: U-Net and pixel discriminator, with widths of their own', () =>
    withoutLeaks(() => {
      const options = {
        generator: 'unet',
        levels: 5,
        discriminator: 'pixel',
        discriminatorFilters: 3,
      } as const;
      using model = new CycleGAN({ ...options, inputShape: [32, 32, 1], filters: 2, seed: 1 });
      expect(counted(model, 'generatorG')).toMatchObject({ Conv2D: 5, Concatenate: 4 });
      // 1×1 to 3 and bias, 1×1 to 6, γ and β, 1×1 to 1 and bias
      expect(model.discriminatorX.countParams()).toBe(3 + 3 + 18 + 12 + 6 + 1);
      expect(model.options).toEqual({
        ...options, convention: 'keras', inputShape: [32, 32, 1], outputChannels: 1, filters: 2, norm: 'instance',
        initializerGain: 0.02, dropout: false, seed: 1,
      }); // prettier-ignore
    }));

  it('has the weights that its seed says, other ones in each network', () =>
    withoutLeaks(async () => {
      const weights = async (seed: number) => {
        using model = new CycleGAN({ ...small, seed, initializer: 'xavier', initializerGain: 1 });
        return await Promise.all(names.map(async (name) => [...(await model[name].getWeights()[0]!.data())]));
      };
      const first = await weights(7);
      expect(await weights(7)).toEqual(first);
      const other = await weights(8);
      expect(new Set([...first, ...other].map(String)).size).toBe(8);
    }));

  it('takes the options of another as they are', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN({ ...small, seed: 3 });
      using twin = new CycleGAN(model.options);
      expect(twin.options).toEqual(model.options);
      expect(await twin.generatorF.getWeights()[0]!.data()).toEqual(
        await model.generatorF.getWeights()[0]!.data(),
      );
    }));

  it.each<[unknown, string, string]>([
    [7, 'INVALID_ARGUMENT', 'options must be an object, got 7.'],
    [{ filter: 1 }, 'UNKNOWN_OPTION', 'unknown option "filter". Did you mean "filters"?'],
    [{ name: 'x' }, 'UNKNOWN_OPTION', expect.stringMatching(/^CycleGAN: unknown option "name"\. /) as string],
    [{ filters: 0 }, 'INVALID_OPTION', 'option "filters" must be a whole number from 1, got 0.'],
    [{ generator: 'vit' }, 'INVALID_OPTION', 'option "generator" must be one of "resnet", "unet", got "vit".'],
    [{ discriminatorFilters: 0 }, 'INVALID_OPTION', 'option "discriminatorFilters" must be a whole number from 1, got 0.'],
    [{ discriminatorLayers: 9 }, 'INVALID_OPTION', 'option "discriminatorLayers" must be a whole number from 1 to 8, got 9.'],
    [{ levels: 5 }, 'INVALID_OPTION', 'option "levels" belongs to generator "unet", but generator is "resnet". Leave "levels" out, or choose generator: "unet".'],
    [{ generator: 'unet', residualBlocks: 5 }, 'INVALID_OPTION', 'option "residualBlocks" belongs to generator "resnet", but generator is "unet". Leave "residualBlocks" out, or choose generator: "resnet".'],
    [{ discriminator: 'pixel', discriminatorLayers: 5 }, 'INVALID_OPTION', 'option "discriminatorLayers" belongs to discriminator "patch", but discriminator is "pixel". Leave "discriminatorLayers" out, or choose discriminator: "patch".'],
    [{ inputShape: [18, 16, 1] }, 'INVALID_SHAPE', 'the height of the images must be a multiple of 4, got 18. Resize or crop them, to 20 for example.'],
    [{ inputShape: [16, 16, 1], convention: 'pytorch' }, 'INVALID_SHAPE', 'images must be at least 24 pixels high and wide, got [16, 16].'],
    [{ inputShape: [64, 64, 3], generator: 'unet' }, 'INVALID_SHAPE', 'the height of the images must be a multiple of 256, got 64. Resize or crop them, to 256 for example.'],
  ])('refuses %o before anything is allocated', (options, code, message) => {
    expectRefusal(() => new CycleGAN(options as never), code, typeof message === 'string' ? `CycleGAN: ${message}` : message);
  }); // prettier-ignore
});

describe('a CycleGAN of networks handed in', () => {
  it('keeps them, translates by them, and leaves them alive', () =>
    withoutLeaks(async () => {
      const networks = ownNetworks();
      const model = new CycleGAN({ ...networks, convention: 'pytorch' });
      expect(names.map((name) => model[name] === networks[name])).toEqual([true, true, true, true]);
      expect([model.convention, model.options]).toEqual(['pytorch', undefined]);
      const x = tf.tensor3d([1, -0.5], [1, 2, 1]);
      const y = model.translate(x, 'AtoB');
      expect(await y.data()).toBeAllClose([0.5, 0.5, -0.25, -0.25]);
      const back = model.translate(y, 'BtoA');
      expect(await back.data()).toBeAllClose([-0.25, 0.125]);
      model.dispose();
      const still = tf.tidy(() => networks.generatorG.predict(tf.ones([1, 1, 1, 1])) as tf.Tensor);
      expect(await still.data()).toBeAllClose([0.5, 0.5]);
      disposeAll(networks);
      tf.dispose([x, y, back, still]);
    }),
  ); // prettier-ignore

  it('has the convention keras by default', () =>
    withoutLeaks(() => {
      const networks = ownNetworks();
      using model = new CycleGAN(networks);
      expect(model.convention).toBe('keras');
      disposeAll(networks);
    }));

  it('of fixed size translates that size only', () =>
    withoutLeaks(() => {
      const networks = ownNetworks([4, 6]);
      using model = new CycleGAN(networks);
      const [right, wrong] = [tf.zeros<tf.Rank.R3>([4, 6, 1]), tf.zeros<tf.Rank.R3>([6, 4, 1])];
      model.translate(right, 'AtoB').dispose();
      expectRefusal(
        () => model.translate(wrong, 'AtoB'),
        'INVALID_SHAPE',
        'CycleGAN.translate: the generator takes images of 4 x 6, got 6 x 4.',
      );
      disposeAll(networks);
      tf.dispose([right, wrong]);
    }));

  const vector = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  const aModel = 'must be a tf.LayersModel, given together with the other three networks';
  it.each<[string, (networks: CycleGANNetworks) => object, string, string]>([
    ['one alone', ({ generatorG }) => ({ generatorG }), 'INVALID_OPTION', `option "generatorF" ${aModel}, got undefined.`],
    ['what is no network', (n) => ({ ...n, discriminatorY: 'D' }), 'INVALID_OPTION', `option "discriminatorY" ${aModel}, got "D".`],
    ['options of networks that are there', (n) => ({ ...n, filters: 3 }), 'UNKNOWN_OPTION', 'unknown option "filters". Known: generatorG, generatorF, discriminatorX, discriminatorY, convention.'],
    ['another convention', (n) => ({ ...n, convention: 'jax' }), 'INVALID_OPTION', 'option "convention" must be one of "keras", "pytorch", got "jax".'],
    ['generators that do not meet', (n) => ({ ...n, generatorF: n.discriminatorX }), 'INVALID_MODEL', 'generatorG returns images of shape [null, null, null, 2], but generatorF expects [null, null, null, 1]. They must be the same.'],
    ['a discriminator of the other side', (n) => ({ ...n, discriminatorY: n.discriminatorX }), 'INVALID_MODEL', 'generatorG returns images of shape [null, null, null, 2], but discriminatorY expects [null, null, null, 1]. They must be the same.'],
  ])('refuses %s', (_, change, code, message) =>
    withoutLeaks(() => {
      const networks = ownNetworks();
      expectRefusal(() => new CycleGAN(change(networks)), code, `CycleGAN: ${message}`);
      disposeAll(networks);
    }),
  ); // prettier-ignore

  it('refuses networks on vectors, and sizes that do not meet', () =>
    withoutLeaks(() => {
      const [networks, others, dense] = [ownNetworks([4, 4]), ownNetworks([8, 8]), vector()];
      expectRefusal(
        () => new CycleGAN({ ...networks, discriminatorX: dense }),
        'INVALID_MODEL',
        'CycleGAN: discriminatorX must have one input and one output, batches of images [batch, height, width, channels], got inputs and outputs of shape [null, 3], [null, 2].',
      );
      expectRefusal(
        () => new CycleGAN({ ...networks, discriminatorX: others.discriminatorX }),
        'INVALID_MODEL',
        'CycleGAN: generatorF returns images of shape [null, 4, 4, 1], but discriminatorX expects [null, 8, 8, 1]. They must be the same.',
      );
      disposeAll(networks);
      disposeAll(others);
      dense.dispose();
    }));
});

describe('translate', () => {
  it('gives images in [−1, 1], of the size and rank that came in, whatever inputShape says', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN({ ...small, outputChannels: 4, initializerGain: 5 });
      for (const shape of [[16, 16, 1], [8, 20, 1], [2, 12, 8, 1], [1, 16, 16, 1]]) {
        const x = scattered(shape) as tf.Tensor3D;
        const y = model.translate(x, 'AtoB');
        const back = model.translate(y, 'BtoA');
        expect(y.shape).toEqual([...shape.slice(0, -1), 4]);
        expect(back.shape).toEqual(shape);
        const values = await y.data();
        expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
        expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.1);
        expect(x.isDisposed).toBe(false);
        tf.dispose([x, y, back]);
      }
    }),
  ); // prettier-ignore

  it('treats the images of a batch one by one', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const images = [1, 2, 3].map((seed) => scattered([8, 8, 1], seed) as tf.Tensor3D);
      const batch = tf.stack(images) as tf.Tensor4D;
      const together = model.translate(batch, 'BtoA');
      const one = images.map((image) => model.translate(image, 'BtoA'));
      const stacked = tf.stack(one);
      expect(await together.data()).toBeAllClose([...(await stacked.data())]);
      tf.dispose([...images, batch, together, ...one, stacked]);
    }));

  it('is not training: dropout keeps everything, batch norm uses what it has seen', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN({ ...small, dropout: true, norm: 'batch' });
      const before = model.generatorG.getWeights().map((w) => w.clone());
      const x = scattered([16, 16, 1]) as tf.Tensor3D;
      const [y, again] = [model.translate(x, 'AtoB'), model.translate(x, 'AtoB')];
      expect(await again.data()).toEqual(await y.data());
      for (const [i, weight] of model.generatorG.getWeights().entries()) {
        expect(await weight.data()).toEqual(await before[i]!.data());
      }
      tf.dispose([x, y, again, ...before]);
    }));

  it('refuses what it cannot translate before anything is allocated', () =>
    withoutLeaks(() => {
      using model = new CycleGAN({ ...small, outputChannels: 3 });
      const bad = (shape: number[], dtype: 'float32' | 'int32' = 'float32') =>
        tf.zeros<tf.Rank.R3>(shape as [number, number, number], dtype);
      const refusals: [tf.Tensor3D, string, string][] = [
        [bad([16, 16]), 'INVALID_SHAPE', 'image must be a tensor [height, width, 1] or a batch of such tensors, got shape [16, 16].'],
        [[1, 2] as never, 'INVALID_SHAPE', 'image must be a tensor [height, width, 1] or a batch of such tensors, got [1, 2].'],
        [bad([16, 16, 1], 'int32'), 'INVALID_ARGUMENT', 'image must be float32 in [-1, 1], got int32. Divide 8-bit levels by 127.5 and subtract 1.'],
        [bad([16, 16, 3]), 'INVALID_SHAPE', 'image must have 1 channels, got 3.'],
        [bad([16, 18, 1]), 'INVALID_SHAPE', 'the width of the images must be a multiple of 4, got 18. Resize or crop them, to 20 for example.'],
        [bad([4, 4, 1]), 'INVALID_SHAPE', 'images must be at least 8 pixels high and wide, got [4, 4].'],
      ]; // prettier-ignore
      for (const [image, code, message] of refusals) {
        expectRefusal(() => model.translate(image, 'AtoB'), code, `CycleGAN.translate: ${message}`);
        tf.dispose(image);
      }
      const image = bad([16, 16, 3]);
      expectRefusal(
        () => model.translate(image, 'BtoC' as never),
        'INVALID_ARGUMENT',
        'CycleGAN.translate: direction must be "AtoB" or "BtoA", got "BtoC".',
      );
      image.dispose();
    }));
});

describe('the end of a model', () => {
  it('frees its networks, once, by dispose or at the end of a block', () =>
    withoutLeaks(() => {
      const model = new CycleGAN(small);
      model.dispose();
      model.dispose();
      {
        using another = new CycleGAN(small);
        expect(another.options).toBeDefined();
      }
    }));

  it('leaves a model that says so', () =>
    withoutLeaks(async () => {
      const model = new CycleGAN(small);
      model.dispose();
      const x = tf.zeros<tf.Rank.R3>([16, 16, 1]);
      const message = (method: string) =>
        `CycleGAN.${method}: the model has been disposed. Build or load a new one.`;
      expectRefusal(() => model.translate(x, 'AtoB'), 'DISPOSED', message('translate'));
      expectRefusal(
        () => {
          model.summary();
        },
        'DISPOSED',
        message('summary'),
      );
      await expect(model.save('anywhere://')).rejects.toThrow(
        expect.objectContaining({ name: 'CycleGANError', code: 'DISPOSED', message: message('save') }),
      );
      x.dispose();
    }));
});

it('summary prints the layers of the four networks', () =>
  withoutLeaks(() => {
    using model = new CycleGAN(small);
    const lines: string[] = [];
    model.summary(80, undefined, (line) => lines.push(line));
    const text = lines.join('\n');
    expect(text.match(/Total params: (\d+)/g)).toEqual(
      names.map((name) => `Total params: ${model[name].countParams()}`),
    );
    expect(text).toContain('model.10 (Add)');
  }));

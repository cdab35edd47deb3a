/** `Pix2Pix`: its networks beside PyTorch's numbers, translating as in training and plainly, saving, and what is refused. */
import * as tf from '@tensorflow/tfjs';
import {
  loadStateDict,
  patchDiscriminator,
  Pix2Pix,
  type Pix2PixOptions,
  stateDict,
  unetGenerator,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../golden/format.js';
import { images } from '../golden/layout.js';
import { expectRefusal } from '../support/allocations.js';
import { scattered } from '../support/finite-differences.js';
import { goldenCase } from '../support/golden-case.js';
import { withoutLeaks } from '../support/leaks.js';

const small = {
  inputShape: [64, 64, 1],
  outputChannels: 2,
  levels: 6, // dropout in one of them
  filters: 2,
  discriminatorLayers: 2,
  seed: 7,
} as const satisfies Pix2PixOptions;

const image = (height = 64, width = 64) => scattered([height, width, 1]) as tf.Tensor3D;
const valuesOf = async (t: tf.Tensor): Promise<number[]> => {
  const values = [...(await t.data())];
  t.dispose();
  return values;
};
const weightsOf = (model: Pix2Pix) =>
  Promise.all(
    [model.generator, model.discriminator]
      .flatMap((n) => n.weights)
      .map(async (w) => [...(await w.read().data())]),
  );

describe('the networks', () => {
  it("are those of PyTorch's pix2pix by default", () =>
    withoutLeaks(() => {
      using model = new Pix2Pix({ seed: 1 });
      // as PyTorch's pix2pix prints: 54.414 M and 2.769 M
      const trained = ({ trainableWeights }: tf.LayersModel) =>
        trainableWeights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]), 0);
      expect([model.generator, model.discriminator].map(trained)).toEqual([54_413_955, 2_768_705]);
      expect(model.discriminator.outputs[0]!.shape).toEqual([null, 30, 30, 1]);
      expect(model.generator.layers.filter((l) => l.getClassName() === 'SeededDropout')).toHaveLength(3);
      expect(model.options).toEqual({
        convention: 'pytorch', inputShape: [256, 256, 3], outputChannels: 3, filters: 64, norm: 'batch', initializerGain: 0.02,
        generator: 'unet', levels: 8, dropout: true, discriminator: 'patch', discriminatorFilters: 64, discriminatorLayers: 3, seed: 1,
      }); // prettier-ignore
    }));

  it("have PyTorch's names in state dicts", () =>
    withoutLeaks(async () => {
      using model = new Pix2Pix(small);
      const [g, d] = await Promise.all([stateDict(model.generator), stateDict(model.discriminator)]);
      expect(Object.keys(g).slice(0, 3)).toEqual([
        'model.model.0.weight', 'model.model.1.model.1.weight', 'model.model.1.model.2.weight',
      ]); // prettier-ignore
      expect(Object.keys(d)).toEqual([
        'model.0.weight', 'model.0.bias', 'model.2.weight', 'model.3.weight', 'model.3.bias', 'model.3.running_mean',
        'model.3.running_var', 'model.3.num_batches_tracked', 'model.5.weight', 'model.6.weight', 'model.6.bias',
        'model.6.running_mean', 'model.6.running_var', 'model.6.num_batches_tracked', 'model.8.weight', 'model.8.bias',
      ]); // prettier-ignore
      expect(d['model.0.weight']!.shape).toEqual([2, 3, 4, 4]); // 1 + 2 channels
    }));

  it.each(['p-paired-unet-batch', 'p-paired-unet-instance', 'p-paired-resnet-instance'])(
    'with the weights of %s give the losses of its first step',
    (name) =>
      withoutLeaks(async () => {
        const golden = goldenCase(name);
        const { generator, discriminator, direction, gan_mode: mode, lambda_L1: lambda } = golden.config as {
          generator: { network: 'unet' | 'resnet'; input_nc: number; output_nc: number; ngf: number; num_downs?: number; n_blocks?: number; norm: 'batch' | 'instance' };
          discriminator: { network: 'patch' | 'pixel'; ndf: number; n_layers?: number };
          direction: string; gan_mode: string; lambda_L1: number;
        }; // prettier-ignore
        using model = new Pix2Pix({
          generator: generator.network,
          discriminator: discriminator.network,
          inputShape: [null, null, generator.input_nc],
          outputChannels: generator.output_nc,
          filters: generator.ngf,
          ...(generator.network === 'unet'
            ? { levels: generator.num_downs! }
            : { residualBlocks: generator.n_blocks! }),
          norm: generator.norm,
          discriminatorFilters: discriminator.ndf,
          ...(discriminator.network === 'patch' ? { discriminatorLayers: discriminator.n_layers! } : {}),
          dropout: false,
        });
        for (const [key, network] of [['G', model.generator], ['D', model.discriminator]] as const)
          loadStateDict(network, Object.fromEntries(
            golden.weights[key]!.map((weight) => [weight.slice(2), tensorOf(golden, weight)]),
          )); // prettier-ignore
        const [from, to] = direction === 'AtoB' ? ['A', 'B'] : ['B', 'A'];
        const [input, truth] = [from, to].map((side) => tf.tidy(() => images(golden, `step-1/${side}`))) as [
          tf.Tensor4D,
          tf.Tensor4D,
        ];
        const output = model.translate(input);
        const judged = (image: tf.Tensor4D) => {
          const pair = tf.concat([input, image], 3);
          return model.discriminator.apply(pair, { training: true }) as tf.Tensor;
        };
        const loss = (logits: tf.Tensor, target: 0 | 1) =>
          tf.mean(
            mode === 'lsgan'
              ? tf.square(tf.sub(logits, target))
              : tf.softplus(target === 1 ? tf.neg(logits) : logits),
          );
        const got = {
          G_L1: tf.tidy(() => tf.mul(lambda, tf.mean(tf.abs(tf.sub(output, truth))))),
          D_real: tf.tidy(() => loss(judged(truth), 1)),
          D_fake: tf.tidy(() => loss(judged(output), 0)),
        };
        for (const [key, scalar] of Object.entries(got)) {
          const { value, atol } = golden.scalars[`step-1/${key}`]!;
          expect(Math.abs((await valuesOf(scalar))[0]! - value), key).toBeLessThanOrEqual(atol);
        }
        tf.dispose([input, truth, output]);
      }),
  );
});

describe('translate', () => {
  it('is as in training: masks by the seed, statistics of the batch; the model stays as it is', () =>
    withoutLeaks(async () => {
      using model = new Pix2Pix(small);
      const x = image();
      const before = await weightsOf(model);
      const given = model.translate(x);
      expect(given.shape).toEqual([64, 64, 2]);
      const first = await valuesOf(given);
      expect(await valuesOf(model.translate(x))).toEqual(first);
      expect(await valuesOf(model.translate(x, { seed: 0 }))).toEqual(first);
      expect(await valuesOf(model.translate(x, { seed: 1 }))).not.toEqual(first);
      expect(await weightsOf(model)).toEqual(before);
      expect(Math.max(...first.map(Math.abs))).toBeLessThanOrEqual(1);
      x.dispose();
    }));

  it('of another mode has neither dropout nor statistics of the batch', () =>
    withoutLeaks(async () => {
      using model = new Pix2Pix(small);
      const x = image();
      const expected = await valuesOf(tf.tidy(() => model.generator.predict(tf.expandDims(x)) as tf.Tensor));
      expect(await valuesOf(model.translate(x, { mode: 'eval' }))).toEqual(expected);
      expect(await valuesOf(model.translate(x))).not.toEqual(expected);
      x.dispose();
    }));

  it('without dropout and norm is the same in both modes', () =>
    withoutLeaks(async () => {
      using model = new Pix2Pix({ ...small, norm: 'none', dropout: false });
      const x = image();
      expect(await valuesOf(model.translate(x))).toEqual(
        await valuesOf(model.translate(x, { mode: 'eval' })),
      );
      x.dispose();
    }));

  it('extends images of any size by reflection and crops the translation', () =>
    withoutLeaks(async () => {
      using model = new Pix2Pix(small);
      const x = image(65, 40);
      const reflected = tf.mirrorPad<tf.Tensor3D>(x, [[0, 63], [0, 24], [0, 0]], 'reflect'); // prettier-ignore
      const whole = model.translate(reflected, { mode: 'eval' });
      const expected = await valuesOf(tf.tidy(() => tf.slice(whole, [0, 0, 0], [65, 40, 2])));
      expect(await valuesOf(model.translate(x, { mode: 'eval', anySize: true }))).toEqual(expected);
      tf.dispose([x, reflected, whole]);
    }));

  it('leaves nothing changed or allocated if the generator fails', () =>
    withoutLeaks(async () => {
      using model = new Pix2Pix(small);
      const before = await weightsOf(model);
      const { generator } = model;
      const apply = generator.apply.bind(generator);
      generator.apply = (x, kwargs) => {
        tf.dispose(apply(x, kwargs) as tf.Tensor);
        throw new Error('no memory');
      };
      const x = image();
      expect(() => model.translate(x)).toThrow('no memory');
      expect(await weightsOf(model)).toEqual(before);
      x.dispose();
    }));

  it('refuses what it cannot take', () =>
    withoutLeaks(() => {
      using model = new Pix2Pix(small);
      const [x, wide] = [image(80, 64), image()];
      expectRefusal(() => model.translate(x), 'INVALID_SHAPE', 'Pix2Pix.translate: the height of the images must be a multiple of 64, got 80. Resize or crop them, to 64 for example.');
      expectRefusal(() => model.translate(wide, { mode: 'test' } as never), 'INVALID_OPTION', 'Pix2Pix.translate: option "mode" must be one of "train", "eval", got "test".');
      expectRefusal(() => model.translate(wide, { dropout: false } as never), 'UNKNOWN_OPTION', 'Pix2Pix.translate: unknown option "dropout". Known: anySize, mode, seed.');
      model.dispose();
      expectRefusal(() => model.translate(wide), 'DISPOSED', 'Pix2Pix.translate: the model has been disposed. Build or load a new one.');
      tf.dispose([x, wide]);
    })); // prettier-ignore
});

describe('own networks', () => {
  const own = (channels = 3) => ({
    generator: unetGenerator({ convention: 'pytorch', inputShape: [32, 32, 1], outputChannels: 2, levels: 5, filters: 1, seed: 1 }),
    discriminator: patchDiscriminator({ convention: 'pytorch', inputShape: [32, 32, channels], filters: 1, layers: 1, seed: 2 }),
  }); // prettier-ignore

  it('are taken, and stay their owner\'s', () =>
    withoutLeaks(async () => {
      const networks = own();
      const model = new Pix2Pix(networks);
      expect([model.options, model.convention, model.networks]).toEqual([undefined, 'pytorch', networks]);
      const x = image(32, 32);
      expect((await valuesOf(model.translate(x))).length).toBe(2048);
      model.dispose();
      model.dispose();
      expect((await valuesOf(tf.tidy(() => networks.generator.predict(tf.expandDims(x)) as tf.Tensor))).length).toBe(2048);
      x.dispose();
      networks.generator.dispose();
      networks.discriminator.dispose();
    })); // prettier-ignore

  it('that do not fit are refused by name', () =>
    withoutLeaks(() => {
      const networks = own(2);
      expectRefusal(() => new Pix2Pix(networks), 'INVALID_MODEL', 'Pix2Pix: the discriminator must expect the generator\'s input and output, concatenated along the channels, [null, 32, 32, 3], got [null, 32, 32, 2]. The generator expects [null, 32, 32, 1] and returns [null, 32, 32, 2].');
      expectRefusal(() => new Pix2Pix({ generator: networks.generator } as never), 'INVALID_OPTION', 'Pix2Pix: option "discriminator" must be a tf.LayersModel, given together with the other network, got undefined.');
      networks.generator.dispose();
      networks.discriminator.dispose();
    })); // prettier-ignore
});

it.each<[string, Pix2PixOptions, string, string]>([
  ['a size that the levels cannot halve', { inputShape: [100, 128, 3], levels: 7 }, 'INVALID_SHAPE', 'Pix2Pix: the height of the images must be a multiple of 128, got 100. Resize or crop them, to 128 for example.'],
  ['options of the other generator', { residualBlocks: 6 }, 'INVALID_OPTION', 'Pix2Pix: option "residualBlocks" belongs to generator "resnet", but generator is "unet". Leave "residualBlocks" out, or choose generator: "resnet".'],
  ['an image too small for the PatchGAN', { inputShape: [32, 32, 3], levels: 5, discriminatorLayers: 4 }, 'INVALID_SHAPE', 'Pix2Pix: images must be at least 48 pixels high and wide, got [32, 32].'],
  ['a misspelled option', { dropouts: false } as never, 'UNKNOWN_OPTION', 'Pix2Pix: unknown option "dropouts". Did you mean "dropout"?'],
])('%s is refused before anything is allocated', (_, options, code, message) => {
  expectRefusal(() => new Pix2Pix(options), code, message);
}); // prettier-ignore

describe('a model that was saved and loaded', () => {
  it.each<[string, Pix2PixOptions]>([
    ['a U-Net with dropout and batch norm', small],
    ['a ResNet with a pixel discriminator', { inputShape: [16, 16, 1], generator: 'resnet', residualBlocks: 1, discriminator: 'pixel', norm: 'instance', convention: 'keras', filters: 2, seed: 3 }],
  ])('%s has the same options, weights and results', (_, options) =>
    withoutLeaks(async () => {
      using model = new Pix2Pix(options);
      let artifacts: tf.io.ModelArtifacts | undefined;
      await model.save(tf.io.withSaveHandler((saved) => {
        artifacts = saved;
        return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved) });
      }));
      using loaded = await Pix2Pix.load(tf.io.fromMemory(artifacts!));
      expect(loaded.options).toEqual(model.options);
      expect(await weightsOf(loaded)).toEqual(await weightsOf(model));
      const x = image();
      expect(await valuesOf(loaded.translate(x))).toEqual(await valuesOf(model.translate(x)));
      x.dispose();
    }),
  ); // prettier-ignore
});

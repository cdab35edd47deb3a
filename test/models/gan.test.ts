/** `GAN`: what it builds for each loss, generating, own networks, saving, and what is refused. */
import * as tf from '@tensorflow/tfjs';
import {
  autoencoderDiscriminator,
  dcganDiscriminator,
  dcganGenerator,
  discriminatorHead,
  GAN,
  type GANLossName,
  type GANOptions,
  Pix2Pix,
  stateDict,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { drawLatent, latentTensor } from '../../src/models/latent.js';
import { Random } from '../../src/core/random.js';
import { expectRefusal } from '../support/allocations.js';
import { withoutLeaks } from '../support/leaks.js';

const small = {
  imageShape: [12, 8, 1],
  latentSize: 5,
  filters: 2,
  levels: 2,
  seed: 7,
} as const satisfies GANOptions;
const valuesOf = async (t: tf.Tensor): Promise<number[]> => {
  const values = [...(await t.data())];
  t.dispose();
  return values;
};
const inAndOut = (network: tf.LayersModel) => [
  network.inputs[0]!.shape.slice(1),
  network.outputs[0]!.shape.slice(1),
];

describe('the networks', () => {
  const image = [12, 8, 1];
  it.each<[GANLossName, object]>([
    ...(['gan', 'lsgan', 'wgan', 'wgan-gp', 'dragan', 'hinge', 'rsgan', 'ralsgan'] as const).map(
      (loss): [GANLossName, object] => [loss, { generator: [[5], image], discriminator: [image, [1]] }],
    ),
    ['cgan', { generator: [[15], image], discriminator: [[12, 8, 11], [1]] }],
    ['acgan', { generator: [[15], image], discriminator: [image, [1]], head: [[24], [10]] }],
    ['infogan', { generator: [[17], image], discriminator: [image, [1]], head: [[24], [12]] }],
    ['ebgan', { generator: [[5], image], discriminator: [image, image] }],
    ['began', { generator: [[5], image], discriminator: [image, image] }],
  ])('of %s take and give what the loss needs', (loss, expected) =>
    withoutLeaks(() => {
      using model = new GAN({ ...small, loss });
      expect(Object.fromEntries(Object.entries(model.networks).map(([name, n]) => [name, inAndOut(n)]))).toEqual(expected);
      expect([model.loss, model.structure.imageShape]).toEqual([loss, image]);
    }),
  ); // prettier-ignore

  it('have norms and biases by the loss: critics have neither', () =>
    withoutLeaks(async () => {
      const keysOf = async (loss: GANLossName) => {
        using model = new GAN({ ...small, loss });
        return Object.keys(await stateDict(model.discriminator));
      };
      const norm = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map((name) => `main.3.${name}`);
      const first = ['main.0.weight', 'main.0.bias', 'main.2.weight'];
      expect(await keysOf('gan')).toEqual([...first, ...norm, 'main.6.weight', 'main.6.bias']);
      expect(await keysOf('wgan-gp')).toEqual([...first, 'main.2.bias', 'main.5.weight']);
      expect(await keysOf('hinge')).toEqual([...first, 'main.2.bias', 'main.5.weight', 'main.5.bias']);
    })); // prettier-ignore

  it("are those of handwritten digits by default, with DCGAN's widths and initial weights", () =>
    withoutLeaks(async () => {
      using model = new GAN({ seed: 3 });
      expect(model.options).toEqual({
        loss: 'gan', imageShape: [28, 28, 1], latentSize: 100, filters: 64, discriminatorFilters: 64, initializerGain: 0.02,
        norm: 'batch', discriminatorNorm: 'batch', seed: 3,
      }); // prettier-ignore
      // 100 · 128·7·7; γ, β, mean, variance of 128; 4·4·128·64; the same of 64; 4·4·64 and a bias
      expect(model.generator.countParams()).toBe(627_200 + 512 + 131_072 + 256 + 1_025);
      expect(model.discriminator.countParams()).toBe(1_024 + 64 + 131_072 + 512 + 128 * 49 + 1);
      const kernel = model.generator.getWeights()[0]!;
      const { mean, variance } = tf.moments(kernel);
      expect(Math.abs((await valuesOf(mean))[0]!)).toBeLessThan(1e-4); // 4 standard errors: 4 · 0.02 / √627200
      expect(Math.sqrt((await valuesOf(variance))[0]!)).toBeCloseTo(0.02, 4);
      const gamma = await valuesOf(tf.clone(model.generator.getWeights()[1]!));
      expect(gamma.reduce((a, b) => a + b) / 128).toBeCloseTo(1, 2);
      expect(gamma).not.toContain(1);
    }));

  it('are the same for the same seed, others for another, and differ from each other', () =>
    withoutLeaks(async () => {
      const kernels = async (seed: number) => {
        using model = new GAN({ ...small, seed });
        return await Promise.all([model.generator, model.discriminator].map(async (n) => String(await n.getWeights()[0]!.data())));
      };
      const first = await kernels(1);
      expect(await kernels(1)).toEqual(first);
      expect(new Set([...first, ...(await kernels(2))]).size).toBe(4);
    })); // prettier-ignore

  it.each<[GANOptions['imageShape'] & object, number]>([[[28, 28, 1], 2], [[32, 32, 3], 3], [[64, 64, 3], 4], [[6, 10, 1], 1], [[16, 8, 1], 1]])(
    'of %j halve images %i times by default',
    (imageShape, levels) =>
      withoutLeaks(() => {
        using model = new GAN({ imageShape, filters: 1, latentSize: 1 });
        expect(model.discriminator.layers.filter((layer) => layer.getClassName() === 'Conv2D')).toHaveLength(levels);
        expect(model.generator.layers.filter((layer) => layer.getClassName() === 'Conv2DTranspose')).toHaveLength(levels);
      }),
  ); // prettier-ignore
});

describe('the input of a generator', () => {
  it('is noise, a one-hot label, continuous codes', () =>
    withoutLeaks(async () => {
      const parts = { latentSize: 2, classes: 3, continuous: 1 };
      const values = {
        noise: Float32Array.of(0.5, 1, 1.5, 2),
        labels: [2, 0],
        codes: Float32Array.of(-1, 0.25),
      };
      expect(await valuesOf(latentTensor(parts, 2, values))).toEqual([
        0.5, 1, 0, 0, 1, -1, 1.5, 2, 1, 0, 0, 0.25,
      ]);
    }));

  it('is normal noise, even labels, codes from −1 to 1', () => {
    const count = 10_000;
    const { noise, labels, codes } = drawLatent(
      { latentSize: 2, classes: 4, continuous: 1 },
      count,
      new Random(1),
    );
    const mean = (list: ArrayLike<number>) => Array.from(list).reduce((sum, x) => sum + x, 0) / list.length;
    // four standard errors each
    expect(Math.abs(mean(noise))).toBeLessThan(4 / Math.sqrt(2 * count));
    expect(Math.abs(mean(noise.map((x) => x * x)) - 1)).toBeLessThan(4 * Math.sqrt(2 / (2 * count)));
    expect(Math.abs(mean(codes.map((x) => x * x)) - 1 / 3)).toBeLessThan((4 * 0.298) / Math.sqrt(count));
    expect(Math.max(...codes.map(Math.abs))).toBeLessThanOrEqual(1);
    for (let label = 0; label < 4; label++) {
      const share = labels.filter((x) => x === label).length / count;
      expect(Math.abs(share - 1 / 4)).toBeLessThan(4 * Math.sqrt(3 / 16 / count));
    }
  });
});

describe('generate', () => {
  it('gives the same images for the same seed, the first ones whatever the count, in [−1, 1]', () =>
    withoutLeaks(async () => {
      using model = new GAN({ ...small, initializerGain: 2 });
      const images = model.generate({ count: 3, seed: 5 });
      expect(images.shape).toEqual([3, 12, 8, 1]);
      const values = await valuesOf(images);
      expect(await valuesOf(model.generate({ count: 3, seed: 5 }))).toEqual(values);
      expect(await valuesOf(model.generate({ count: 2, seed: 5 }))).toEqual(values.slice(0, 192));
      expect(await valuesOf(model.generate({ count: 3, seed: 6 }))).not.toEqual(values);
      expect(await valuesOf(model.generate())).toHaveLength(96);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
    }));

  it('is the generator on noise, label and codes, with running statistics', () =>
    withoutLeaks(async () => {
      using model = new GAN({ ...small, loss: 'infogan', codes: { categorical: 3, continuous: 2 } });
      const random = new Random(9);
      const noise = (): number[] => Array.from({ length: 5 }, () => random.normal());
      const skip = () => [random.index(3), random.uniform(), random.uniform()];
      const rows = [[...noise(), 0, 0, 1, 0.5, -2]];
      skip();
      rows.push([...noise(), 1, 0, 0, 0, 1]);
      const expected = tf.tidy(() => model.generator.predict(tf.tensor2d(rows)) as tf.Tensor);
      const images = model.generate({ labels: [2, 0], codes: [[0.5, -2], [0, 1]], seed: 9 }); // prettier-ignore
      expect(await valuesOf(images)).toEqual(await valuesOf(expected));
    }));

  it("of BEGAN's generator, which has no tanh, is clipped", () =>
    withoutLeaks(async () => {
      using model = new GAN({ ...small, loss: 'began', initializerGain: 1 });
      const values = await valuesOf(model.generate({ count: 4, seed: 1 }));
      expect([Math.min(...values), Math.max(...values)]).toEqual([-1, 1]);
    }));

  it('refuses what does not fit, before anything is allocated', () =>
    withoutLeaks(() => {
      using plain = new GAN(small);
      using labelled = new GAN({ ...small, loss: 'acgan', classes: 3 });
      using coded = new GAN({ ...small, loss: 'infogan', codes: { categorical: 0, continuous: 2 } });
      const refuse = (model: GAN, options: object, message: string) =>
        expectRefusal(() => model.generate(options), 'INVALID_OPTION', `GAN.generate: option ${message}`);
      refuse(labelled, { labels: [0, 3] }, '"labels" must be whole numbers from 0 to 2, got 3 for image 1.');
      refuse(labelled, { labels: [0.5] }, '"labels" must be whole numbers from 0 to 2, got 0.5 for image 0.');
      refuse(labelled, { count: 3, labels: [0] }, '"labels" must have one entry for each of the 3 images, got 1.');
      refuse(labelled, { labels: 2 }, '"labels" must be an array of one class for each image, got 2.');
      refuse(plain, { labels: [0] }, '"labels" needs a model with labels, but this model has none.');
      refuse(coded, { labels: [0] }, '"labels" needs a model with labels, but this model has none.');
      refuse(labelled, { codes: [[0]] }, '"codes" needs a model with continuous codes, but this model has none.');
      refuse(coded, { codes: [[0]] }, '"codes" must be lists of 2 finite numbers, got [0] for image 0.');
      refuse(coded, { codes: [[0, NaN]] }, '"codes" must be lists of 2 finite numbers, got [0, NaN] for image 0.');
      refuse(plain, { count: 0 }, '"count" must be a whole number from 1, got 0.');
      plain.dispose();
      expectRefusal(() => plain.generate(), 'DISPOSED', 'GAN.generate: the model has been disposed. Build or load a new one.');
    })); // prettier-ignore
});

it.each<[GANOptions, string, string]>([
  [{ imageShape: [27, 28, 1] }, 'INVALID_SHAPE', 'GAN: the height of option "imageShape" must be a multiple of 2, as the network halves it once, got 27. Use images of another size.'],
  [{ imageShape: [28, 28, 1], levels: 3 }, 'INVALID_SHAPE', 'GAN: the height of option "imageShape" must be a multiple of 8, as the network halves it 3 times, got 28. Use images of another size, or fewer levels.'],
  [{ imageShape: [28, null, 1] as never }, 'INVALID_OPTION', 'GAN: option "imageShape" must be [height, width, channels], whole numbers from 1, got [28, null, 1].'],
  [{ latentSize: 0 }, 'INVALID_OPTION', 'GAN: option "latentSize" must be a whole number from 1, got 0.'],
  [{ loss: 'wgangp' as never }, 'INVALID_OPTION', 'GAN: option "loss" must be one of "gan", "lsgan", "wgan", "wgan-gp", "dragan", "cgan", "infogan", "acgan", "ebgan", "began", "hinge", "rsgan", "ralsgan", got "wgangp".'],
  [{ classes: 10 }, 'INVALID_OPTION', 'GAN: option "classes" cannot be combined with loss "gan". Leave "classes" out, or choose a loss that takes it: cgan, acgan.'],
  [{ loss: 'cgan', codes: {} }, 'INVALID_OPTION', 'GAN: option "codes" cannot be combined with loss "cgan". Leave "codes" out, or choose a loss that takes it: infogan.'],
  [{ loss: 'infogan', codes: { categorical: 0, continuous: 0 } }, 'INVALID_OPTION', 'GAN: option "codes" must have categorical or continuous codes, got neither.'],
  [{ loss: 'infogan', codes: { discrete: 2 } as never }, 'INVALID_OPTION', 'GAN: option "codes" must be an object such as { categorical: 10, continuous: 2, variance: false }, got an object.'],
  [{ loss: 'began', norm: 'batch' }, 'INVALID_OPTION', 'GAN: option "norm" cannot be combined with loss "began". Leave "norm" out, or choose a loss that takes it: gan, lsgan, wgan, wgan-gp, dragan, cgan, infogan, acgan, ebgan, hinge, rsgan, ralsgan.'],
])('%j is refused before anything is allocated', (options, code, message) => {
  expectRefusal(() => new GAN(options), code, message);
}); // prettier-ignore

describe('own networks', () => {
  const generator = (classes = 0) =>
    dcganGenerator({ latentSize: 5, classes, outputShape: [8, 8, 1], filters: 1, levels: 1 });
  const discriminator = (classes = 0) =>
    dcganDiscriminator({ inputShape: [8, 8, 1], classes, filters: 1, levels: 1, norm: 'none' });

  it('are taken with their sizes, and stay their owner\'s', () =>
    withoutLeaks(async () => {
      const networks = { generator: generator(3), discriminator: discriminator(), head: discriminatorHead({ features: 16, outputs: 3 }) };
      const model = new GAN({ ...networks, loss: 'acgan', classes: 3, headInput: -2 + networks.discriminator.layers.length });
      expect(model.structure).toEqual({
        loss: 'acgan', imageShape: [8, 8, 1], latent: { latentSize: 5, classes: 3, continuous: 0 }, headInput: 'main.2', headOutputs: 3,
      });
      const first = await valuesOf(model.generate({ seed: 1 }));
      model.dispose();
      expect(model.disposed).toBe(true);
      using again = new GAN({ ...networks, loss: 'acgan', classes: 3, headInput: 'main.2' });
      expect(await valuesOf(again.generate({ seed: 1 }))).toEqual(first);
      for (const network of Object.values(networks)) network.dispose();
    })); // prettier-ignore

  it.each<[string, () => object, string, string]>([
    ['a generator without room for noise', () => ({ generator: generator(), discriminator: discriminator(), loss: 'acgan', classes: 5 }), 'INVALID_MODEL', 'GAN: the generator\'s input must be [null, size] with a size of at least 6: noise and 5 for labels and codes, got [null, 5].'],
    ['no classes', () => ({ generator: generator(), discriminator: discriminator(), loss: 'cgan' }), 'INVALID_OPTION', 'GAN: option "classes" must be a whole number from 2 with loss "cgan", got undefined.'],
    ['a discriminator without labels', () => ({ generator: generator(2), discriminator: discriminator(), loss: 'cgan', classes: 2 }), 'INVALID_MODEL', 'GAN: the discriminator\'s input must be [null, 8, 8, 3], images with a channel for each class, got [null, 8, 8, 1].'],
    ['logits in place of images', () => ({ generator: generator(), discriminator: discriminator(), loss: 'began' }), 'INVALID_MODEL', 'GAN: the discriminator\'s output must be [null, 8, 8, 1], reconstructed images, got [null, 1].'],
    ['images in place of logits', () => ({ generator: generator(), discriminator: autoencoderDiscriminator({ inputShape: [8, 8, 1], filters: 1, codeSize: 2 }) }), 'INVALID_MODEL', 'GAN: the discriminator\'s output must be [null, 1], one logit for each image, got [null, 8, 8, 1].'],
    ['no codes', () => ({ generator: generator(), discriminator: autoencoderDiscriminator({ inputShape: [8, 8, 1], filters: 1, codeSize: 2 }), loss: 'ebgan' }), 'INVALID_MODEL', 'GAN: loss "ebgan" needs code, the layer of the discriminator that returns the codes of images.'],
    ['no head', () => ({ generator: generator(2), discriminator: discriminator(), loss: 'acgan', classes: 2 }), 'INVALID_MODEL', 'GAN: loss "acgan" needs a head and headInput, the layer of the discriminator that the head reads.'],
    ['a head for nothing', () => ({ generator: generator(), discriminator: discriminator(), head: discriminatorHead({ features: 16, outputs: 2 }) }), 'INVALID_MODEL', 'GAN: loss "gan" has no head, got a model.'],
    ['a head of other features', () => ({ generator: generator(2), discriminator: discriminator(), head: discriminatorHead({ features: 4, outputs: 2 }), headInput: 'main.2', loss: 'acgan', classes: 2 }), 'INVALID_MODEL', 'GAN: the head\'s input must be [null, 16], the output of the discriminator\'s layer "main.2", got [null, 4].'],
    ['a head of other classes', () => ({ generator: generator(2), discriminator: discriminator(), head: discriminatorHead({ features: 16, outputs: 3 }), headInput: 'main.2', loss: 'acgan', classes: 2 }), 'INVALID_MODEL', 'GAN: the head\'s output must be [null, 2], estimates of classes or codes, got [null, 3].'],
    ['a layer that does not exist', () => ({ generator: generator(2), discriminator: discriminator(), head: discriminatorHead({ features: 16, outputs: 2 }), headInput: 'main.9', loss: 'acgan', classes: 2 }), 'INVALID_OPTION', 'GAN: option "headInput" must be the name of a layer of the discriminator or its index from 0 to 5, got "main.9". Did you mean "main.0"?'],
    ['half of them', () => ({ generator: generator() }), 'INVALID_OPTION', 'GAN: option "discriminator" must be a tf.LayersModel, given together with the other networks, got undefined.'],
  ])('%s is refused by name', (_, make, code, message) =>
    withoutLeaks(() => {
      const options = make() as Record<string, unknown>;
      expectRefusal(() => new GAN(options), code, message);
      for (const value of Object.values(options)) if (value instanceof tf.LayersModel) value.dispose();
    }),
  ); // prettier-ignore
});

describe('a model that was saved and loaded', () => {
  const saved = async (model: GAN | Pix2Pix): Promise<tf.io.ModelArtifacts> => {
    let artifacts: tf.io.ModelArtifacts | undefined;
    await model.save(tf.io.withSaveHandler((given) => {
      artifacts = JSON.parse(JSON.stringify({ ...given, weightData: undefined })) as tf.io.ModelArtifacts;
      artifacts.weightData = given.weightData!;
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) });
    }));
    return artifacts!;
  }; // prettier-ignore

  it.each<GANOptions>([{ loss: 'gan' }, { loss: 'cgan', classes: 3 }, { loss: 'infogan', codes: { continuous: 1, variance: true } }, { loss: 'began', codeSize: 3 }])(
    '%j has the same options, weights and results',
    (options) =>
      withoutLeaks(async () => {
        using model = new GAN({ ...small, ...options });
        using loaded = await GAN.load(tf.io.fromMemory(await saved(model)));
        expect([loaded.options, loaded.structure]).toEqual([model.options, model.structure]);
        const weights = (gan: GAN) =>
          Promise.all(Object.values(gan.networks as unknown as Record<string, tf.LayersModel>).flatMap((n) => n.getWeights()).map(async (w) => [...(await w.data())]));
        expect(await weights(loaded)).toEqual(await weights(model));
        expect(await valuesOf(loaded.generate({ seed: 1 }))).toEqual(await valuesOf(model.generate({ seed: 1 })));
      }),
  ); // prettier-ignore

  it('of networks handed in keeps what is said of them', () =>
    withoutLeaks(async () => {
      const discriminator = autoencoderDiscriminator({
        inputShape: [8, 8, 1],
        filters: 1,
        codeSize: 2,
        levels: 1,
      });
      const generator = dcganGenerator({ latentSize: 3, outputShape: [8, 8, 1], filters: 1 });
      const model = new GAN({ generator, discriminator, loss: 'ebgan', code: 'main.3' });
      using loaded = await GAN.load(tf.io.fromMemory(await saved(model)));
      expect([loaded.options, loaded.structure]).toEqual([undefined, model.structure]);
      expect(await valuesOf(loaded.generate({ seed: 1 }))).toEqual(
        await valuesOf(model.generate({ seed: 1 })),
      );
      generator.dispose();
      discriminator.dispose();
    }));

  it('is refused by another class, by name', () =>
    withoutLeaks(async () => {
      using gan = new GAN(small);
      using pix2pix = new Pix2Pix({ inputShape: [32, 32, 1], levels: 5, filters: 1, discriminatorLayers: 1 });
      await expect(Pix2Pix.load(tf.io.fromMemory(await saved(gan)))).rejects.toThrow(
        'Pix2Pix.load: the file holds a GAN, not a Pix2Pix. Load it with GAN.load.',
      );
      await expect(GAN.load(tf.io.fromMemory(await saved(pix2pix)))).rejects.toThrow(
        'GAN.load: the file holds a Pix2Pix, not a GAN. Load it with Pix2Pix.load.',
      );
    }));
});

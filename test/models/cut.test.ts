import * as tf from '@tensorflow/tfjs';
import { CUT, featureHead, patchDiscriminator, Pix2Pix, resnetGenerator, translateImage } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyCUT, weightsOf } from '../support/tiny.js';

/** Saves to memory, and returns a handler that loads it. */
async function saved(model: CUT): Promise<tf.io.IOHandler> {
  let kept: tf.io.ModelArtifacts | undefined;
  await model.save({
    save: (artifacts) => {
      kept = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    },
  });
  return { load: () => Promise.resolve(kept!) };
}

const allWeights = async ({ networks }: CUT): Promise<number[]> =>
  (await Promise.all(Object.values(networks).map(weightsOf))).flat();

it("has the defaults of CUT's program", () => {
  const model = new CUT({ inputShape: [64, 64, 3], filters: 1, seed: 1 });
  expect(model.nceLayers).toEqual([0, 4, 8, 12, 16]);
  expect(model.options).toMatchObject({
    convention: 'pytorch', generator: 'resnet', norm: 'instance', initializer: 'xavier', antialias: true, upsampling: 'smooth',
    nceUnits: 256, residualBlocks: 9, discriminatorLayers: 3, dropout: false,
  }); // prettier-ignore
  expect(model.head.inputs.map(({ shape }) => shape)).toEqual([3, 2, 4, 4, 4].map((size) => [null, size]));
  expect(model.head.getLayer('mlp_4.2').output).toMatchObject({ shape: [null, 256] });
  model.dispose();
});

it.each([
  [{ antialias: false }, [0, 4, 7, 10]],
  [{ residualBlocks: 3 }, [0, 4, 8, 12, 14]],
  [{ residualBlocks: 0, downsamplingBlocks: 1 }, [0, 4]],
])('compares corresponding layers of other generators: %o', (options, layers) => {
  const model = tinyCUT(options);
  expect(model.nceLayers).toEqual(layers);
  model.dispose();
});

it('saves and loads all networks and options, and translates alike', () =>
  withoutLeaks(async () => {
    const model = tinyCUT();
    const loaded = await CUT.load(await saved(model));
    expect(loaded.options).toEqual(model.options);
    expect(loaded.nceLayers).toEqual(model.nceLayers);
    expect(await allWeights(loaded)).toEqual(await allWeights(model));
    const x = tinyBatch(2);
    const [y, again] = [model.translate(x), loaded.translate(x)];
    expect(await again.data()).toEqual(await y.data());
    tf.dispose([x, y, again]);
    model.dispose();
    loaded.dispose();
  }));

it('accepts networks of your own, and saves them with their layers', () =>
  withoutLeaks(async () => {
    const shape = { convention: 'pytorch', inputShape: [null, null, 3], filters: 2, seed: 1 } as const;
    const generator = resnetGenerator({ ...shape, residualBlocks: 1 });
    const discriminator = patchDiscriminator({ ...shape, layers: 1 });
    const head = featureHead(generator, { nceLayers: ['model.4', 10], nceUnits: 3, seed: 1 });
    const model = new CUT({ generator, discriminator, head, nceLayers: ['model.4', 10] });
    const loaded = await CUT.load(await saved(model));
    expect(loaded.options).toBeUndefined();
    expect(loaded.nceLayers).toEqual(['model.4', 10]);
    expect(await allWeights(loaded)).toEqual(await allWeights(model));
    loaded.dispose();
    model.dispose();
    expect(() => new CUT({ generator, discriminator, head, nceLayers: ['model.4'] })).toThrow(
      'CUT: the head must have one input and one output for each of the layers ["model.4"], with inputs of shape [null, 4], ' +
        'got [null, 4], [null, 8]. Build it with featureHead(generator, { nceLayers }).',
    );
    for (const network of [generator, discriminator, head]) tf.dispose(network.weights.map((w) => w.read()));
  }));

it('takes features after the ReLU of a norm, but for the last layer', () => {
  const generator = resnetGenerator({
    convention: 'pytorch',
    inputShape: [16, 16, 3],
    filters: 2,
    residualBlocks: 1,
  });
  const head = featureHead(generator, { nceLayers: [5, 8], nceUnits: 2 });
  expect(head.inputs.map(({ shape }) => shape[1])).toEqual([4, 8]);
  generator.dispose();
  head.dispose();
});

describe('refuses', () => {
  it.each<[object, string, string]>([
    [{ outputChannels: 1 }, 'UNKNOWN_OPTION', 'CUT: unknown option "outputChannels". Known: '],
    [{ generator: 'unet' }, 'INVALID_OPTION', 'CUT: option "generator" must be one of "resnet", got "unet".'],
    [{ nceLayers: [] }, 'INVALID_OPTION', 'CUT: option "nceLayers" must be a list of layers, as names or as whole numbers from 0, got [].'],
    [{ nceLayers: [0, 99] }, 'INVALID_OPTION', 'featureHead: option "nceLayers" names 99, but the generator has no layer "model.99". Did you mean "model.9"?'],
    [{ nceLayers: [8, 4] }, 'INVALID_OPTION', `featureHead: option "nceLayers" must be in the order of the generator's layers, got [8, 4].`],
  ])('%o', (options, code, message) =>
    withoutLeaks(() => {
      expect(() => tinyCUT(options)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as string }));
    })); // prettier-ignore

  it('the file of another model, and a direction', () =>
    withoutLeaks(async () => {
      const model = tinyCUT();
      await expect(Pix2Pix.load(await saved(model))).rejects.toThrow(
        'Pix2Pix.load: the file holds a CUT, not a Pix2Pix. Load it with CUT.load.',
      );
      const image = scattered([8, 8, 3]) as tf.Tensor3D;
      await expect(translateImage(model, image, 'AtoB')).rejects.toThrow(
        'translateImage: a CUT translates from A to B only, so direction must be undefined, got "AtoB".',
      );
      image.dispose();
      model.dispose();
      expect(() => model.translate(image)).toThrow(
        'CUT.translate: the model has been disposed. Build or load a new one.',
      );
    }));
});

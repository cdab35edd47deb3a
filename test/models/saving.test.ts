/** Saving and loading a CycleGAN through IO handlers of tfjs, and what is refused. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, type CycleGANOptions, registerLayers, resnetGenerator } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
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

/** What a file would give back: the topology as JSON, the weights as they are. */
const stored = (artifacts: tf.io.ModelArtifacts): tf.io.ModelArtifacts => ({
  ...(JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined })) as tf.io.ModelArtifacts),
  weightData: tf.io.CompositeArrayBuffer.join(artifacts.weightData).slice(0),
});

/** A place in memory, as a handler of one's own. */
class Memory implements tf.io.IOHandler {
  artifacts: tf.io.ModelArtifacts | undefined;
  save = (artifacts: tf.io.ModelArtifacts) => {
    this.artifacts = stored(artifacts);
    return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
  };
  load = () => Promise.resolve(this.artifacts!);
}

/** All weights, and what all networks say to an image. */
async function numbersOf(model: CycleGAN): Promise<number[][]> {
  const numbers: number[][] = [];
  for (const name of names) {
    const [, height, width, channels] = model[name].inputs[0]!.shape;
    const x = scattered([1, height ?? 16, width ?? 16, channels!]);
    const y = model[name].predict(x) as tf.Tensor;
    for (const t of [...model[name].getWeights(), y]) numbers.push([...(await t.data())]);
    tf.dispose([x, y]);
  }
  return numbers;
}

/** Weights as after training: none of them initial, running statistics included. */
function moveWeights(model: CycleGAN): void {
  tf.tidy(() => {
    for (const [i, name] of names.entries()) {
      model[name].setWeights(model[name].getWeights().map((w, j) => tf.abs(scattered(w.shape, 10 * i + j))));
    }
  });
}

describe('a model that was saved and loaded', () => {
  it.each<[string, CycleGANOptions]>([
    ['K\'s', small],
    ['P\'s, channels that differ, batch norm, dropout', { ...small, inputShape: [24, 24, 1], convention: 'pytorch', outputChannels: 3, norm: 'batch', dropout: true }],
    ['with resize-convolutions, replicated borders, orthogonal weights', { ...small, upsampling: 'resize', border: 'replicate', initializer: 'orthogonal' }],
    ['a light generator, orthogonal weights', { ...small, separable: true, initializer: 'orthogonal' }],
    ['a U-Net with pixel discriminators, sizes open', { inputShape: [null, null, 1], filters: 1, generator: 'unet', levels: 5, discriminator: 'pixel', discriminatorFilters: 2 }],
  ])('has the same options, weights and results: %s', (_, options) =>
    withoutLeaks(async () => {
      using model = new CycleGAN(options);
      if (options.generator !== 'unet') moveWeights(model);
      const memory = new Memory();
      const { modelArtifactsInfo } = await model.save(memory);
      expect(modelArtifactsInfo.weightDataBytes).toBe(4 * names.reduce((sum, name) => sum + model[name].countParams(), 0));
      using loaded = await CycleGAN.load(memory);
      expect(loaded.options).toEqual(model.options);
      expect(loaded.convention).toBe(model.convention);
      if (options.generator === 'unet') { // its inputs are as large as its levels want
        const x = scattered([32, 64, 1]) as tf.Tensor3D;
        const [y, again] = [model.translate(x, 'BtoA'), loaded.translate(x, 'BtoA')];
        expect(await again.data()).toEqual(await y.data());
        tf.dispose([x, y, again]);
      } else {
        expect(await numbersOf(loaded)).toEqual(await numbersOf(model));
      }
    }),
  ); // prettier-ignore

  it('is a model like any: it translates other sizes, is saved again, and frees its networks', () =>
    withoutLeaks(async () => {
      const [memory, second] = [new Memory(), new Memory()];
      {
        using model = new CycleGAN(small);
        await model.save(memory);
      }
      using loaded = await CycleGAN.load(memory);
      await loaded.save(second);
      expect(second.artifacts).toEqual(memory.artifacts);
      const x = scattered([8, 12, 1]) as tf.Tensor3D;
      const y = loaded.translate(x, 'AtoB');
      expect(y.shape).toEqual([8, 12, 1]);
      tf.dispose([x, y]);
    }));

  it('of networks handed in keeps them, and the convention', () =>
    withoutLeaks(async () => {
      const conv = (name: string, value: number) =>
        tf.sequential({
          layers: [tf.layers.conv2d({
            name, inputShape: [null, null, 1], filters: 1, kernelSize: 3, padding: 'same', activation: 'tanh',
            kernelInitializer: tf.initializers.constant({ value }), biasInitializer: 'ones',
          })],
        }); // prettier-ignore
      const networks = {
        generatorG: conv('a', 0.5), generatorF: conv('b', -1), discriminatorX: conv('c', 2), discriminatorY: conv('d', 0),
      }; // prettier-ignore
      const model = new CycleGAN({ ...networks, convention: 'pytorch' });
      const memory = new Memory();
      await model.save(memory);
      const loaded = await CycleGAN.load(memory);
      expect([loaded.convention, loaded.options]).toEqual(['pytorch', undefined]);
      expect(await numbersOf(loaded)).toEqual(await numbersOf(model));
      loaded.dispose(); // its own networks
      for (const name of names) networks[name].dispose();
    }));

  it('goes through tf.io.withSaveHandler and tf.io.fromMemory', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      let artifacts: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler((given) => {
          artifacts = given;
          return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) });
        }),
      );
      using loaded = await CycleGAN.load(tf.io.fromMemory(artifacts!));
      expect(await numbersOf(loaded)).toEqual(await numbersOf(model));
    }));

  it('goes through a URL that a handler is registered for', () =>
    withoutLeaks(async () => {
      const memory = new Memory();
      const router = (url: string | string[]) =>
        (url === 'memory://here' ? memory : null) as unknown as tf.io.IOHandler;
      tf.io.registerSaveRouter(router);
      tf.io.registerLoadRouter(router);
      using model = new CycleGAN(small);
      await model.save('memory://here');
      using loaded = await CycleGAN.load('memory://here');
      expect(loaded.options).toEqual(model.options);
    }));
});

describe('refusals', () => {
  interface Topology {
    version: unknown;
    options: Record<string, unknown> | null;
    networks: Record<string, unknown>;
    weights: string[];
  }
  const refusal = (code: string, message: string) =>
    expect.objectContaining({ name: 'CycleGANError', code, message }) as Error;
  const savedModel = async () => {
    using model = new CycleGAN(small);
    const memory = new Memory();
    await model.save(memory);
    return memory.artifacts!;
  };

  it.each<[string, (topology: Topology, artifacts: tf.io.ModelArtifacts) => void, string]>([
    ['another version', (t) => { t.version = 3; }, 'the model has format version 3, but this library reads versions 1 and 2. Use the version of ts-cyclegan that saved it, or a newer one.'],
    ['no version', (t) => { delete t.version; }, 'the model has format version undefined, but this library reads versions 1 and 2. Use the version of ts-cyclegan that saved it, or a newer one.'],
    ['a network that is missing', (t) => { delete t.networks.generatorF; }, 'generatorF missing in the model. Copy it again, or save it again.'],
    ['several pieces that are missing', (t) => { t.networks = { generatorF: null }; t.options = null; }, 'generatorG, generatorF, discriminatorX, discriminatorY, options missing in the model. Copy it again, or save it again.'],
    ['options of another library', (t) => { t.options!.filters = 'many'; }, 'the saved options are not valid. CycleGAN: option "filters" must be a whole number from 1, got "many".'],
    ['an unknown convention', (t) => { t.options = { convention: 'jax' }; }, 'the saved options are not valid. CycleGAN: option "convention" must be one of "keras", "pytorch", got "jax".'],
    ['no weights', (_, a) => { delete a.weightSpecs; delete a.weightData; }, 'weights are missing in the model: generatorG/model.1/kernel, generatorG/model.2/gamma, generatorG/model.2/beta and 57 more. Copy it again, or save it again.'],
    ['one weight less', (_, a) => { a.weightSpecs!.splice(1, 1); }, 'weights are missing in the model: generatorG/model.2/gamma. Copy it again, or save it again.'],
    ['a weight too many', (_, a) => { a.weightSpecs!.push({ name: 'generatorG/more', shape: [1], dtype: 'float32' }); }, 'unexpected weights in the model: generatorG/more. Copy it again, or save it again.'],
    ['a layer that nobody knows', (t) => { (t.networks.generatorF as { config: { layers: { class_name: string }[] } }).config.layers[1]!.class_name = 'Warp'; }, 'a network cannot be built: generatorF: layer "model.0" is of the class "Warp", which TensorFlow.js does not know. Register the class with tf.serialization.registerClass before loading.'],
  ])('of %s', (_, change, message) =>
    withoutLeaks(async () => {
      const artifacts = await savedModel();
      change(artifacts.modelTopology as Topology, artifacts);
      await expect(CycleGAN.load(tf.io.fromMemory(artifacts))).rejects.toThrow(
        refusal('INVALID_MODEL', `CycleGAN.load: ${message}`),
      );
    }),
  ); // prettier-ignore

  it('of weights that are cut', () =>
    withoutLeaks(async () => {
      const artifacts = await savedModel();
      const whole = artifacts.weightData as ArrayBuffer;
      const cut = tf.io.fromMemory({ ...artifacts, weightData: whole.slice(0, -4) });
      await expect(CycleGAN.load(cut)).rejects.toThrow(
        refusal(
          'INVALID_MODEL',
          `CycleGAN.load: the weights must have ${whole.byteLength} bytes, got ${whole.byteLength - 4}. ` +
            'The file is truncated or damaged. Copy it again.',
        ),
      );
    }));

  it('of a plain layers model, and of nothing', () =>
    withoutLeaks(async () => {
      const message =
        'CycleGAN.load: this is not a saved CycleGAN. To load a single layers model, call registerLayers() and tf.loadLayersModel.';
      const memory = new Memory();
      const network = resnetGenerator({ inputShape: [16, 16, 1], filters: 1, residualBlocks: 0 });
      await network.save(memory);
      network.dispose();
      await expect(CycleGAN.load(memory)).rejects.toThrow(refusal('INVALID_MODEL', message));
      memory.artifacts = undefined;
      await expect(CycleGAN.load(memory)).rejects.toThrow(refusal('INVALID_MODEL', message));
    }));

  it('of places that cannot save or load', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const places = (where: string, got: string) =>
        refusal(
          'INVALID_ARGUMENT',
          `CycleGAN.${where}: expected an IO handler or a URL with a registered handler, got ${got}. ` +
            "In Node.js, use fileSystem(folder) of 'ts-cyclegan/node', or 'file://…' with @tensorflow/tfjs-node.",
        );
      await expect(model.save('nowhere://x')).rejects.toThrow(places('save', '"nowhere://x"'));
      await expect(CycleGAN.load('nowhere://x')).rejects.toThrow(places('load', '"nowhere://x"'));
      await expect(CycleGAN.load(7 as never)).rejects.toThrow(places('load', '7'));
      await expect(CycleGAN.load(null as never)).rejects.toThrow(places('load', 'null'));
      const oneWay = { save: new Memory().save };
      await expect(CycleGAN.load(oneWay)).rejects.toThrow(
        refusal('INVALID_ARGUMENT', 'CycleGAN.load: this IO handler cannot load.'),
      );
      await expect(model.save({ load: oneWay.save as never })).rejects.toThrow(
        refusal('INVALID_ARGUMENT', 'CycleGAN.save: this IO handler cannot save.'),
      );
    }));
});

it('single networks are saved and loaded like any layers model', () =>
  withoutLeaks(async () => {
    registerLayers();
    using model = new CycleGAN({ ...small, inputShape: [24, 24, 1], convention: 'pytorch' });
    const memory = new Memory();
    await model.generatorG.save(memory);
    const loaded = await tf.loadLayersModel(memory);
    const x = scattered([1, 24, 24, 1]);
    const [y, again] = [model.generatorG.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor];
    expect(await again.data()).toEqual(await y.data());
    loaded.dispose();
    tf.dispose([x, y, again]);
  }));

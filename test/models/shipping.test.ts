/** What is shipped: one generator, float16 weights, weights that other programs have quantized. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, type CycleGANOptions, Translator } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

const small = {
  inputShape: [16, 16, 1], outputChannels: 2, filters: 2, residualBlocks: 1, discriminatorLayers: 1, initializerGain: 0.3,
  seed: 7,
} as const satisfies CycleGANOptions; // prettier-ignore

/** A place in memory, which gives back what a file would. */
class Memory implements tf.io.IOHandler {
  artifacts!: tf.io.ModelArtifacts;
  save = (artifacts: tf.io.ModelArtifacts) => {
    this.artifacts = structuredClone(artifacts);
    return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
  };
  load = () => Promise.resolve(this.artifacts);
}

const refusal = (code: string, message: string) =>
  expect.objectContaining({ name: 'CycleGANError', code, message }) as Error;

/** All weights of a generator, and the same rounded to float16 by hand: 10 bits behind the first. */
const valuesOf = (network: tf.LayersModel) => network.getWeights().flatMap((w) => [...w.dataSync()]);
const half = (value: number) => {
  if (value === 0) return 0;
  const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value))), -14) - 10);
  const steps = value / step;
  const isTie = Math.abs(steps - Math.trunc(steps)) === 0.5;
  return (isTie ? 2 * Math.round(steps / 2) : Math.round(steps)) * step; // ties to even
};

const image = (channels: number) => scattered([16, 16, channels]) as tf.Tensor3D;

describe('one generator alone', () => {
  it.each([
    ['AtoB', 'generatorG', 1],
    ['BtoA', 'generatorF', 2],
  ] as const)(
    '%s translates as the model does, and takes its share of the space',
    (direction, network, channels) =>
      withoutLeaks(async () => {
        using model = new CycleGAN(small);
        const memory = new Memory();
        const { modelArtifactsInfo } = await model.save(memory, { direction });
        expect(modelArtifactsInfo.weightDataBytes).toBe(4 * model[network].countParams());
        using translator = await Translator.load(memory);
        expect([translator.direction, translator.options]).toEqual([direction, model.options]);
        const x = image(channels);
        const [y, again] = [model.translate(x, direction), translator.translate(x)];
        expect(again.dataSync()).toEqual(y.dataSync());
        tf.dispose([x, y, again]);
        await expect(CycleGAN.load(memory)).rejects.toThrow(
          refusal(
            'INVALID_MODEL',
            `CycleGAN.load: the file holds only one network, ${network}. Load it with Translator.load.`,
          ),
        );
      }),
  );

  it('is taken from a whole model, if it is said which', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const memory = new Memory();
      await model.save(memory);
      const before = tf.memory().numTensors;
      using translator = await Translator.load(memory, { direction: 'BtoA' });
      expect(tf.memory().numTensors - before).toBe(model.generatorF.weights.length);
      const x = image(2);
      const [y, again] = [model.translate(x, 'BtoA'), translator.translate(x)];
      expect(again.dataSync()).toEqual(y.dataSync());
      tf.dispose([x, y, again]);
      await expect(Translator.load(memory)).rejects.toThrow(
        refusal('INVALID_OPTION', 'Translator.load: the file holds both directions. Choose one: Translator.load(source, { direction: "AtoB" }).'),
      ); // prettier-ignore
      await model.save(memory, { direction: 'AtoB' });
      await expect(Translator.load(memory, { direction: 'BtoA' })).rejects.toThrow(
        refusal('INVALID_MODEL', 'Translator.load: the file holds the generator of AtoB only, not of BtoA. Load the file of BtoA.'),
      ); // prettier-ignore
    }));

  it('refuses wrong options, images and use after dispose', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const memory = new Memory();
      await expect(model.save(memory, { direction: 'A' as never })).rejects.toThrow(
        refusal(
          'INVALID_OPTION',
          'CycleGAN.save: option "direction" must be one of "AtoB", "BtoA", got "A".',
        ),
      );
      await expect(model.save(memory, { dtype: 'uint8' as never })).rejects.toThrow(
        refusal(
          'INVALID_OPTION',
          'CycleGAN.save: option "dtype" must be one of "float32", "float16", got "uint8".',
        ),
      );
      await model.save(memory, { direction: 'AtoB' });
      const translator = await Translator.load(memory);
      const x = image(2);
      expect(() => translator.translate(x)).toThrow(
        refusal('INVALID_SHAPE', 'Translator.translate: image must have 1 channels, got 2.'),
      );
      translator.dispose();
      translator.dispose();
      expect(() => translator.translate(x)).toThrow(
        refusal('DISPOSED', 'Translator.translate: the translator has been disposed. Load a new one.'),
      );
      x.dispose();
    }));
});

describe('smaller weights', () => {
  it('of float16 are rounded to the nearest, and take half of the space', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const memory = new Memory();
      const { modelArtifactsInfo } = await model.save(memory, { dtype: 'float16' });
      const names = ['generatorG', 'generatorF', 'discriminatorX', 'discriminatorY'] as const;
      expect(modelArtifactsInfo.weightDataBytes).toBe(
        2 * names.reduce((sum, name) => sum + model[name].countParams(), 0),
      );
      using loaded = await CycleGAN.load(memory);
      for (const name of names) expect(valuesOf(loaded[name])).toEqual(valuesOf(model[name]).map(half));
    }));

  it('that were quantized by the means of tfjs load, to float16 and uint8', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const memory = new Memory();
      await model.save(memory);
      const original = valuesOf(model.generatorG);
      const whole = new Float32Array(memory.artifacts.weightData as ArrayBuffer);
      const [min, scale] = [-2, 1 / 64];
      const quantization = { dtype: 'uint8' as const, min, scale };
      memory.artifacts.weightSpecs = memory.artifacts.weightSpecs!.map((spec) => ({ ...spec, quantization }));
      memory.artifacts.weightData = Uint8Array.from(whole, (value) =>
        Math.round((value - min) / scale),
      ).buffer;
      using loaded = await CycleGAN.load(memory);
      const expected = original.map((value) => Math.fround(Math.round((value - min) / scale) * scale + min));
      expect(valuesOf(loaded.generatorG)).toEqual(expected);

      await model.save(memory, { dtype: 'float16' });
      const halves = memory.artifacts;
      await model.save(memory);
      memory.artifacts = {
        ...memory.artifacts,
        weightSpecs: halves.weightSpecs!,
        weightData: halves.weightData!,
      };
      using again = await CycleGAN.load(memory);
      expect(valuesOf(again.generatorG)).toEqual(original.map(half));
    }));

  it('of float16 are checked as well: hash, and values that it cannot hold', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const memory = new Memory();
      await model.save(memory, { dtype: 'float16' });
      new Uint8Array(memory.artifacts.weightData as ArrayBuffer)[5]! ^= 1;
      await expect(CycleGAN.load(memory)).rejects.toThrow(
        refusal('INVALID_MODEL', 'CycleGAN.load: the weights have been modified: their SHA-256 hash differs. Copy the model again, or save it again.'),
      ); // prettier-ignore
      tf.tidy(() => {
        const [kernel] = model.generatorG.weights;
        kernel!.write(tf.fill(kernel!.shape as number[], 70_000));
      });
      await expect(model.save(memory, { dtype: 'float16' })).rejects.toThrow(
        refusal('INVALID_OPTION', 'CycleGAN.save: float16 holds values up to 65504, but the weight "generatorG/model.1/kernel" has larger values. Save as float32.'),
      ); // prettier-ignore
    }));
});

describe('weights that are not finite', () => {
  it.each([NaN, Infinity])('%s is not saved', (value) =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const memory = new Memory();
      tf.tidy(() => {
        const weight = model.discriminatorY.weights.at(-1)!;
        weight.write(tf.fill(weight.shape as number[], value));
      });
      await expect(model.save(memory)).rejects.toThrow(
        refusal('NOT_A_NUMBER', 'CycleGAN.save: the weight "discriminatorY/model.5/bias" holds NaN or Infinity. Nothing was saved. Return to an earlier model.'),
      ); // prettier-ignore
      expect(memory.artifacts).toBeUndefined();
    }),
  );

  it('are refused on loading, also where there is no hash of them', () =>
    withoutLeaks(async () => {
      using model = new CycleGAN(small);
      const memory = new Memory();
      await model.save(memory);
      const quantization = { dtype: 'float16' as const };
      memory.artifacts.weightSpecs = memory.artifacts.weightSpecs!.map(
        (spec) => ({ ...spec, quantization }) as never,
      );
      const count = (memory.artifacts.weightData as ArrayBuffer).byteLength / 4;
      memory.artifacts.weightData = new Uint16Array(count).fill(0x7e00, 0, 1).buffer;
      await expect(CycleGAN.load(memory)).rejects.toThrow(
        refusal('INVALID_MODEL', 'CycleGAN.load: the weight "generatorG/model.1/kernel" holds NaN or Infinity. Use an earlier model.'),
      ); // prettier-ignore
    }));
});

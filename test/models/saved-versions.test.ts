/** Models that earlier versions of the format hold: they load, and compute what they computed when they were saved. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { CUT, CycleGAN, GAN, Pix2Pix, Translator } from 'ts-cyclegan';
import { fileSystem } from 'ts-cyclegan/node';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/models/bundle.js';
import { withoutLeaks } from '../support/leaks.js';

const fixtures = join(import.meta.dirname, 'fixtures');

interface Example {
  input: number[][][];
  output: number[][][];
}
interface Expected {
  cyclegan: Record<'AtoB' | 'BtoA' | 'discriminatorX' | 'discriminatorY', Example> & {
    options: Record<string, unknown>;
  };
  pix2pix: Record<'translate' | 'discriminator', Example> & { options: object };
  gan: { options: object; generate: number[][][][]; discriminator: Example };
  cut: Record<'translate' | 'discriminator', Example> & {
    options: object;
    head: { inputs: number[][][]; outputs: number[][][] };
  };
}

/** The options of a file under their current names, with options that came later. */
const current = ({ padding, ...options }: Record<string, unknown>): object => ({
  ...options,
  ...(padding !== undefined && { border: padding }),
  separable: false,
  antialias: false,
});

const flat = (values: unknown): number[] => (values as number[]).flat(4);

/** Compares with values of the cpu backend. */
async function expectValues(got: tf.Tensor, wanted: unknown, tolerance = 1e-5): Promise<void> {
  const values = [...(await got.data())];
  got.dispose();
  const expected = flat(wanted);
  expect(values.length).toBe(expected.length);
  const largest = Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)));
  expect(largest).toBeLessThanOrEqual(tolerance * Math.max(1, ...expected.map(Math.abs)));
}
async function follows(
  example: Example,
  run: (x: tf.Tensor3D) => tf.Tensor,
  tolerance?: number,
): Promise<void> {
  const x = tf.tensor3d(example.input);
  await expectValues(run(x), example.output, tolerance);
  x.dispose();
}
const judge = (network: tf.LayersModel) => (x: tf.Tensor3D) =>
  tf.tidy(() => network.predict(tf.expandDims(x)) as tf.Tensor);

const versions = readdirSync(fixtures).filter((name) => name.startsWith('version-'));

it('there is a model of every version', () => {
  expect(versions.sort()).toEqual(Array.from({ length: version }, (_, i) => `version-${i + 1}`));
});

describe.each(versions)('%s', (name) => {
  const folder = join(fixtures, name);
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;

  it('a CycleGAN', () =>
    withoutLeaks(async () => {
      using model = await CycleGAN.load(fileSystem(join(folder, 'cyclegan')));
      const { options, AtoB, BtoA, discriminatorX, discriminatorY } = expected.cyclegan;
      expect(model.options).toEqual(current(options));
      await follows(AtoB, (x) => model.translate(x, 'AtoB'));
      await follows(BtoA, (x) => model.translate(x, 'BtoA'));
      await follows(discriminatorX, judge(model.discriminatorX));
      await follows(discriminatorY, judge(model.discriminatorY));
    }));

  it('one generator in float16', () =>
    withoutLeaks(async () => {
      using translator = await Translator.load(fileSystem(join(folder, 'generator')));
      expect(translator.direction).toBe('AtoB');
      await follows(expected.cyclegan.AtoB, (x) => translator.translate(x), 0.02);
    }));

  if (existsSync(join(folder, 'pix2pix')))
    it('a Pix2Pix', () =>
      withoutLeaks(async () => {
        using model = await Pix2Pix.load(fileSystem(join(folder, 'pix2pix')));
        const { options, translate, discriminator } = expected.pix2pix;
        expect(model.options).toEqual(options);
        await follows(translate, (x) => model.translate(x, { mode: 'eval' }));
        await follows(discriminator, judge(model.discriminator));
      }));

  if (existsSync(join(folder, 'gan')))
    it('a GAN', () =>
      withoutLeaks(async () => {
        using model = await GAN.load(fileSystem(join(folder, 'gan')));
        const { options, generate, discriminator } = expected.gan;
        expect(model.options).toEqual(options);
        await expectValues(model.generate({ labels: [0, 2], seed: 5 }), generate);
        await follows(discriminator, judge(model.discriminator));
      }));

  if (existsSync(join(folder, 'cut')))
    it('a CUT', () =>
      withoutLeaks(async () => {
        using model = await CUT.load(fileSystem(join(folder, 'cut')));
        const { options, translate, discriminator, head } = expected.cut;
        expect(model.options).toEqual(options);
        await follows(translate, (x) => model.translate(x));
        await follows(discriminator, judge(model.discriminator));
        const features = head.inputs.map((each) => tf.tensor2d(each));
        const projected = model.head.predict(features) as tf.Tensor[];
        for (const [i, each] of projected.entries()) await expectValues(each, head.outputs[i]!);
        tf.dispose(features);
      }));

  it('another class refuses them by name', async () => {
    await expect(Pix2Pix.load(fileSystem(join(folder, 'cyclegan')))).rejects.toThrow(
      'Pix2Pix.load: the file holds a CycleGAN, not a Pix2Pix. Load it with CycleGAN.load.',
    );
    await expect(GAN.load(fileSystem(join(folder, 'generator')))).rejects.toThrow(
      'GAN.load: the file holds a CycleGAN, not a GAN. Load it with CycleGAN.load.',
    );
  });
});

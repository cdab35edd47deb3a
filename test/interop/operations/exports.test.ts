/** Which network of a model is exported, and what the exports refuse. */
import * as tf from '@tensorflow/tfjs';
import { CUT, CycleGAN, dcganGenerator, GAN, Pix2Pix, Translator } from 'ts-cyclegan';
import { exportOnnx, exportTfjs } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { disposeNetwork } from '../../../src/layers/networks.js';
import { decodeModel } from '../../../src/onnx/index.js';
import { withoutLeaks } from '../../support/leaks.js';
import { networks } from '../networks.js';

const options = { inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, seed: 7 } as const;
const exports = { exportOnnx, exportTfjs };

const graphOf = async (...args: Parameters<typeof exportOnnx>) => decodeModel(await exportOnnx(...args));
/** The metadata of a folder. */
async function metadataOf(...args: Parameters<typeof exportTfjs>): Promise<unknown> {
  const { 'model.json': json } = await exportTfjs(...args);
  return (JSON.parse(new TextDecoder().decode(json)) as Record<string, unknown>).userDefinedMetadata;
}

test('the generator of a direction, as a CycleGAN and as a Translator', () =>
  withoutLeaks(async () => {
    const model = new CycleGAN(options);
    const graphs = [];
    for (const [direction, network] of [
      ['AtoB', model.generatorG],
      ['BtoA', model.generatorF],
    ] as const) {
      const exported = await graphOf(model, { direction });
      expect(exported.graph).toEqual((await graphOf(network)).graph);
      expect(exported.metadata).toMatchObject({ model: 'CycleGAN', direction });
      expect(await metadataOf(model, { direction })).toMatchObject({ model: 'CycleGAN', direction });
      graphs.push(exported.graph);
    }
    expect(graphs[0]).not.toEqual(graphs[1]);

    let artifacts: tf.io.ModelArtifacts;
    await model.save(tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }), { direction: 'BtoA' }); // prettier-ignore
    using translator = await Translator.load({ load: () => Promise.resolve(artifacts) });
    const exported = await graphOf(translator);
    expect(exported.graph.initializers).toEqual(graphs[1]!.initializers);
    expect(exported.metadata).toMatchObject({ model: 'CycleGAN', direction: 'BtoA' });
    await expect(exportOnnx(translator, { direction: 'AtoB' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: 'exportOnnx: option "direction" must be "BtoA", the direction of the translator, got "AtoB".',
    });
    model.dispose();
  }));

test('the generators of Pix2Pix, CUT and GAN', () =>
  withoutLeaks(async () => {
    using pix2pix = new Pix2Pix({ inputShape: [32, 32, 3], filters: 2, levels: 5, seed: 1 });
    const translated = await graphOf(pix2pix);
    expect(translated.graph).toEqual((await graphOf(pix2pix.generator)).graph);
    expect(translated.metadata).toMatchObject({ model: 'Pix2Pix' });
    using cut = new CUT({ ...options, discriminatorLayers: 1, nceUnits: 2 });
    const contrasted = await graphOf(cut);
    expect(contrasted.graph).toEqual((await graphOf(cut.generator)).graph);
    expect(contrasted.metadata).toMatchObject({ model: 'CUT' });
    expect(contrasted.metadata).not.toHaveProperty('direction');
    expect(await metadataOf(cut)).toMatchObject({ model: 'CUT' });
    await expect(exportOnnx(cut, { direction: 'AtoB' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: 'exportOnnx: option "direction" is for a CycleGAN, a CUT has none. Leave it out.',
    });
    using gan = new GAN({ imageShape: [8, 8, 1], filters: 2, latentSize: 3, seed: 1 });
    const generated = await graphOf(gan);
    expect(generated.graph).toEqual((await graphOf(gan.generator)).graph);
    expect(generated.metadata).toMatchObject({ model: 'GAN' });
  }));

test.each(Object.entries(exports))('%s: what it refuses', (where, exported) =>
  withoutLeaks(async () => {
    const model = new CycleGAN(options);
    const network = model.generatorG;
    using gan = new GAN({ imageShape: [8, 8, 1], filters: 2, latentSize: 3, seed: 1 });
    const refused = (run: Promise<unknown>, code: string, message: string) =>
      expect(run).rejects.toMatchObject({ code, message: `${where}: ${message}` });

    await refused(
      exported(model),
      'INVALID_OPTION',
      'option "direction" must be "AtoB" or "BtoA" for a CycleGAN, got undefined.',
    );
    await refused(
      exported(network, { direction: 'AtoB' }),
      'INVALID_OPTION',
      'option "direction" is for a CycleGAN, a single network has none. Leave it out.',
    );
    await refused(
      exported(gan, { direction: 'AtoB' }),
      'INVALID_OPTION',
      'option "direction" is for a CycleGAN, a GAN has none. Leave it out.',
    );
    await refused(
      exported('model' as never),
      'INVALID_ARGUMENT',
      'model must be a CycleGAN, Translator, Pix2Pix, CUT, GAN or tf.LayersModel, got "model".',
    );
    await refused(
      exported(network, { metadata: { library: 'mine' } }),
      'INVALID_OPTION',
      'option "metadata" must not have the key "library", which the export sets. Use another key.',
    );
    await refused(
      exported(network, { metadata: { a: 1 } as never }),
      'INVALID_OPTION',
      'option "metadata" must be an object of texts, got an object.',
    );
    await refused(
      exported(network, { license: 'MIT' } as never),
      'UNKNOWN_OPTION',
      'unknown option "license". Did you mean "licence"?',
    );

    const [kernel] = network.weights;
    const large = tf.fill(kernel!.shape as number[], 70_000);
    kernel!.write(large);
    await refused(
      exported(network, { dtype: 'float16' }),
      'INVALID_OPTION',
      'float16 holds values up to 65504, but the weight "model.1/kernel" has larger values. Export as float32.',
    );
    const invalid = tf.fill(kernel!.shape as number[], NaN);
    kernel!.write(invalid);
    await refused(
      exported(network),
      'NOT_A_NUMBER',
      'the weight "model.1/kernel" holds NaN or Infinity. Nothing was exported. Return to an earlier model.',
    );
    tf.dispose([large, invalid]);
    model.dispose();
    await refused(
      exported(model, { direction: 'AtoB' }),
      'DISPOSED',
      'the model has been disposed. Build or load a new one.',
    );
  }),
);

test('sizes that a network does not accept', () =>
  withoutLeaks(async () => {
    const refused = (run: Promise<unknown>, message: string) =>
      expect(run).rejects.toMatchObject({ code: 'INVALID_OPTION', message: `exportOnnx: option ${message}` });
    const unet = networks['unet keras instance']!.build();
    await refused(
      exportOnnx(unet, { size: [32, 33] }),
      '"size" must be a size that the network accepts, got 32 × 33.',
    );
    await refused(
      exportOnnx(unet, { size: [32] as never }),
      '"size" must be "dynamic" or [height, width], whole numbers from 1, got [32].',
    );
    await refused(
      exportOnnx(unet, { batch: 0 }),
      '"batch" must be "dynamic" or a whole number from 1, got 0.',
    );
    await refused(exportOnnx(unet, { opset: 12 }), '"opset" must be a whole number from 13 to 21, got 12.');
    const fixed = networks['dcgan discriminator']!.build();
    await refused(
      exportOnnx(fixed, { size: [16, 16] }),
      '"size" must be left out, because the network accepts images of 12 × 8 pixels only, got 16 × 16.',
    );
    const noise = dcganGenerator({ outputShape: [8, 8, 1], filters: 2, latentSize: 3 });
    await refused(
      exportOnnx(noise, { size: [8, 8] }),
      '"size" must be left out, because the network accepts no images, got 8 × 8.',
    );
    [unet, fixed, noise].forEach(disposeNetwork);
  }));

test.each<[string, () => tf.layers.Layer]>([
  ['another class', () => tf.layers.maxPooling2d({ poolSize: 2, name: 'layer' })],
  ['an option', () => tf.layers.reLU({ maxValue: 6, name: 'layer' })],
  ['an activation', () => tf.layers.activation({ activation: 'softmax', name: 'layer' })],
  ['channels first', () => tf.layers.conv2d({ filters: 1, kernelSize: 1, dataFormat: 'channelsFirst', name: 'layer' })],
  ['another axis', () => tf.layers.batchNormalization({ axis: 1, name: 'layer' })],
  ['bilinear upsampling', () => tf.layers.upSampling2d({ interpolation: 'bilinear', name: 'layer' })],
])('layers that cannot be exported: %s', (_, make) =>
  withoutLeaks(async () => {
    const input = tf.input({ shape: [4, 4, 4], name: 'input' });
    const layer = make();
    const network = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
    for (const [where, exported] of Object.entries(exports)) {
      await expect(exported(network)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message:
          `${where}: the layer "layer" of the class ${layer.getClassName()}, or one of its options, cannot be exported. ` +
          'Use the layers of the generators and discriminators of this library.',
      });
    }
    disposeNetwork(network);
  }),
); // prettier-ignore

test('networks with two outputs', () =>
  withoutLeaks(async () => {
    const input = tf.input({ shape: [4, 4, 4], name: 'input' });
    const outputs = [tf.layers.reLU(), tf.layers.elu()].map((layer) => layer.apply(input) as tf.SymbolicTensor);
    const network = tf.model({ inputs: input, outputs, name: 'two' });
    await expect(exportOnnx(network)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: 'exportOnnx: networks must have one input and one output, "two" has 1 and 2.',
    });
    disposeNetwork(network);
  })); // prettier-ignore

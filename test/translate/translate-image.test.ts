/** `translateImage`: the result in tiles is that of the whole image, for all kinds of networks, sizes and tiles. */
import * as tf from '@tensorflow/tfjs';
import {
  BatchNormalization,
  CycleGAN,
  type CycleGANOptions,
  Dropout,
  InstanceNormalization,
  Pix2Pix,
  type Pix2PixOptions,
  translateImage,
  Translator,
} from 'ts-cyclegan';
import { expect, test } from 'vitest';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyModel, tinyPix2Pix } from '../support/tiny.js';

const atol = 1e-5;

/** An image with large areas of equal colour besides scattered pixels, so that regions have different statistics. */
const imageOf = (height: number, width: number, channels = 3): tf.Tensor3D =>
  tf.tidy(() => {
    const noise = scattered([height, width, channels], 3) as tf.Tensor3D;
    const ramp = tf.reshape(tf.linspace(-1, 1, width), [1, width, 1]);
    return tf.add(tf.mul(noise, 0.3), tf.mul(ramp, 0.7));
  });

/** Gives all weights of networks values without pattern, also those that start at 0 or 1. */
const scatter = (networks: object): void => {
  for (const network of Object.values(networks) as tf.LayersModel[]) {
    network.weights.forEach((weight, i) => {
      const old = weight.read();
      const isPositive = weight.name.includes('variance') || weight.name.includes('gamma');
      const values = tf.tidy(() => {
        const noise = scattered(old.shape, i + 1);
        return isPositive ? tf.add(tf.abs(noise), 0.5) : tf.mul(noise, 0.3);
      });
      weight.write(values);
      values.dispose();
    });
  }
};

const tinyUnetOptions = {
  filters: 2,
  outputChannels: 3,
  discriminator: 'pixel',
  initializerGain: 0.2,
  seed: 7,
} as const;
const tinyUnet = (options: CycleGANOptions) => new CycleGAN({ ...tinyUnetOptions, ...options });

const networks: [name: string, options: CycleGANOptions][] = [
  ['instance norm, reflection', {}],
  ['instance norm, antialiasing', { antialias: true }],
  ['instance norm, replication', { border: 'replicate' }],
  ['instance norm, zeros, resize-convolutions', { border: 'zero', upsampling: 'resize' }],
  ['Keras', { convention: 'keras' }],
  ['Keras, resize-convolutions', { convention: 'keras', upsampling: 'resize', border: 'replicate' }],
  ['batch norm', { norm: 'batch' }],
  ['no norm, two blocks', { norm: 'none', residualBlocks: 2 }],
  ['one halving, dropout that translation does not use', { downsamplingBlocks: 1, dropout: true }],
  ['light generator', { separable: true }],
  ['light generator, zeros, batch norm', { separable: true, border: 'zero', norm: 'batch' }],
  ['U-Net', { generator: 'unet', levels: 5, inputShape: [32, 32, 3] }],
  ['U-Net, batch norm', { generator: 'unet', levels: 5, inputShape: [32, 32, 3], norm: 'batch' }],
];

test.each(networks)('tiles of a generator: %s', (_, options) =>
  withoutLeaks(async () => {
    const model = options.generator === 'unet' ? tinyUnet(options) : tinyModel(options);
    scatter(model.networks);
    const image = imageOf(37, 53);
    const whole = await translateImage(model, image, 'AtoB', { tile: false });
    const reference = model.translate(image, 'AtoB', { anySize: true });
    expect([...(await whole.data())]).toEqual([...(await reference.data())]);
    const values = await whole.data();
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.05);
    for (const tile of [8, 20]) {
      const tiled = await translateImage(model, image, 'AtoB', { tile });
      expect(tiled.shape).toEqual([37, 53, 3]);
      expect(await tiled.data()).toBeAllClose(values, { rtol: 0, atol });
      tiled.dispose();
    }
    tf.dispose([image, whole, reference]);
    model.dispose();
  }),
);

const conditional: [name: string, options: Pix2PixOptions][] = [
  ['ResNet', {}],
  ['ResNet, instance norm', { norm: 'instance' }],
  ['U-Net of 5 levels', { generator: 'unet', levels: 5, inputShape: [32, 32, 1] }],
  ['U-Net of 7 levels, with dropout', { generator: 'unet', levels: 7, inputShape: [128, 128, 1] }],
];

test.each(conditional)('tiles of pix2pix, with dropout and the statistics of the image: %s', (_, options) =>
  withoutLeaks(async () => {
    const model =
      options.generator === 'unet' ? new Pix2Pix({ ...tinyUnetOptions, ...options }) : tinyPix2Pix(options);
    scatter(model.networks);
    const image = imageOf(45, 70, 1);
    for (const [mode, seed] of [
      ['train', 0],
      ['train', 5],
      ['eval', 0],
    ] as const) {
      const want = model.translate(image, { mode, seed, anySize: true });
      const whole = await translateImage(model, image, undefined, { mode, seed });
      const tiled = await translateImage(model, image, undefined, { mode, seed, tile: 17 });
      expect([...(await whole.data())]).toEqual([...(await want.data())]);
      expect(await tiled.data()).toBeAllClose(await want.data(), { rtol: 0, atol });
      tf.dispose([want, whole, tiled]);
    }
    image.dispose();
    model.dispose();
  }),
);

test('norms of constant channels, and of channels far from 0', () =>
  withoutLeaks(async () => {
    const model = tinyModel();
    const image = tf.fill<tf.Rank.R3>([24, 24, 3], 0.7);
    const whole = await translateImage(model, image, 'BtoA', { tile: false });
    const tiled = await translateImage(model, image, 'BtoA', { tile: 8 });
    expect(await tiled.data()).toBeAllClose(await whole.data(), { rtol: 0, atol });
    tf.dispose([image, whole, tiled]);
    model.dispose();
  }));

test('images of one pixel, one row and one column', () =>
  withoutLeaks(async () => {
    const model = tinyModel();
    for (const [height, width] of [
      [1, 1],
      [1, 40],
      [40, 1],
    ] as const) {
      const image = imageOf(height, width);
      const want = model.translate(image, 'AtoB', { anySize: true });
      const got = await translateImage(model, image, 'AtoB', { tile: 8 });
      expect(got.shape).toEqual([height, width, 3]);
      expect(await got.data()).toBeAllClose(await want.data(), { rtol: 0, atol });
      tf.dispose([image, want, got]);
    }
    model.dispose();
  }));

/** A generator of any size whose layers are those of tfjs. */
function ownGenerator(last: tf.layers.Layer = tf.layers.activation({ activation: 'tanh' })): tf.LayersModel {
  const input = tf.input({ shape: [null, null, 3] });
  const connect = (layer: tf.layers.Layer, x: tf.SymbolicTensor) => layer.apply(x) as tf.SymbolicTensor;
  let x = connect(
    tf.layers.zeroPadding2d({
      padding: [
        [1, 2],
        [3, 0],
      ],
    }),
    input,
  );
  x = connect(tf.layers.conv2d({ filters: 4, kernelSize: [4, 4], activation: 'elu' }), x);
  const skip = x;
  x = connect(tf.layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', dilationRate: 2 }), x);
  x = connect(tf.layers.batchNormalization(), x);
  x = connect(tf.layers.conv2d({ filters: 6, kernelSize: 5, strides: 2, padding: 'same' }), x);
  x = connect(new InstanceNormalization({ epsilon: 1e-5 }), x);
  x = connect(tf.layers.leakyReLU({ alpha: 0.1 }), x);
  x = connect(tf.layers.conv2d({ filters: 5, kernelSize: 2, strides: 3, padding: 'same' }), x);
  x = connect(new BatchNormalization(), x);
  x = connect(new Dropout({ rate: 0.3 }), x);
  x = connect(tf.layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 3, padding: 'same' }), x);
  x = connect(tf.layers.conv2dTranspose({ filters: 4, kernelSize: 5, strides: 1, padding: 'valid' }), x);
  x = connect(tf.layers.conv2d({ filters: 4, kernelSize: 5 }), x);
  x = connect(tf.layers.upSampling2d({ size: [2, 2] }), x);
  x = tf.layers.concatenate().apply([x, skip]) as tf.SymbolicTensor;
  x = connect(tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }), x);
  return tf.model({ inputs: input, outputs: connect(last, x) });
}

/** A CycleGAN whose generator of A → B is given. */
function ownModel(generatorG: tf.LayersModel): [CycleGAN, dispose: () => void] {
  const built = tinyModel();
  const { generatorF, discriminatorX, discriminatorY } = built;
  const model = new CycleGAN({ generatorG, generatorF, discriminatorX, discriminatorY });
  const dispose = () => {
    built.dispose();
    generatorG.dispose();
  };
  return [model, dispose];
}

test('your own networks', () =>
  withoutLeaks(async () => {
    const generator = ownGenerator();
    scatter([generator]);
    const [model, dispose] = ownModel(generator);
    const image = imageOf(29, 47); // extended to 30 × 48
    const whole = await translateImage(model, image, 'AtoB');
    expect(whole.shape).toEqual([29, 47, 3]);
    const tiled = await translateImage(model, image, 'AtoB', { tile: 7 });
    expect(await tiled.data()).toBeAllClose(await whole.data(), { rtol: 0, atol });
    const exact = imageOf(30, 48);
    const applied = tf.tidy(() => model.translate(exact, 'AtoB'));
    const alike = await translateImage(model, exact, 'AtoB', { tile: 7 });
    expect(await alike.data()).toBeAllClose(await applied.data(), { rtol: 0, atol });
    tf.dispose([image, whole, tiled, exact, applied, alike]);
    dispose();
  }));

/** The message of the error that a call rejects with. */
const messageOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: unknown) => `${(error as { code?: string }).code ?? ''}: ${(error as Error).message}`,
  );

class Unknown extends tf.layers.Layer {
  static className = 'Unknown';
  override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.clone(Array.isArray(x) ? x[0]! : x);
  }
}

test('layers that cannot be computed by parts', () =>
  withoutLeaks(async () => {
    const generator = ownGenerator(new Unknown({ name: 'mine' }));
    const [model, dispose] = ownModel(generator);
    const image = imageOf(30, 48);
    expect(await messageOf(translateImage(model, image, 'AtoB', { tile: 16 }))).toBe(
      'UNSUPPORTED: translateImage: option "tile" needs a generator of layers that can be computed by parts, but "mine" is of the ' +
        'class Unknown, with options for which this is unknown. Pass tile: false, or use smaller images.',
    );
    const whole = await translateImage(model, image, 'AtoB');
    const large = tf.zeros<tf.Rank.R3>([1026, 1026, 3]);
    expect(await messageOf(translateImage(model, large, 'AtoB'))).toContain('Pass tile: false');
    tf.dispose([image, whole, large]);
    dispose();
  }));

test('your own networks that return images of another size', () =>
  withoutLeaks(async () => {
    const input = tf.input({ shape: [null, null, 3] });
    const output = tf.layers.upSampling2d({ size: [2, 2] }).apply(input) as tf.SymbolicTensor;
    const [model, dispose] = ownModel(tf.model({ inputs: input, outputs: output }));
    const image = imageOf(12, 10);
    for (const tile of [false, 8] as const) {
      expect(await messageOf(translateImage(model, image, 'AtoB', { tile }))).toBe(
        'INVALID_MODEL: translateImage: the generator must return images of the size of its input, 12 x 10, got 24 x 20.',
      );
    }
    image.dispose();
    dispose();
  }));

test('refusals', () =>
  withoutLeaks(async () => {
    const model = tinyModel();
    const pix2pix = tinyPix2Pix();
    const image = imageOf(9, 9);
    const batch = tf.zeros<tf.Rank.R4>([1, 8, 8, 3]);
    const beyond = tf.fill<tf.Rank.R3>([8, 8, 3], 255);
    const empty = tf.zeros<tf.Rank.R3>([0, 8, 3]);
    const messages = [
      await messageOf(translateImage({} as never, image, 'AtoB')),
      await messageOf(translateImage(model, image)),
      await messageOf(translateImage(model, image, 'there' as never)),
      await messageOf(translateImage(pix2pix, image, 'AtoB')),
      await messageOf(translateImage(model, image, 'AtoB', { tile: 0 })),
      await messageOf(translateImage(model, image, 'AtoB', { tiles: 8 } as never)),
      await messageOf(translateImage(model, batch as never, 'AtoB')),
      await messageOf(translateImage(model, empty, 'AtoB')),
      await messageOf(translateImage(model, beyond, 'AtoB')),
      await messageOf(translateImage(pix2pix, image)),
    ];
    model.dispose();
    messages.push(await messageOf(translateImage(model, image, 'AtoB')));
    expect(messages).toMatchInlineSnapshot(`
      [
        "INVALID_ARGUMENT: translateImage: model must be a CycleGAN, a Pix2Pix, a CUT or a Translator, got an object.",
        "INVALID_ARGUMENT: translateImage: direction must be "AtoB" or "BtoA", got undefined.",
        "INVALID_ARGUMENT: translateImage: direction must be "AtoB" or "BtoA", got "there".",
        "INVALID_ARGUMENT: translateImage: a Pix2Pix translates from its inputs to its outputs only, so direction must be undefined, got "AtoB".",
        "INVALID_OPTION: translateImage: option "tile" must be "auto", false or a whole number of pixels from 1, got 0.",
        "UNKNOWN_OPTION: translateImage: unknown option "tiles". Did you mean "tile"?",
        "INVALID_SHAPE: translateImage: image must be a tensor [height, width, channels], got shape [1, 8, 8, 3]. Translate images one by one.",
        "INVALID_SHAPE: translateImage: image must have at least one pixel, got shape [0, 8, 3].",
        "INVALID_ARGUMENT: translateImage: image must be in [-1, 1], got values from 255 to 255. Divide 8-bit levels by 127.5 and subtract 1, as normalizeImage does.",
        "INVALID_SHAPE: translateImage: image must have 1 channels, got 3.",
        "DISPOSED: translateImage: the model has been disposed. Build or load a new one.",
      ]
    `);
    tf.dispose([image, batch, beyond, empty]);
    pix2pix.dispose();
  }));

test('a Translator translates in its own direction', () =>
  withoutLeaks(async () => {
    const model = tinyModel();
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
    }), { direction: 'BtoA' }); // prettier-ignore
    const translator = await Translator.load(tf.io.fromMemory(saved!));
    const image = imageOf(21, 33);
    const want = model.translate(image, 'BtoA', { anySize: true });
    const got = await translateImage(translator, image, undefined, { tile: 8 });
    expect(await got.data()).toBeAllClose(await want.data(), { rtol: 0, atol });
    expect(await messageOf(translateImage(translator, image, 'AtoB'))).toBe(
      'INVALID_ARGUMENT: translateImage: direction must be "BtoA", got "AtoB".',
    );
    tf.dispose([image, want, got]);
    translator.dispose();
    model.dispose();
  }));

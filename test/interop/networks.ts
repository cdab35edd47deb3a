/** Tiny networks of all kinds, for the exports. */
import * as tf from '@tensorflow/tfjs';
import type { LayersModel } from '@tensorflow/tfjs';
import {
  dcganDiscriminator,
  dcganGenerator,
  patchDiscriminator,
  pixelDiscriminator,
  Random,
  resnetGenerator,
  unetGenerator,
} from 'ts-cyclegan';

const resnet = { filters: 3, residualBlocks: 1, inputShape: [null, null, 3], seed: 3 } as const;
const unet = { filters: 2, levels: 5, inputShape: [null, null, 2], outputChannels: 3, seed: 4 } as const;
const patch = { filters: 2, inputShape: [null, null, 3], seed: 5 } as const;

/** How to build each, and the sizes of the images that it is tried with. */
export const networks: Record<string, { build: () => LayersModel; sizes: [number, number][] }> = {};

const even: [number, number][] = [[16, 24]]; // prettier-ignore
const odd: [number, number][] = [[16, 24], [17, 19], [14, 23]]; // prettier-ignore
const large: [number, number][] = [[32, 64]]; // prettier-ignore

for (const convention of ['keras', 'pytorch'] as const) {
  for (const norm of ['instance', 'batch', 'none'] as const) {
    networks[`resnet ${convention} ${norm}`] = {
      build: () => resnetGenerator({ ...resnet, convention, norm }),
      sizes: odd,
    };
    networks[`unet ${convention} ${norm}`] = {
      build: () => unetGenerator({ ...unet, convention, norm, dropout: true }),
      sizes: large,
    };
  }
  for (const border of ['replicate', 'zero'] as const) {
    networks[`resnet ${convention} ${border}`] = {
      build: () => resnetGenerator({ ...resnet, convention, border, dropout: true }),
      sizes: even,
    };
  }
  networks[`resnet ${convention} resize`] = {
    build: () => resnetGenerator({ ...resnet, convention, upsampling: 'resize' }),
    sizes: odd,
  };
  networks[`resnet ${convention} separable`] = {
    build: () => resnetGenerator({ ...resnet, convention, separable: true }),
    sizes: odd,
  };
  networks[`resnet ${convention} antialias`] = {
    build: () => resnetGenerator({ ...resnet, convention, antialias: true }),
    sizes: odd,
  };
  networks[`patch ${convention} antialias`] = {
    build: () => patchDiscriminator({ ...patch, convention, layers: 2, antialias: true }),
    sizes: odd,
  };
  networks[`patch ${convention}`] = {
    build: () => patchDiscriminator({ ...patch, convention, layers: 2 }),
    sizes: odd,
  };
  networks[`pixel ${convention}`] = {
    build: () => pixelDiscriminator({ ...patch, convention, norm: 'batch' }),
    sizes: odd,
  };
}
const small = { filters: 4, levels: 2, seed: 6 } as const;
networks['dcgan generator'] = {
  build: () => dcganGenerator({ ...small, latentSize: 5, outputShape: [12, 8, 3] }),
  sizes: [],
};
networks['began generator'] = {
  build: () => dcganGenerator({ ...small, latentSize: 5, outputShape: [12, 8, 3], architecture: 'began' }),
  sizes: [],
};
networks['dcgan discriminator'] = {
  build: () => dcganDiscriminator({ ...small, inputShape: [12, 8, 3] }),
  sizes: [[12, 8]],
};
networks['layers of TensorFlow.js'] = { build: ownLayers, sizes: odd };

/** Layers and options that the networks of this library do not use. */
function ownLayers(): LayersModel {
  const { layers } = tf;
  const input = tf.input({ shape: [null, null, 3], name: 'input' });
  let seed = 1;
  const kernels = () => tf.initializers.randomNormal({ stddev: 0.3, seed: seed++ });
  const convolution = (args: Partial<Parameters<typeof layers.conv2d>[0]>) =>
    layers.conv2d({ filters: 4, kernelSize: 3, kernelInitializer: kernels(), ...args });
  const transposed = (args: Partial<Parameters<typeof layers.conv2dTranspose>[0]>) =>
    layers.conv2dTranspose({ filters: 3, kernelSize: 3, kernelInitializer: kernels(), ...args });
  const apply = (x: tf.SymbolicTensor, ...all: tf.layers.Layer[]) =>
    all.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, x);

  const shared = convolution({ padding: 'same', activation: 'selu', name: 'shared' });
  let x = apply(
    input,
    convolution({ kernelSize: [4, 3], strides: [2, 3], padding: 'same', activation: 'relu' }),
    layers.zeroPadding2d({ padding: [[1, 2], [0, 3]] }), // prettier-ignore
    shared,
    convolution({ dilationRate: 2, padding: 'same', activation: 'tanh', useBias: false }),
    shared,
    layers.depthwiseConv2d({
      kernelSize: [3, 2],
      depthMultiplier: 2,
      strides: 2,
      padding: 'same',
      activation: 'elu',
      depthwiseInitializer: kernels(),
    }),
    transposed({ kernelSize: [2, 5], strides: [3, 2], padding: 'same', activation: 'softplus' }),
    transposed({ kernelSize: [2, 4], strides: [3, 2], padding: 'valid', useBias: false }),
    layers.cropping2D({ cropping: [[1, 0], [2, 1]] }), // prettier-ignore
    layers.batchNormalization({ epsilon: 0.01, movingVarianceInitializer: 'ones' }),
  );
  const inner = tf.input({ shape: [null, null, 3] });
  const nested = tf.model({
    inputs: inner,
    outputs: apply(inner, convolution({ kernelSize: 1 }), layers.leakyReLU()),
    name: 'nested',
  });
  const [a, b, c] = [nested, layers.elu(), layers.activation({ activation: 'sigmoid' })].map((layer) =>
    apply(x, layer),
  );
  const wide = layers.concatenate().apply([a!, b!, c!]) as tf.SymbolicTensor;
  x = apply(wide, layers.dropout({ rate: 0.5 }), layers.upSampling2d({ size: [1, 2] }));
  x = layers.add().apply([x, x, x]) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: apply(x, layers.activation({ activation: 'linear' })) });
}

/**
 * Gives a network weights with which every weight matters. In a new one, kernels are so small that its output is nearly constant, and
 * biases, β and running statistics are 0 or 1.
 */
export function disturbed(network: LayersModel, seed = 1): LayersModel {
  const random = new Random(seed);
  for (const weight of network.weights) {
    const shape = weight.shape as number[];
    const scale = 1.5 / Math.sqrt(shape.slice(0, -1).reduce((product, size) => product * size, 1));
    const values = Float32Array.from(weight.read().dataSync(), (value) =>
      shape.length > 1 ? scale * random.normal() : value + 0.3 * random.uniform(),
    );
    const written = tf.tensor(values, shape);
    weight.write(written);
    written.dispose();
  }
  return network;
}

/** Random images in [−1, 1], or vectors, for a network. */
export function inputsFor(network: LayersModel, batch: number, size: readonly number[], seed = 1): tf.Tensor {
  const shape = network.inputs[0]!.shape;
  const whole = shape.length === 4 ? [batch, ...size, shape[3]!] : [batch, ...(shape.slice(1) as number[])];
  return tf.randomUniform(whole, -1, 1, 'float32', seed);
}

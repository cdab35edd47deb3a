/** ONNX Runtime in Node computes the same from exported files as TensorFlow.js from the networks. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { resnetGenerator, type ResnetGeneratorOptions } from 'ts-cyclegan';
import { exportOnnx, type ExportOnnxOptions } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { toLevels } from '../../../src/data/preprocess.js';
import { disposeNetwork } from '../../../src/layers/networks.js';
import { decodeModel } from '../../../src/onnx/index.js';
import { withoutLeaks } from '../../support/leaks.js';
import { disturbed, inputsFor, networks } from '../networks.js';
import { runOnnx, toNCHW } from './run.js';

test.each(Object.entries(networks))('%s', (_, { build, sizes }) =>
  withoutLeaks(async () => {
    const network = disturbed(build());
    const all = sizes.length > 0 ? sizes : [[]];
    const inputs = all.map((size, i) => inputsFor(network, 1 + (i % 2), size, i));
    const fed = inputs.map(toNCHW);
    const outputs = await runOnnx(await exportOnnx(network), ...fed);
    for (const [i, actual] of outputs.entries()) {
      const expected = tf.tidy(() => toNCHW(network.predict(inputs[i]!) as tf.Tensor));
      const spread = tf.tidy(() => tf.sqrt(tf.moments(expected).variance).dataSync()[0]!);
      if (expected.size > 9) expect(spread).toBeGreaterThan(0.05); // the network computes something
      expect(actual.shape).toEqual(expected.shape);
      const size = (all[i] as [number, number] | []).length === 2 ? (all[i] as [number, number]) : undefined;
      const [output] = decodeModel(await exportOnnx(network, { batch: 1 + (i % 2), ...(size && { size }) }))
        .graph.outputs;
      expect(output!.shape).toEqual(expected.shape);
      expect(await actual.data()).toBeAllClose(await expected.data(), { rtol: 0, atol: 2e-5 });
      expected.dispose();
    }
    tf.dispose([inputs, fed, outputs]);
    disposeNetwork(network);
  }),
);

const generator = (own: ResnetGeneratorOptions = {}) =>
  disturbed(resnetGenerator({ filters: 3, residualBlocks: 1, inputShape: [16, 24, 3], seed: 3, ...own }));

/** Exports a generator and runs it on an image. Returns its output and the expected one, both as levels if `uint8`. */
async function compared(
  options: ExportOnnxOptions,
  own: ResnetGeneratorOptions = {},
): Promise<[tf.Tensor, tf.Tensor]> {
  const network = generator(own);
  const order = options.layout === 'NHWC' ? (x: tf.Tensor) => tf.clone(x) : toNCHW;
  const levels = tf.randomUniformInt([2, 16, 24, 3], 0, 256, 5);
  const image = tf.tidy(() => tf.sub(tf.div(levels, 127.5), 1));
  const fed = order(options.uint8 === true ? levels : image);
  const [output] = await runOnnx(await exportOnnx(network, options), fed);
  const expected = tf.tidy(() => {
    const translated = network.predict(image) as tf.Tensor;
    return order(options.uint8 === true ? toLevels(translated) : translated);
  });
  tf.dispose([levels, image, fed]);
  disposeNetwork(network);
  return [output!, expected];
}

const light = { separable: true, antialias: true };

test.each<[ExportOnnxOptions, number, ResnetGeneratorOptions?]>([
  [{ layout: 'NHWC' }, 2e-5],
  [{ uint8: true }, 1],
  [{ uint8: true, layout: 'NHWC' }, 1],
  [{ dtype: 'float16' }, 0.02],
  [{ uint8: true, layout: 'NHWC', dtype: 'float16' }, 3],
  [{ batch: 2, size: [16, 24] }, 2e-5],
  ...[13, 14, 15, 16, 18, 19, 20, 21].map((opset): [ExportOnnxOptions, number] => [{ opset }, 2e-5]),
  [{ dtype: 'float16' }, 0.02, light],
  [{ opset: 13 }, 2e-5, light],
  [{ opset: 21, batch: 2, size: [16, 24] }, 2e-5, light],
])('%j differs by %f at most', (options, atol, own) =>
  withoutLeaks(async () => {
    const [output, expected] = await compared(options, own);
    expect([output.shape, output.dtype]).toEqual([expected.shape, expected.dtype]);
    expect(await output.data()).toBeAllClose(await expected.data(), { rtol: 0, atol });
    tf.dispose([output, expected]);
  }),
);

test('a black, a grey and a white image', () =>
  withoutLeaks(async () => {
    const network = generator();
    const images = [-1, 0, 1].map((value) => tf.fill([1, 16, 24, 3], value));
    const outputs = await runOnnx(await exportOnnx(network, { layout: 'NHWC' }), ...images);
    for (const [i, output] of outputs.entries()) {
      const expected = network.predict(images[i]!) as tf.Tensor;
      expect(await output.data()).toBeAllClose(await expected.data(), { rtol: 0, atol: 1e-4 });
      expected.dispose();
    }
    tf.dispose([images, outputs]);
    disposeNetwork(network);
  }));

const input = (bytes: Uint8Array) => {
  const { graph, opsets, irVersion, producer } = decodeModel(bytes);
  const [inputs, outputs] = [graph.inputs, graph.outputs];
  return { inputs, outputs, opsets, irVersion, producer };
};

test('the description of inputs and outputs', () =>
  withoutLeaks(async () => {
    const network = generator();
    expect(input(await exportOnnx(network))).toEqual({
      inputs: [{ name: 'input', type: 'float32', shape: ['batch', 3, 'height', 'width'] }],
      outputs: [{ name: 'output', type: 'float32', shape: ['batch', 3, 'output_height', 'output_width'] }],
      opsets: { '': 17 },
      irVersion: 8,
      producer: 'ts-cyclegan',
    });
    const options = { batch: 4, size: [32, 16], layout: 'NHWC', uint8: true, opset: 21 } as const;
    expect(input(await exportOnnx(network, options))).toEqual({
      inputs: [{ name: 'input', type: 'uint8', shape: [4, 32, 16, 3] }],
      outputs: [{ name: 'output', type: 'uint8', shape: [4, 32, 16, 3] }],
      opsets: { '': 21 },
      irVersion: 10,
      producer: 'ts-cyclegan',
    });
    disposeNetwork(network);
    const fromNoise = networks['dcgan generator']!.build();
    expect(input(await exportOnnx(fromNoise, { uint8: true }))).toMatchObject({
      inputs: [{ name: 'input', type: 'float32', shape: ['batch', 5] }],
      outputs: [{ name: 'output', type: 'uint8', shape: ['batch', 3, 12, 8] }],
    });
    disposeNetwork(fromNoise);
    const toVector = networks['dcgan discriminator']!.build();
    expect(input(await exportOnnx(toVector, { batch: 1 }))).toMatchObject({
      inputs: [{ name: 'input', shape: [1, 3, 12, 8] }],
      outputs: [{ name: 'output', shape: [1, 1] }],
    });
    disposeNetwork(toVector);
  }));

test('the metadata, as ONNX Runtime may read it', () =>
  withoutLeaks(async () => {
    const network = generator();
    const metadata = { author: 'väl☃ue' };
    const bytes = await exportOnnx(network, { licence: 'CC-BY-4.0', metadata, dtype: 'float16' });
    expect(decodeModel(bytes).metadata).toEqual({
      library: 'ts-cyclegan',
      library_version: manifest.version,
      layout: 'NCHW',
      value_range: '-1..1',
      dtype: 'float16',
      model_license: 'CC-BY-4.0',
      author: 'väl☃ue',
    });
    disposeNetwork(network);
  }));

test('only the operators that are needed', () =>
  withoutLeaks(async () => {
    const network = networks['dcgan generator']!.build();
    const { nodes } = decodeModel(await exportOnnx(network)).graph;
    // no transpositions: the layers before the first convolution have PyTorch's order
    expect(nodes.map(({ op }) => op)).toEqual([
      'Gemm', 'Reshape', 'BatchNormalization', 'Relu', 'ConvTranspose', 'BatchNormalization', 'Relu', 'ConvTranspose', 'Tanh',
    ]); // prettier-ignore
    disposeNetwork(network);
  }));

test('training may continue while the weights are read', () =>
  withoutLeaks(async () => {
    const network = generator();
    const before = await exportOnnx(network);
    const exporting = exportOnnx(network);
    for (const weight of network.weights) {
      const zeros = tf.zeros(weight.shape as number[]);
      weight.write(zeros);
      zeros.dispose();
    }
    expect(Buffer.from(await exporting).equals(before)).toBe(true);
    disposeNetwork(network);
  }));

test('a session tells what it expects', async () => {
  const network = generator();
  const session = await ort.InferenceSession.create(await exportOnnx(network, { size: [16, 24] }));
  const wrong = new ort.Tensor('float32', new Float32Array(3 * 32 * 32), [1, 3, 32, 32]);
  await expect(session.run({ input: wrong })).rejects.toThrow('invalid dimensions');
  await session.release();
  disposeNetwork(network);
});

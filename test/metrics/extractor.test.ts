/** Feature networks of TensorFlow.js and ONNX Runtime: the same features, resized and in the range of the network. */
import * as ort from 'onnxruntime-node';
import * as tf from '@tensorflow/tfjs';
import { featureExtractor } from 'ts-cyclegan/metrics';
import { expect, test } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { poolingNetwork } from '../support/pooling-network.js';

const means = () =>
  tf.sequential({ layers: [tf.layers.globalAveragePooling2d({ inputShape: [16, 16, 3] })] });

/** Two images of one colour each. */
const flat = () =>
  tf.tidy(() => tf.tile(tf.tensor4d([-1, 0, 0.5, 1, 0.25, -0.5], [2, 1, 1, 3]), [1, 24, 20, 1]));

test.each(['bicubic', 'bilinear'] as const)('the means of flat images, resized with %s', async (resize) => {
  await withoutLeaks(async () => {
    const [network, images] = [means(), flat()];
    const session = await ort.InferenceSession.create(poolingNetwork(16));
    const options = { name: 'means', resize, range: [0, 255] as const };
    for (const extractor of [
      featureExtractor(network, options),
      featureExtractor({ session, Tensor: ort.Tensor } as never, options),
    ]) {
      const { data, shape } = await extractor.extract(images);
      expect(shape).toEqual([2, 3]);
      expect(data).toBeAllClose([0, 127.5, 191.25, 255, 159.375, 63.75], { rtol: 1e-5, atol: 1e-3 });
      expect(extractor.convention).toBe(
        `means, images resized to 16 × 16 pixels (${resize}), values in [0, 255]`,
      );
    }
    await session.release();
    network.dispose();
    images.dispose();
  });
});

test('grey images are repeated in three channels, and networks of one image at a time are called in turn', async () => {
  await withoutLeaks(async () => {
    const network = means();
    const calls: number[][] = [];
    const one = {
      inputs: [{ shape: [1, 16, 16, 3] }],
      predict(images: tf.Tensor) {
        calls.push(images.shape);
        return network.predict(images) as tf.Tensor;
      },
    };
    const images = tf.fill<tf.Rank.R4>([3, 16, 16, 1], 0.5);
    const { data } = await featureExtractor(one, { name: 'means' }).extract(images);
    expect(data).toBeAllClose(Array(9).fill(0.5));
    expect(calls).toEqual(Array(3).fill([1, 16, 16, 3]));
    network.dispose();
    images.dispose();
  });
});

test('refuses other networks, sizes, shapes and outputs', async () => {
  await withoutLeaks(async () => {
    const [network, images] = [means(), flat()];
    const [open, unpooled] = await Promise.all(
      [poolingNetwork('size'), poolingNetwork(16, false)].map((bytes) => ort.InferenceSession.create(bytes)),
    );
    const onnx = (session: unknown) => ({ session, Tensor: ort.Tensor }) as never;
    expect(() => featureExtractor({} as never, { name: 'x' })).toThrow(
      'featureExtractor: network must be a LayersModel or GraphModel of TensorFlow.js, or { session, Tensor } of ONNX Runtime, got an object.',
    );
    expect(() => featureExtractor(onnx(open), { name: 'x' })).toThrow(
      'featureExtractor: option "size" is needed, because the input of the network has no fixed size. The FID network has 299.',
    );
    expect(() => featureExtractor(network, { name: 'x', range: [1, 1] })).toThrow(
      'featureExtractor: option "range" must be two different numbers [black, white], got [1, 1].',
    );
    await expect(featureExtractor(onnx(unpooled), { name: 'x' }).extract(images)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message:
        'featureExtractor: the output of the feature network must have one row for each image, [2, size], got [2, 3, 16, 16]. ' +
        'Use the output of its last pooling layer.',
    });
    const wrong = tf.zeros([2, 4, 4, 2]);
    await expect(
      featureExtractor(network, { name: 'x' }).extract(wrong as tf.Tensor4D),
    ).rejects.toMatchObject({
      code: 'INVALID_SHAPE',
      message:
        'featureExtractor: images must be a tensor [n, height, width, channels] with 1 or 3 channels, got [2, 4, 4, 2].',
    });
    for (const session of [open!, unpooled!]) await session.release();
    network.dispose();
    tf.dispose([images, wrong]);
  });
});

/** Programs of other kinds than this library's train with the same losses as on tfjs' cpu backend. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test } from 'vitest';
import { withoutLeaks } from '../../support/leaks.js';
import { counting, onOnnxRuntime } from './engine.js';

onOnnxRuntime();
afterEach(() => tf.setBackend('onnxruntime'));

const wave = (length: number, pace: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * pace));

/** Trains on a backend; gives the losses of the epochs, those of `evaluate`, and predictions. */
async function train(
  backend: string,
  build: () => tf.Sequential,
  data: () => { x: tf.Tensor; y: tf.Tensor },
): Promise<{ losses: number[]; evaluated: number[]; predicted: number[] }> {
  await tf.setBackend(backend);
  const model = build();
  // the same weights on every backend
  tf.tidy(() => {
    const numbers = (w: tf.Tensor, i: number) => wave(w.size, 0.7 + i / 10).map((v) => 0.3 * Math.abs(v));
    model.setWeights(model.getWeights().map((w, i) => tf.tensor(numbers(w, i), w.shape)));
  });
  const { x, y } = data();
  const { history } = await model.fit(x, y, {
    epochs: 3,
    batchSize: 8,
    shuffle: false,
    validationSplit: 0.25,
  });
  const scores = [model.evaluate(x, y, { batchSize: 8 })].flat();
  const evaluated = await Promise.all(scores.map(async (score) => (await score.data())[0]!));
  const prediction = model.predict(x, { batchSize: 8 }) as tf.Tensor;
  const predicted = [...(await prediction.data())];
  tf.dispose([x, y, scores, prediction]);
  model.optimizer.dispose();
  model.dispose();
  return { losses: [...(history.loss as number[]), ...(history.val_loss as number[])], evaluated, predicted };
}

/** A small convnet for images of digits, as in tfjs' MNIST examples. */
function convnet(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [12, 12, 1], filters: 4, kernelSize: 3, activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.batchNormalization(),
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'elu' }),
      tf.layers.averagePooling2d({ poolSize: 2, strides: 1 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 8, activation: 'sigmoid', kernelRegularizer: tf.regularizers.l2() }),
      tf.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

const digits = () => ({
  x: tf.tensor(wave(32 * 144, 0.31), [32, 12, 12, 1]),
  y: tf.tidy(() =>
    tf.oneHot(
      tf.tensor1d(
        Array.from({ length: 32 }, (_, i) => i % 3),
        'int32',
      ),
      3,
    ),
  ),
});

/** Text: an embedding, an LSTM, a GRU. */
function recurrent(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 7, outputDim: 5, inputLength: 6 }),
      tf.layers.lstm({ units: 6, returnSequences: true }),
      tf.layers.gru({ units: 4 }),
      tf.layers.dense({ units: 1, activation: 'tanh' }),
    ],
  });
  model.compile({ optimizer: tf.train.rmsprop(0.01), loss: 'meanSquaredError' });
  return model;
}

const sentences = () => ({
  x: tf.tensor(
    Int32Array.from({ length: 32 * 6 }, (_, i) => (i * i) % 7),
    [32, 6],
    'int32',
  ),
  y: tf.tensor(wave(32, 0.9), [32, 1]),
});

test.each([
  ['a convnet', convnet, digits],
  ['an LSTM', recurrent, sentences],
] as const)('%s', (_, build, data) =>
  withoutLeaks(async () => {
    const want = await train('cpu', build, data);
    const got = await train('onnxruntime', build, data);
    expect(got.losses).toBeAllClose(want.losses, { rtol: 1e-4 });
    expect(got.evaluated).toBeAllClose(want.evaluated, { rtol: 1e-4 });
    expect(got.predicted).toBeAllClose(want.predicted, { rtol: 1e-3, atol: 1e-4 });
    expect(want.losses[0]).not.toBeCloseTo(want.losses[2]!, 3); // it did train

    // A second time everything is known: fit, evaluate and predict compile nothing.
    const { compiled, fallenBack } = await counting(() => train('onnxruntime', build, data));
    expect({ compiled, fallenBack }).toEqual({ compiled: 0, fallenBack: [] });
  }),
);

test('batches of a dataset, wherever they begin, run the same graph', () =>
  withoutLeaks(async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    const x = tf.tensor(wave(60, 0.4), [20, 3]);
    const { compiled } = await counting(async () => {
      for (let begin = 0; begin < 20; begin += 4) {
        const [batch, y] = tf.tidy(() => {
          const batch = tf.slice(x, begin, 4);
          return [batch, model.predict(batch)] as [tf.Tensor, tf.Tensor];
        });
        expect(await batch.data()).toEqual(wave(60, 0.4).subarray(begin * 3, begin * 3 + 12));
        await y.data();
        tf.dispose([batch, y]);
      }
      (model.predict(x, { batchSize: 4 }) as tf.Tensor).dispose();
    });
    expect(compiled).toBe(1);
    tf.dispose(x);
    model.dispose();
  }));

test('a model saved on one backend gives the same on the other', () =>
  withoutLeaks(async () => {
    await tf.setBackend('onnxruntime');
    const model = convnet();
    const x = tf.tensor(wave(144, 0.31), [1, 12, 12, 1]);
    const y = model.predict(x) as tf.Tensor;
    const here = await y.data();
    let artifacts: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler((saved) => {
        artifacts = saved;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      }),
    );
    for (const backend of ['cpu', 'onnxruntime']) {
      await tf.setBackend(backend);
      const again = await tf.loadLayersModel(tf.io.fromMemory(artifacts!));
      const there = again.predict(x) as tf.Tensor;
      expect(await there.data()).toBeAllClose(here, { rtol: 1e-5, atol: 1e-6 });
      there.dispose();
      again.dispose();
    }
    model.optimizer.dispose();
    model.dispose();
    tf.dispose([x, y]);
  }));

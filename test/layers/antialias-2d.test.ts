import * as tf from '@tensorflow/tfjs';
import {
  AntialiasDownsampling2D,
  AntialiasUpsampling2D,
  loadStateDict,
  patchDiscriminator,
  stateDict,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { expectRefusal } from '../support/allocations.js';
import { describeLayer } from '../support/describe-layer.js';
import { finiteDifferences, scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';

describeLayer(AntialiasDownsampling2D, {
  cases: { default: {} },
  refused: [[{ stride: 2 }, 'AntialiasDownsampling2D: unknown option "stride". Known: name, trainable, dtype, inputShape, batchInputShape, batchSize, inputDType, weights, customObjects.']],
}); // prettier-ignore
describeLayer(AntialiasUpsampling2D, { cases: { default: {} }, refused: [] });

/** The layers by their definitions in PyTorch: pad, then correlate with a filter. One axis. */
const reflected = (line: number[]) => [line[1]!, ...line, line.at(-2)!];
const halved = (line: number[]) => {
  const padded = reflected(line);
  return Array.from({ length: Math.floor((padded.length - 3) / 2) + 1 }, (_, i) => {
    const [a, b, c] = padded.slice(2 * i);
    return (a! + 2 * b! + c!) / 4;
  });
};
const doubled = (line: number[]) => {
  const at = (i: number) => line[Math.min(Math.max(i, 0), line.length - 1)]!;
  return line.flatMap((x, i) => [(at(i - 1) + 3 * x) / 4, (3 * x + at(i + 1)) / 4]);
};

const layers = {
  AntialiasDownsampling2D: { layer: new AntialiasDownsampling2D(), line: halved },
  AntialiasUpsampling2D: { layer: new AntialiasUpsampling2D(), line: doubled },
};

describe.each(Object.entries(layers))('%s', (_, { layer, line }) => {
  it.each([
    [2, 3],
    [5, 4],
    [6, 7],
  ])('has the values of PyTorch for %i × %i pixels', (height, width) =>
    withoutLeaks(async () => {
      const x = scattered([2, height, width, 3]) as tf.Tensor4D;
      const y = layer.apply(x) as tf.Tensor4D;
      const channelsFirst = async (t: tf.Tensor) => {
        const moved = tf.transpose(t, [0, 3, 1, 2]) as tf.Tensor4D;
        return await moved.array().finally(() => moved.dispose());
      };
      const [got, images] = [await channelsFirst(y), await channelsFirst(x)];
      const columnsOf = (rows: number[][]) => rows[0]!.map((_, i) => rows.map((row) => row[i]!));
      const want = images.map((image) => image.map((rows) => columnsOf(columnsOf(rows.map(line)).map(line))));
      expect(got.flat(3)).toBeAllClose(want.flat(3));
      tf.dispose([x, y]);
    }),
  );

  it.each([
    [4, 4],
    [5, 3],
  ])('has right gradients for %i × %i pixels, of second order too', (height, width) =>
    withoutLeaks(async () => {
      const x = scattered([1, height, width, 2]);
      const weighted = (t: tf.Tensor) =>
        tf.tidy(() => tf.sum(tf.pow(layer.apply(t) as tf.Tensor, 3)).asScalar());
      const gradient = tf.grad(weighted)(x);
      expect(await gradient.data()).toBeAllClose(await finiteDifferences(weighted, x), { atol: 2e-3 });
      const slope = (t: tf.Tensor) => tf.sum(tf.square(tf.grad(weighted)(t)));
      const second = tf.grad(slope)(x);
      expect(await second.data()).toBeAllClose(await finiteDifferences(slope, x), { rtol: 1e-2, atol: 2e-2 });
      tf.dispose([x, gradient, second]);
    }),
  );
});

it('refuses images of one row', () =>
  withoutLeaks(() => {
    const x = tf.zeros([1, 1, 4, 2]);
    expectRefusal(
      () => new AntialiasDownsampling2D().apply(x),
      'INVALID_SHAPE',
      'AntialiasDownsampling2D: images must be at least 2 pixels high and wide, got [1, 4]. Use larger images.',
    );
    x.dispose();
  }));

it('has no weights, and its filter in the state dict', async () => {
  const network = patchDiscriminator({
    convention: 'pytorch',
    inputShape: [32, 32, 3],
    filters: 2,
    layers: 1,
    antialias: true,
    seed: 1,
  });
  const entries = await stateDict(network);
  expect(Object.keys(entries)).toEqual([
    'model.0.weight', 'model.0.bias', 'model.2.filt', 'model.3.weight', 'model.3.bias', 'model.6.weight', 'model.6.bias',
  ]); // prettier-ignore
  const { shape, data } = entries['model.2.filt']!;
  expect(shape).toEqual([2, 1, 3, 3]);
  const filter = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((value) => value / 16);
  expect([...(data as Float32Array)]).toEqual([...filter, ...filter]);
  expect(network.getLayer('model.2').weights).toEqual([]);
  expect(() => loadStateDict(network, entries)).not.toThrow();

  const other = { ...entries, 'model.2.filt': { shape, data: new Float32Array(18).fill(1 / 9) } };
  expectRefusal(
    () => loadStateDict(network, other),
    'INVALID_WEIGHTS',
    'loadStateDict (patch_discriminator): "model.2.filt" holds another filter than this network, whose filters are fixed: ' +
      '[1, 2, 1] and [1, 3, 3, 1], as in CUT.',
  );
  network.dispose();
});

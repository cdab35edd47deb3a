import * as tf from '@tensorflow/tfjs';
import {
  discriminatorHead,
  loadStateDict,
  patchDiscriminator,
  pixelDiscriminator,
  resnetGenerator,
  type StateDict,
  stateDict,
  unetGenerator,
} from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { expectRefusal } from '../support/allocations.js';
import { withoutLeaks } from '../support/leaks.js';

const pytorch = { convention: 'pytorch', inputShape: [null, null, 3], filters: 2 } as const;
const patch = (seed: number) => patchDiscriminator({ ...pytorch, layers: 1, seed });

describe('layouts', () => {
  it.each([
    ['a convolution, [out, in, h, w]', 'Conv2D', (o: number, i: number) => [i, o]],
    ['a transposed convolution, [in, out, h, w]', 'Conv2DTranspose', (i: number, o: number) => [o, i]],
  ] as const)('of %s', (_, className, channels) =>
    withoutLeaks(async () => {
      const network = resnetGenerator({
        ...pytorch,
        outputChannels: 1,
        residualBlocks: 0,
        downsamplingBlocks: 1,
      });
      const layer = network.layers.filter((layer) => layer.getClassName() === className).at(-1)!;
      const [height, width, third, fourth] = layer.weights[0]!.shape as [number, number, number, number];
      // each number says where it stands in tfjs' layout
      const where = (h: number, w: number, c: number, d: number) =>
        ((h * width + w) * third + c) * fourth + d;
      tf.tidy(() => {
        layer.setWeights([
          tf.reshape(tf.range(0, height * width * third * fourth), layer.weights[0]!.shape as number[]),
          layer.getWeights()[1]!,
        ]);
      });
      const { shape, data } = (await stateDict(network))[`${layer.name}.weight`]!;
      expect(shape).toEqual([fourth, third, height, width]);
      let at = 0;
      for (let a = 0; a < fourth; a++) {
        for (let b = 0; b < third; b++) {
          for (let h = 0; h < height; h++) {
            for (let w = 0; w < width; w++) {
              const [c, d] = channels(a, b) as [number, number];
              expect(data[at++]).toBe(where(h, w, c, d));
            }
          }
        }
      }
      network.dispose();
    }),
  );

  it('of a linear layer, [out, in]; that of Keras is refused', () =>
    withoutLeaks(async () => {
      const head = discriminatorHead({ features: 3, outputs: 2, seed: 1 });
      const kernel = tf.tensor2d([0, 1, 2, 3, 4, 5], [3, 2]); // [in, out]
      head.setWeights([kernel, head.getWeights()[1]!]);
      kernel.dispose();
      const saved = await stateDict(head);
      expect(saved['main.0.weight']).toEqual({ shape: [2, 3], data: Float32Array.of(0, 2, 4, 1, 3, 5) });
      const moved = { ...saved, 'main.0.weight': { shape: [2, 3], data: Float32Array.of(5, 4, 3, 2, 1, 0) } };
      loadStateDict(head, moved);
      expect([...(await head.getWeights()[0]!.data())]).toEqual([5, 2, 4, 1, 3, 0]);
      expectRefusal(
        () =>
          loadStateDict(head, { ...saved, 'main.0.weight': { shape: [3, 2], data: new Float32Array(6) } }),
        'INVALID_WEIGHTS',
        'loadStateDict (head): "main.0.weight" must have shape [2, 3], got [3, 2]. This is the layout of Keras. Transpose kernels to the layout of PyTorch with tf.transpose(kernel, [1, 0]).',
      );
      head.dispose();
    }));
});

describe('a light generator', () => {
  const sines = (shape: number[], step: number, start: number): Float32Array =>
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * step + start));

  // Expected: PyTorch's modules in the order of GAN Compression's MobileResnetGenerator, with the same sines as weights
  it('has the names of the mobile generators of GAN Compression, and computes the same', () =>
    withoutLeaks(async () => {
      const network = resnetGenerator({
        ...pytorch,
        inputShape: [8, 8, 3],
        residualBlocks: 1,
        separable: true,
      });
      const entries = await stateDict(network);
      const block = Object.entries(entries).filter(([name]) => name.startsWith('model.10.'));
      const half = (index: number) => [
        [`model.10.conv_block.${index}.conv.0.weight`, [8, 1, 3, 3]],
        [`model.10.conv_block.${index}.conv.0.bias`, [8]],
        [`model.10.conv_block.${index}.conv.2.weight`, [8, 8, 1, 1]],
        [`model.10.conv_block.${index}.conv.2.bias`, [8]],
      ];
      expect(block.map(([name, { shape }]) => [name, shape])).toEqual([...half(1), ...half(6)]);

      const weights = Object.entries(entries).map(([name, { shape }], k) => {
        return [name, { shape, data: sines(shape, 1.3, k).map((value) => 0.3 * value) }] as const;
      });
      loadStateDict(network, Object.fromEntries(weights));
      const x = tf.tensor4d(sines([1, 8, 8, 3], 0.7, 0), [1, 8, 8, 3]);
      const y = network.predict(x) as tf.Tensor;
      const values = await y.data();
      const first = [-0.82629, 0.9308, 0.70912, -0.87965, -0.09016, 0.93042];
      const last = [0.92751, 0.16255, -0.89306, -0.13786, 0.7742, 0.05654];
      expect(values.slice(0, 6)).toBeAllClose(first, { atol: 1e-4 });
      expect(values.slice(-6)).toBeAllClose(last, { atol: 1e-4 });
      network.dispose();
      tf.dispose([x, y]);
    }));
});

describe('names', () => {
  it('of batch norm, and its counter of 64 bits', () =>
    withoutLeaks(async () => {
      const network = patchDiscriminator({ ...pytorch, layers: 1, norm: 'batch' });
      const entries = await stateDict(network);
      expect(Object.entries(entries).map(([name, { shape }]) => [name, shape])).toEqual([
        ['model.0.weight', [2, 3, 4, 4]], ['model.0.bias', [2]], ['model.2.weight', [4, 2, 4, 4]],
        ['model.3.weight', [4]], ['model.3.bias', [4]], ['model.3.running_mean', [4]], ['model.3.running_var', [4]],
        ['model.3.num_batches_tracked', []], ['model.5.weight', [1, 4, 4, 4]], ['model.5.bias', [1]],
      ]); // prettier-ignore
      expect(entries['model.3.num_batches_tracked']!.data).toEqual(new BigInt64Array([0n]));
      expect([...(entries['model.3.running_var']!.data as Float32Array)]).toEqual([1, 1, 1, 1]);
      network.dispose();
    }));
});

describe('a round trip', () => {
  it.each([
    ['resnet', (seed: number) => resnetGenerator({ ...pytorch, residualBlocks: 1, dropout: true, seed })],
    [
      'resnet of K',
      (seed: number) => resnetGenerator({ ...pytorch, convention: 'keras', residualBlocks: 1, seed }),
    ],
    [
      'light resnet with batch norm',
      (seed: number) =>
        resnetGenerator({ ...pytorch, residualBlocks: 1, separable: true, norm: 'batch', seed }),
    ],
    ['unet with batch norm', (seed: number) => unetGenerator({ ...pytorch, levels: 5, norm: 'batch', seed })],
    ['patch', patch],
    ['pixel', (seed: number) => pixelDiscriminator({ ...pytorch, norm: 'batch', seed })],
  ] as const)('of %s makes the other network the same, and keeps no hold of the arrays', (_, build) =>
    withoutLeaks(async () => {
      const [one, other] = [build(1), build(2)];
      const x = tf.randomUniform([1, 32, 32, 3], -1, 1, 'float32', 5);
      const entries = await stateDict(one);
      loadStateDict(other, entries);
      for (const { data } of Object.values(entries))
        data.fill(data instanceof Float32Array ? (7 as never) : (7n as never));
      const [y, again] = [one.predict(x) as tf.Tensor, other.predict(x) as tf.Tensor];
      expect(await again.data()).toEqual(await y.data());
      one.dispose();
      other.dispose();
      tf.dispose([x, y, again]);
    }),
  );
});

describe('loadStateDict', () => {
  it('passes over the running statistics of instance norms in old files, and needs no counters', () =>
    withoutLeaks(async () => {
      const network = patch(1);
      const zeros = { shape: [4], data: new Float32Array(4) };
      const leftovers = {
        'model.3.running_mean': zeros,
        'model.3.running_var': zeros,
        'model.3.num_batches_tracked': { shape: [], data: new BigInt64Array(1) },
      };
      loadStateDict(network, { ...(await stateDict(network)), ...leftovers });
      network.dispose();
      const batch = patchDiscriminator({ ...pytorch, layers: 1, norm: 'batch' });
      const { 'model.3.num_batches_tracked': _, ...entries } = await stateDict(batch);
      loadStateDict(batch, entries);
      batch.dispose();
    }));

  const without = (entries: StateDict, key: string): StateDict =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => name !== key));
  it.each<[string, (entries: StateDict) => object, string]>([
    ['a missing entry', (e) => without(e, 'model.2.bias'), '"model.2.bias" is missing. Is the file of the same architecture and norm?'],
    ['an unknown entry', (e) => ({ ...e, 'model.2.biass': e['model.2.bias'] }), 'the network has no "model.2.biass". Did you mean "model.2.bias"? Is it of the same architecture and norm?'],
    ['statistics where no norm is', (e) => ({ ...e, 'model.2.running_mean': e['model.2.bias'] }), 'the network has no "model.2.running_mean". Known: model.0.weight, model.0.bias, model.2.weight, model.2.bias, model.5.weight, model.5.bias. Is it of the same architecture and norm?'],
    ['another shape', (e) => ({ ...e, 'model.5.weight': { ...e['model.5.weight'], shape: [1, 2, 4, 8] } }), '"model.5.weight" must have shape [1, 4, 4, 4], got [1, 2, 4, 8].'],
    ['no shape', (e) => ({ ...e, 'model.5.bias': { data: new Float32Array(1) } }), '"model.5.bias" must have shape [1], got undefined.'],
    ['too few numbers', (e) => ({ ...e, 'model.5.bias': { shape: [1], data: new Float32Array(0) } }), '"model.5.bias" must have 1 elements for its shape, got 0.'],
    ['other numbers', (e) => ({ ...e, 'model.5.bias': { shape: [1], data: new BigInt64Array(1) } }), '"model.5.bias" must hold a Float32Array, got a BigInt64Array.'],
    ['no numbers', (e) => ({ ...e, 'model.5.bias': { shape: [1] } }), '"model.5.bias" must hold a Float32Array, got undefined.'],
  ])('refuses %s by name, and changes nothing', (_, change, message) =>
    withoutLeaks(async () => {
      const [network, donor] = [patch(1), patch(2)];
      const before = await stateDict(network);
      const entries = change(await stateDict(donor)) as StateDict;
      expectRefusal(() => { loadStateDict(network, entries); }, 'INVALID_WEIGHTS', `loadStateDict (patch_discriminator): ${message}`);
      expect(await stateDict(network)).toEqual(before);
      network.dispose();
      donor.dispose();
    }),
  ); // prettier-ignore

  const keys = (entries: StateDict, change: (key: string) => string): StateDict =>
    Object.fromEntries(Object.entries(entries).map(([key, entry]) => [change(key), entry]));

  it('takes the names of nn.DataParallel', () =>
    withoutLeaks(async () => {
      const [network, donor] = [patch(1), patch(2)];
      const entries = await stateDict(donor);
      loadStateDict(
        network,
        keys(entries, (key) => `module.${key}`),
      );
      expect(await stateDict(network)).toEqual(entries);
      network.dispose();
      donor.dispose();
    }));

  const kernel = (entries: StateDict) => entries['model.0.weight']!;
  it.each<[string, (entries: StateDict) => unknown, string]>([
    ['the prefix on some names alone', (e) => ({ ...e, 'module.model.0.bias': e['model.0.bias'] }), 'the network has no "module.model.0.bias". Known: model.0.weight, model.0.bias, model.2.weight, model.2.bias, model.5.weight, model.5.bias. Is it of the same architecture and norm?'],
    ['kernels in the layout of Keras', (e) => ({ ...e, 'model.0.weight': { ...kernel(e), shape: [4, 4, 3, 2] } }), '"model.0.weight" must have shape [2, 3, 4, 4], got [4, 4, 3, 2]. This is the layout of Keras. Transpose kernels to the layout of PyTorch with tf.transpose(kernel, [3, 2, 0, 1]).'],
    ['names of Keras', (e) => keys(e, (key) => key.replace('.weight', '/kernel:0')), '"model.0/kernel:0" is a Keras name, but PyTorch names and layouts are expected, such as "model.0.weight". Set Keras weights with network.setWeights, in the order and layouts of Keras.'],
    ['NaN', (e) => ({ ...e, 'model.5.bias': { shape: [1], data: Float32Array.of(NaN) } }), '"model.5.bias" holds NaN or Infinity.'],
    ['null', () => null, 'expected arrays by name, got null.'],
  ])('refuses %s', (_, change, message) =>
    withoutLeaks(async () => {
      const network = patch(1);
      const before = await stateDict(network);
      const entries = change(before) as StateDict;
      expectRefusal(() => { loadStateDict(network, entries); }, 'INVALID_WEIGHTS', `loadStateDict (patch_discriminator): ${message}`);
      expect(await stateDict(network)).toEqual(before);
      network.dispose();
    }),
  ); // prettier-ignore

  it.each([
    ['keras', 'pytorch', 'model.3.weight', 'model.2.bias'],
    ['pytorch', 'keras', 'model.2.bias', 'model.3.weight'],
  ] as const)('names the convention: into %s from %s', (to, from, has, lacks) =>
    withoutLeaks(async () => {
      const build = (convention: 'keras' | 'pytorch') => patchDiscriminator({ ...pytorch, convention, layers: 1 });
      const [network, donor] = [build(to), build(from)];
      const entries = await stateDict(donor);
      expectRefusal(
        () => { loadStateDict(network, entries); },
        'INVALID_WEIGHTS',
        `loadStateDict (patch_discriminator): the weights have the convention "${from}", but the network has the convention "${to}": it has "${has}" and no "${lacks}". Build it with convention: "${from}".`,
      );
      network.dispose();
      donor.dispose();
    }),
  ); // prettier-ignore
});

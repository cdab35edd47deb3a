/** The architecture of each kind of network is inferred from its weights, and the network that is built of it computes the same. */
import * as tf from '@tensorflow/tfjs';
import {
  patchDiscriminator,
  pixelDiscriminator,
  resnetGenerator,
  stateDict,
  unetGenerator,
  type StateDict,
} from 'ts-cyclegan';
import { inferArchitecture, networkOfStateDict } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';
import { messageOf } from './files.js';

const small = { inputShape: [null, null, 2] as const, filters: 2, seed: 7, initializerGain: 0.2 };
const builders = { resnet: resnetGenerator, unet: unetGenerator, patch: patchDiscriminator, pixel: pixelDiscriminator }; // prettier-ignore

test.each([
  ['resnet', { residualBlocks: 2, outputChannels: 5 }],
  ['resnet', { residualBlocks: 1, norm: 'batch', dropout: true, downsamplingBlocks: 1 }],
  ['resnet', { residualBlocks: 1, norm: 'none', border: 'zero' }],
  ['resnet', { residualBlocks: 1, border: 'zero', dropout: true, downsamplingBlocks: 3 }],
  ['resnet', { residualBlocks: 1, upsampling: 'resize' }],
  ['resnet', { residualBlocks: 1, convention: 'keras' }],
  ['resnet', { residualBlocks: 2, antialias: true, upsampling: 'smooth' }],
  ['resnet', { residualBlocks: 1, antialias: true, upsampling: 'transposed', downsamplingBlocks: 3 }],
  ['resnet', { residualBlocks: 1, antialias: true, upsampling: 'resize', norm: 'batch' }],
  ['resnet', { residualBlocks: 1, upsampling: 'smooth', convention: 'keras' }],
  ['resnet', { residualBlocks: 2, separable: true }],
  [
    'resnet',
    {
      residualBlocks: 1,
      separable: true,
      border: 'zero',
      antialias: true,
      upsampling: 'smooth',
      norm: 'batch',
    },
  ],
  ['patch', { layers: 1, antialias: true }],
  ['patch', { layers: 3, antialias: true, norm: 'batch' }],
  ['unet', { levels: 5, outputChannels: 1, norm: 'batch' }],
  ['unet', { levels: 6 }],
  ['patch', { layers: 1, norm: 'batch' }],
  ['patch', { layers: 4, convention: 'keras' }],
  ['patch', { layers: 3, norm: 'none' }],
  ['pixel', {}],
  ['pixel', { norm: 'batch' }],
] as const)('%s %o', async (kind, options) => {
  await withoutLeaks(async () => {
    const given = { convention: 'pytorch', ...small, ...options } as const;
    const network = builders[kind](given);
    const weights = await stateDict(network);
    const { norm = 'instance', convention, outputChannels = 2, ...own } = given as Record<string, unknown>;
    const isGenerator = ['resnet', 'unet'].includes(kind);
    const found = inferArchitecture(weights);
    expect(found).toMatchObject({
      kind,
      norm,
      convention,
      inputChannels: 2,
      outputChannels: isGenerator ? outputChannels : 1,
      filters: 2,
    });
    for (const [name, value] of Object.entries(found.options)) {
      const defaults: Record<string, unknown> = { downsamplingBlocks: 2, upsampling: 'transposed', border: 'reflect', dropout: false, separable: false, antialias: false }; // prettier-ignore
      expect([name, value]).toEqual([name, own[name] ?? defaults[name]]);
    }
    const same = networkOfStateDict(weights);
    const size = kind === 'unet' ? 64 : 32;
    const [want, got] = tf.tidy(() => {
      const x = scattered([1, size, size, 2], 3);
      return [network, same].map((each) => Array.from((each.predict(x) as tf.Tensor).dataSync()));
    });
    expect(got).toEqual(want);
    network.dispose();
    same.dispose();
  });
});

const array = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
const infer = (weights: StateDict) => messageOf(() => inferArchitecture(weights));
const resnet: StateDict = {
  'model.1.weight': array(1, 3, 7, 7),
  'model.4.weight': array(2, 1, 3, 3),
  'model.7.conv_block.1.weight': array(2, 2, 3, 3),
  'model.7.conv_block.5.weight': array(2, 2, 3, 3),
  'model.8.weight': array(2, 1, 3, 3),
  'model.12.weight': array(3, 1, 7, 7),
};

test('networks that do not fit are refused before anything is allocated', () => {
  expect(infer(resnet)).toBe('no error');
  const where = 'INVALID_WEIGHTS: inferArchitecture:';
  expect(infer({ 'layer1.weight': array(2) })).toBe(
    `${where} the keys ("layer1.weight") are not those of a generator or discriminator of pytorch-CycleGAN-and-pix2pix.`,
  );
  expect(infer({ ...resnet, 'model.4.weight': array(2, 2, 3, 3) })).toBe(
    `${where} "model.4.weight" must have shape [2, 1, 3, 3], got [2, 2, 3, 3].`,
  );
  const { 'model.8.weight': _, ...without } = resnet;
  expect(infer(without)).toBe(`${where} "model.8.weight" is missing.`);
  expect(infer({ ...resnet, 'model.1.weight': array(1, 3, 5, 5) })).toBe(
    `${where} "model.1.weight" must have the shape of a 7×7 convolution, got [1, 3, 5, 5].`,
  );
  expect(infer({ ...resnet, 'model.7.filt': array(1) })).toBe(
    `${where} the first residual block must be at "model.4", "model.8", "model.12" …, got "model.7".`,
  );
  const { 'model.7.conv_block.1.weight': first, 'model.7.conv_block.5.weight': second, ...rest } = resnet;
  expect(first!.shape).toEqual(second!.shape);
  const separable = {
    ...rest,
    'model.7.conv_block.1.conv.0.weight': array(2, 1, 3, 3),
    'model.7.conv_block.1.conv.2.weight': array(2, 2, 1, 1),
    'model.7.conv_block.6.conv.0.weight': array(2, 1, 3, 3),
    'model.7.conv_block.6.conv.2.weight': array(2, 2, 1, 1),
  };
  expect(infer(separable)).toBe('no error');
  expect(inferArchitecture(separable).assumed).toEqual([
    'border "reflect", which has the keys of "replicate"',
    'dropout false, which has the keys of true',
  ]);
  expect(infer({ ...separable, 'model.7.conv_block.6.conv.2.weight': array(3, 2, 1, 1) })).toBe(
    `${where} "model.7.conv_block.6.conv.2.weight" must have shape [2, 2, 1, 1], got [3, 2, 1, 1].`,
  );
  expect(infer({ 'model.model.0.weight': array(2, 3, 4, 4) })).toBe(
    `${where} a U-Net must have 5 to 12 levels, got 1.`,
  );
});

test('200,000 keys are refused as others are', () => {
  const other = array();
  const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`${i}`, other]));
  expect(infer({ ...many, 'model.model.0.weight': array(2, 3, 4, 4) })).toBe(
    'INVALID_WEIGHTS: inferArchitecture: a U-Net must have 5 to 12 levels, got 1.',
  );
});

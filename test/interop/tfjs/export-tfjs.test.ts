/** TensorFlow.js loads exported folders, without classes of this library where none are needed, and computes the same. */
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { resnetGenerator } from 'ts-cyclegan';
import { exportTfjs } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { disposeNetwork } from '../../../src/layers/networks.js';
import { withoutLeaks } from '../../support/leaks.js';
import { disturbed, inputsFor, networks } from '../networks.js';

/** A folder as a server has it. */
const served = (files: Record<string, Uint8Array>): tf.io.LoadOptions & { fetchFunc: typeof fetch } => ({
  fetchFunc: (url) => {
    const bytes = files[(url as string).split('/').at(-1)!];
    const headers = { 'content-type': 'application/json' };
    return Promise.resolve(new Response(bytes as BodyInit | undefined, { status: bytes === undefined ? 404 : 200, headers }));
  },
}); // prettier-ignore
const address = 'http://localhost/model.json';

async function expectSame(
  network: tf.LayersModel,
  loaded: Pick<tf.GraphModel, 'predict'> | tf.LayersModel,
  sizes: [number, number][],
) {
  for (const [i, size] of (sizes.length > 0 ? sizes : [[]]).entries()) {
    const x = inputsFor(network, 1 + (i % 2), size, i);
    const expected = network.predict(x) as tf.Tensor;
    const actual = loaded.predict(x, {}) as tf.Tensor;
    expect(actual.shape).toEqual(expected.shape);
    expect(await actual.data()).toBeAllClose(await expected.data(), { rtol: 0, atol: 1e-5 });
    tf.dispose([x, expected, actual]);
  }
}

test.each(Object.entries(networks))('graph model: %s', (_, { build, sizes }) =>
  withoutLeaks(async () => {
    const network = disturbed(build());
    const files = await exportTfjs(network);
    const loaded = await tf.loadGraphModel(address, served(files));
    await expectSame(network, loaded, sizes);
    loaded.dispose();
    disposeNetwork(network);
  }),
);

/** The classes of the layers of a layers model. */
function classesOf(files: Record<string, Uint8Array>): string[] {
  const { modelTopology } = json(files) as {
    modelTopology: { config: { layers: { class_name: string }[] } };
  };
  return [...new Set(modelTopology.config.layers.map(({ class_name: name }) => name))].sort();
}
const json = (files: Record<string, Uint8Array>) =>
  JSON.parse(new TextDecoder().decode(files['model.json'])) as Record<string, unknown>;

/** Classes of this library: some have counterparts in TensorFlow.js that compute the same in inference. */
const replaced = [
  'NearestUpsampling2D',
  'PyTorchBatchNormalization',
  'SeededDropout',
  'TwiceDifferentiableLeakyReLU',
];
const kept = [
  'InstanceNormalization',
  'ReflectionPadding2D',
  'ReplicationPadding2D',
  'SingleSliceCropping2D',
];

test.each(Object.entries(networks))('layers model: %s', (_, { build, sizes }) =>
  withoutLeaks(async () => {
    const network = disturbed(build());
    const files = await exportTfjs(network, { format: 'layers' });
    const loaded = await tf.loadLayersModel(address, served(files));
    await expectSame(network, loaded, sizes);
    expect(classesOf(files).filter((name) => replaced.includes(name))).toEqual([]);
    [loaded, network].forEach(disposeNetwork);
  }),
);
test('U-Nets, PatchGANs and DCGANs without instance norm need no classes of this library', () =>
  withoutLeaks(async () => {
    for (const name of ['unet keras batch', 'unet pytorch none', 'pixel pytorch', 'dcgan generator', 'began generator', 'dcgan discriminator']) {
      const network = networks[name]!.build();
      const classes = classesOf(await exportTfjs(network, { format: 'layers' }));
      expect(classes.filter((each) => kept.includes(each)), name).toEqual([]);
      disposeNetwork(network);
    }
  })); // prettier-ignore

test.each(['graph', 'layers'] as const)('float16 and metadata: %s', (format) =>
  withoutLeaks(async () => {
    const network = disturbed(networks['resnet keras instance']!.build());
    const whole = await exportTfjs(network, { format });
    const files = await exportTfjs(network, { format, dtype: 'float16', licence: 'MIT', metadata: { a: 'b' } });
    const shard = expect.stringMatching(/^group1-shard1of1-[\da-f]{16}\.bin$/) as string;
    expect(Object.keys(files)).toEqual([shard, 'model.json']);
    const [half, all] = [files, whole].map((each) => Object.values(each)[0]!.length) as [number, number];
    expect(Object.keys(whole)[0]).not.toBe(Object.keys(files)[0]); // other weights have other names
    expect(half).toBeLessThan(0.52 * all); // integers of a graph are not halved
    expect(json(files)).toMatchObject({
      format: `${format}-model`,
      generatedBy: `ts-cyclegan ${manifest.version}`,
      convertedBy: null,
      userDefinedMetadata: {
        library: 'ts-cyclegan',
        library_version: manifest.version,
        value_range: '-1..1',
        dtype: 'float16',
        model_license: 'MIT',
        a: 'b',
      },
    });
    const loaded = await (format === 'graph' ? tf.loadGraphModel : tf.loadLayersModel)(address, served(files));
    const x = inputsFor(network, 1, [16, 24]);
    const [expected, actual] = [network, loaded].map((each) => each.predict(x, {}) as tf.Tensor) as [tf.Tensor, tf.Tensor];
    expect(await actual.data()).toBeAllClose(await expected.data(), { rtol: 0, atol: 0.01 });
    tf.dispose([x, expected, actual]);
    (loaded as tf.GraphModel).dispose();
    disposeNetwork(network);
  }),
); // prettier-ignore

test('large weights are several files of 4 MiB', () =>
  withoutLeaks(async () => {
    const network = resnetGenerator({ inputShape: [null, null, 3], filters: 48, residualBlocks: 2, seed: 1 });
    const { 'model.json': model, ...weights } = await exportTfjs(network);
    const sizes = Object.entries(weights).map(([name, bytes]) => [name, bytes.length] as const);
    const hashes = Object.values(weights).map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    expect(sizes.map(([name]) => name)).toEqual(
      hashes.map((hash, i) => `group1-shard${i + 1}of${sizes.length}-${hash.slice(0, 16)}.bin`),
    );
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.slice(0, -1).every(([, size]) => size === 4 * 2 ** 20)).toBe(true);
    const loaded = await tf.loadGraphModel(address, served({ 'model.json': model!, ...weights }));
    await expectSame(network, loaded, [[8, 8]]);
    loaded.dispose();
    disposeNetwork(network);
  }));

test('the signature of a graph model', () =>
  withoutLeaks(async () => {
    const network = networks['resnet keras instance']!.build();
    const loaded = await tf.loadGraphModel(address, served(await exportTfjs(network)));
    expect(loaded.inputs).toEqual([{ name: 'input', shape: [-1, -1, -1, 3], dtype: 'float32' }]);
    expect(loaded.outputs.map(({ name }) => name)).toEqual(['output']);
    loaded.dispose();
    disposeNetwork(network);
  }));

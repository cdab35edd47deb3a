/** Weight files of Keras: the golden files, which Keras wrote, and files of this library. */
import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import {
  type CycleGANError,
  isCycleGANError,
  patchDiscriminator,
  Random,
  resnetGenerator,
  type Translator,
  unetGenerator,
} from 'ts-cyclegan';
import { importModel, readKerasNetworks, readStateDicts, writeKerasWeights } from 'ts-cyclegan/interop';
import { expect, onTestFinished, test, vi } from 'vitest';
import * as v from 'valibot';
import { readKeras } from '../../src/interop/keras/read.js';
import { loadH5wasm } from '../../src/interop/keras/h5wasm.js';
import { tensorOf } from '../golden/format.js';
import { goldenCase, goldenFolder } from '../support/golden-case.js';
import { withoutLeaks } from '../support/leaks.js';
import { damage } from '../support/mutations.js';

const filesOf = (golden: { json: unknown }) =>
  v.parse(
    v.object({ files: v.array(v.object({ file: v.string(), output: v.optional(v.string()) })) }),
    golden.json,
  ).files;
const bytesOf = (file: string) => readFileSync(join(goldenFolder, file));

const golden = goldenCase('k-weight-files');

test.each(filesOf(golden))(
  '$file has the network and the weights that Keras saved',
  async ({ file, output }) => {
    await withoutLeaks(() => {
      const { '': network, ...others } = readKerasNetworks(bytesOf(file), { name: file });
      expect(others).toEqual({});
      const input = tensorOf(golden, 'input');
      const expected = tensorOf(golden, output!);
      const difference = tf.tidy(() => {
        const y = network!.predict(tf.tensor(input.data, input.shape)) as tf.Tensor;
        expect(y.shape).toEqual(expected.shape);
        return tf.max(tf.abs(tf.sub(y, tf.tensor(expected.data, expected.shape)))).dataSync()[0]!;
      });
      expect(difference).toBeLessThanOrEqual((golden.expected[output!] as { atol: number }).atol);
      network!.dispose();
    });
  },
);

test('all files have the same weights, bit for bit', () => {
  const [first, ...others] = filesOf(golden).map(({ file }) => {
    const { layers, architecture } = readKeras('test', bytesOf(file), file)[0]!;
    return [
      architecture,
      Object.values(layers)
        .flat()
        .map(({ shapes, values }) => [shapes, values]),
    ];
  });
  for (const other of others) expect(other).toEqual(first);
});

const networks = {
  generator: () =>
    resnetGenerator({ inputShape: [32, 32, 3], outputChannels: 1, filters: 3, residualBlocks: 5, seed: 1 }),
  discriminator: () => patchDiscriminator({ inputShape: [64, 64, 2], filters: 2, seed: 2 }),
  'other depths': () =>
    resnetGenerator({ filters: 4, downsamplingBlocks: 1, upsamplingBlocks: 2, residualBlocks: 0 }),
  'batch norm and resize-convolutions': () =>
    resnetGenerator({ filters: 2, residualBlocks: 1, norm: 'batch', upsampling: 'resize' }),
  'no norm': () => patchDiscriminator({ filters: 2, norm: 'none', layers: 5 }),
};

test.each(Object.entries(networks))(
  'a written %s is read with the same weights, bit for bit',
  async (_, build) => {
    await withoutLeaks(async () => {
      const network = build();
      const { '': read } = readKerasNetworks(await writeKerasWeights(network));
      expect(read!.layers.map((layer) => layer.getClassName())).toEqual(
        network.layers.map((layer) => layer.getClassName()),
      );
      expect(read!.getWeights().map((weight) => weight.dataSync())).toEqual(
        network.getWeights().map((weight) => weight.dataSync()),
      );
      read!.dispose();
      network.dispose();
    });
  },
);

test('a .keras archive is recognised by its content, under any name', async () => {
  await withoutLeaks(() => {
    const weights = bytesOf('k-weight-files.keras-3.weights.h5');
    const archive = zipSync(
      { 'metadata.json': new Uint8Array(2), 'model.weights.h5': weights },
      { level: 0 },
    );
    const expected = readStateDicts(weights);
    expect(Object.keys(expected)).toEqual(['']);
    for (const name of ['', 'model.keras', 'MODEL.KERAS', 'model.zip']) {
      expect(readStateDicts(archive, { name })).toEqual(expected);
    }
    const { model, networks } = importModel([{ name: 'MODEL.KERAS', bytes: archive }]);
    expect(networks).toMatchObject([{ name: 'G', architecture: { convention: 'keras' } }]);
    model.dispose();
  });
});

test.each(filesOf(golden))('importModel builds a translator from $file', async ({ file }) => {
  await withoutLeaks(() => {
    const { model, networks } = importModel([{ name: file, bytes: bytesOf(file) }]);
    expect(networks).toMatchObject([
      {
        name: 'G',
        file,
        architecture: { kind: 'resnet', convention: 'keras', filters: golden.config.filters },
      },
    ]);
    const { '': network } = readKerasNetworks(bytesOf(file));
    const { generator } = model as Translator;
    expect(generator.getWeights().map((weight) => weight.dataSync())).toEqual(
      network!.getWeights().map((weight) => weight.dataSync()),
    );
    network!.dispose();
    model.dispose();
  });
});

/** The message of the error that reading `bytes` throws. */
function refusal(bytes: Uint8Array): string {
  try {
    readKeras('readKerasNetworks', bytes, 'file.h5');
    return 'accepted';
  } catch (error) {
    if (!isCycleGANError(error, 'INVALID_DATA')) throw error;
    return error.message;
  }
}

test.each(filesOf(goldenCase('k-refused-files')))('$file is refused by name', ({ file }) => {
  const bytes = bytesOf(file);
  expect(refusal(bytes)).toBe(
    `readKerasNetworks: "file.h5" is truncated: it ends at byte ${bytes.length} of ${bytesOf(filesOf(golden)[0]!.file).length}.`,
  );
});

const keras3 = bytesOf(filesOf(golden)[0]!.file);
const changed = (change: (view: DataView, bytes: Uint8Array) => void): Uint8Array => {
  const bytes = Uint8Array.from(keras3);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
};
/** The first byte of a text in the file. */
const placeOf = (text: string): number => Buffer.from(keras3).indexOf(text);

test.each<[string, Uint8Array, string]>([
  [
    'an empty file',
    new Uint8Array(),
    'is not an HDF5 file. Save the weights in Keras with model.save_weights("….weights.h5").',
  ],
  [
    'another file',
    new TextEncoder().encode('{"format": "layers-model"}'),
    'is not an HDF5 file. Save the weights in Keras with model.save_weights("….weights.h5").',
  ],
  [
    'a zip archive of something else',
    zipSync({ 'data.pkl': new Uint8Array(4) }, { level: 0 }),
    'is a zip archive without "model.weights.h5". Save the weights in Keras with model.save_weights("….weights.h5").',
  ],
  ['the first bytes of a file', keras3.subarray(0, 60), 'is truncated: it ends at byte 60.'],
  [
    'a newer format',
    changed((view) => view.setUint8(8, 2)),
    'is in a newer format of HDF5 than the one that Keras writes. Load it in Keras, and save it again with model.save_weights.',
  ],
  [
    'an address behind the end',
    changed((view) => view.setBigUint64(64, 1n << 60n, true)),
    'is damaged: it refers to bytes behind its end at byte 152608.',
  ],
  [
    'a group that is none',
    changed((view) => view.setBigUint64(64, 8n, true)),
    'is damaged: an object is expected at byte 8.',
  ],
  [
    'a name that is used twice',
    changed((_, bytes) => bytes.set(new TextEncoder().encode('vars\0'), placeOf('layers\0'))),
    'is damaged: a group has two members "vars".',
  ],
  [
    'no layers',
    changed((_, bytes) => bytes.set(new TextEncoder().encode('Layers'), placeOf('layers\0'))),
    'has no layers with weights of Keras.',
  ],
])('%s is refused', (_, bytes, fault) => {
  expect(refusal(bytes)).toBe(`readKerasNetworks: "file.h5" ${fault}`);
});

test('layers that the networks do not have are refused by name', async () => {
  const h5wasm = await loadH5wasm('test');
  const write = (layers: Record<string, [shape: number[], value?: number][]>): Uint8Array => {
    const file = new h5wasm.File('test.h5', 'w', { libver: ['earliest', 'latest'] });
    const group = file.create_group('layers');
    for (const [name, weights] of Object.entries(layers)) {
      const variables = group.create_group(name).create_group('vars');
      for (const [i, [shape, value = 0]] of weights.entries()) {
        const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
        variables.create_dataset({ name: `${i}`, data, shape });
      }
    }
    file.close();
    return (h5wasm.FS as unknown as { readFile(path: string): Uint8Array }).readFile('test.h5');
  };
  const first: [number[]][] = [[[4, 4, 3, 2]], [[2]]];
  const last: [number[]][] = [[[4, 4, 4, 1]], [[1]]];
  const messages = [
    { dense: [[[3, 4]]] as [number[]][] },
    { conv2d: first },
    { conv2d: first, conv2d_1: last },
    { conv2d: first, conv2d_1: [[[4, 4, 3, 4]]] as [number[]][], conv2d_2: last },
    {
      conv2d: first,
      conv2d_1: [[[4, 4, 2, 4]]] as [number[]][],
      conv2d_2: last,
      conv2d_transpose: last,
      dropout: [],
    },
    { conv2d: first, conv2d_1: [[[4, 4, 2, 4], NaN]] as [number[], number][], conv2d_2: last },
  ].map((layers) => refusal(write(layers)).replace('readKerasNetworks: "file.h5" ', ''));
  expect(messages).toEqual([
    'has a network that is not one of the Keras example: the layer "dense" has weights of the shapes [[3,4]], which no layer of these networks has.',
    'has a network that is not one of the Keras example: it has fewer than two convolutions.',
    'has a network that is not one of the Keras example: it has 2 convolutions.',
    'has a network that is not one of the Keras example: the weights of the layer "conv2d_1" must have the shapes [[4,4,2,4]], got [[4,4,3,4]].',
    'has a network that is not one of the Keras example: the weights of the layer "conv2d" must have the shapes [[7,7,3,2]], got [[4,4,3,2],[2]].',
    'has NaN or Infinity in the layer "conv2d_1".',
  ]);
});

test('1,000 damaged files are refused, or read as far as they are valid', { timeout: 60_000 }, () => {
  const random = new Random(5);
  const originals = filesOf(golden).map(({ file }) => bytesOf(file));
  const outcomes = { refused: 0, read: 0 };
  for (let i = 0; i < 1000; i++) {
    let bytes: Uint8Array = originals[i % originals.length]!;
    for (let times = 1 + random.index(2); times > 0 && bytes.length > 0; times--)
      bytes = damage(bytes, random);
    if (random.index(3) === 0 && bytes.length > 8) bytes = withWrongAddresses(bytes, random);
    outcomes[refusal(bytes) === 'accepted' ? 'read' : 'refused']++;
  }
  expect(outcomes.refused).toBeGreaterThan(500);
  expect(outcomes.read).toBeGreaterThan(50);
});

/** Overwrites some 64-bit values with other addresses in the file, so that its parts refer to each other at random. */
function withWrongAddresses(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  for (let i = 0; i < 40; i++) {
    view.setBigUint64(8 * random.index(copy.length >> 3), BigInt(random.index(copy.length)), true);
  }
  return copy;
}

test('networks without a counterpart in Keras are not written', async () => {
  await withoutLeaks(async () => {
    const refused = [
      resnetGenerator({ convention: 'pytorch', filters: 1, residualBlocks: 1 }),
      resnetGenerator({ convention: 'pytorch', norm: 'batch', filters: 1, residualBlocks: 1 }),
      resnetGenerator({ border: 'zero', filters: 1, residualBlocks: 1 }),
      unetGenerator({ filters: 1, levels: 5 }),
      resnetGenerator({ antialias: true, filters: 1, residualBlocks: 1 }),
      resnetGenerator({ separable: true, filters: 1, residualBlocks: 1 }),
    ];
    const faults = [
      'the weights of the layer "conv2d" must have the shapes [[7,7,3,1]], got [[7,7,3,1],[1]]',
      'the layer "model.2" has other options',
      'the layer "model.10.conv_block.0" has other options',
      'the weights of the layer "conv2d" must have the shapes [[7,7,3,1]], got [[4,4,3,1]]',
      'the layer "model.4" has other options',
      'the weights of the layer "DepthwiseConv2D" must have the shapes [[3,3,4,4]], got [[3,3,4,1]]',
    ];
    const messages = await Promise.all(refused.map((network) => writeKerasWeights(network).catch(messageOf)));
    expect(messages).toEqual(
      faults.map(
        (fault, i) =>
          `writeKerasWeights: the network "${refused[i]!.name}" is not one of the Keras example: ${fault}. ` +
          'Only generators and discriminators of the convention "keras" have a counterpart in Keras.',
      ),
    );
    for (const network of refused) network.dispose();
    expect(await writeKerasWeights({} as never).catch(messageOf)).toBe(
      'writeKerasWeights: network must be a tf.LayersModel, got an object.',
    );
  });
});

const messageOf = (error: unknown): string => (error as CycleGANError).message;

test('without h5wasm, the error names the command that installs it', async () => {
  vi.doMock('h5wasm', () => {
    throw new Error('Cannot find package');
  });
  onTestFinished(() => {
    vi.doUnmock('h5wasm');
  });
  const network = patchDiscriminator({ filters: 1, layers: 1 });
  expect(await writeKerasWeights(network).catch(messageOf)).toBe(
    'writeKerasWeights: h5wasm, which writes HDF5 files, cannot be loaded. Install it: npm install h5wasm',
  );
  network.dispose();
});

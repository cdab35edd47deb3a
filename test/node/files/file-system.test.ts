import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { fileSystem } from 'ts-cyclegan/node';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';

/** Artifacts as `tf.LayersModel.save` makes them: two weights, 16 bytes. */
const artifacts = (fill = 0): tf.io.ModelArtifacts => ({
  modelTopology: { class_name: 'Sequential' },
  format: 'layers-model',
  generatedBy: 'TensorFlow.js tfjs-layers v4.22.0',
  convertedBy: null,
  userDefinedMetadata: { options: { filters: 8 } },
  weightSpecs: [
    { name: 'a', shape: [3], dtype: 'float32' },
    { name: 'b', shape: [1, 1], dtype: 'float32' },
  ],
  weightData: Float32Array.of(1, 2, 3, fill).buffer,
});

/** Files of weights are named after the first 16 digits of their SHA-256; the save's own digits are X here. */
const weightsName = (content: Uint8Array | Float32Array, part = '') =>
  `weights-${part}${createHash('sha256').update(content).digest('hex').slice(0, 16)}-X.bin`;
const anonymous = (text: string) => text.replaceAll(/-[\da-f]{8}\.bin/g, '-X.bin');
const filesIn = async (folder: string) => (await readdir(folder)).map(anonymous).sort();

const floats = (data: tf.io.WeightData | undefined) =>
  Array.from(new Float32Array(tf.io.CompositeArrayBuffer.join(data)));

test('artifacts come back as they were', async () => {
  const handler = fileSystem(join(await emptyFolder(), 'new/folder'));
  const { modelArtifactsInfo } = await handler.save!(artifacts(4));
  expect(modelArtifactsInfo).toMatchObject({ modelTopologyType: 'JSON', weightDataBytes: 16 });
  const { weightData, ...rest } = await handler.load!();
  const { weightData: _, ...expected } = artifacts();
  expect(rest).toEqual(expected);
  expect(floats(weightData)).toEqual([1, 2, 3, 4]);
});

test('weights in several buffers are one file', async () => {
  const folder = await emptyFolder();
  const buffers = [Float32Array.of(1, 2).buffer, Float32Array.of(3, 4).buffer];
  await fileSystem(folder).save!({ ...artifacts(), weightData: buffers });
  expect(await filesIn(folder)).toEqual(['model.json', weightsName(Float32Array.of(1, 2, 3, 4))]);
  expect(floats((await fileSystem(folder).load!()).weightData)).toEqual([1, 2, 3, 4]);
});

test('weights in several buffers are divided into files of one size', async () => {
  const folder = await emptyFolder();
  const buffers = [Float32Array.of(1).buffer, new ArrayBuffer(0), Float32Array.of(2, 3, 4).buffer];
  await fileSystem(folder, { shardSize: 6 }).save!({ ...artifacts(), weightData: buffers });
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const parts = [bytes.subarray(0, 6), bytes.subarray(6, 12), bytes.subarray(12)];
  expect(await filesIn(folder)).toEqual([
    'model.json',
    ...parts.map((part, i) => weightsName(part, `${i + 1}of3-`)),
  ]);
  expect(floats((await fileSystem(folder).load!()).weightData)).toEqual([1, 2, 3, 4]);
});

test('a model of tfjs predicts the same after saving and loading', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 2, kernelSize: 3, activation: 'tanh' }),
        tf.layers.batchNormalization(),
      ],
    });
    const x = tf.randomUniform([1, 8, 8, 3], -1, 1, 'float32', 1);
    await model.save(fileSystem(folder));
    const again = await tf.loadLayersModel(fileSystem(folder));
    const [y, z] = [model.predict(x), again.predict(x)] as tf.Tensor[];
    expect(await z!.data()).toEqual(await y!.data());
    tf.dispose([x, y!, z!]);
    model.dispose();
    again.dispose();
  }));

test('several groups and files of weights, as converters write them', async () => {
  const folder = await emptyFolder();
  await writeFile(join(folder, 'shard1of2'), Float32Array.of(1, 2));
  await writeFile(join(folder, 'shard2of2'), Float32Array.of(3));
  await writeFile(join(folder, 'group2.bin'), Uint8Array.of(7, 8));
  const [a, b] = artifacts().weightSpecs!;
  const small = { ...b, shape: [2], quantization: { dtype: 'uint8', scale: 0.5, min: -1 } };
  const weightsManifest = [
    { paths: ['shard1of2', 'shard2of2'], weights: [a] },
    { paths: ['group2.bin'], weights: [small] },
  ];
  await writeFile(join(folder, 'model.json'), JSON.stringify({ modelTopology: {}, weightsManifest }));
  const { weightSpecs, weightData } = await fileSystem(folder).load!();
  expect(weightSpecs).toEqual([a, small]);
  const values = tf.io.decodeWeights(weightData!, weightSpecs!);
  expect(Array.from(values.a!.dataSync())).toEqual([1, 2, 3]);
  expect(Array.from(values.b!.dataSync())).toEqual([2.5, 3]);
  tf.dispose(values);
});

describe('saving over an older model', () => {
  test('leaves the new one alone in the folder', async () => {
    const folder = await emptyFolder();
    for (const fill of [4, 5, 6]) {
      await fileSystem(folder).save!(artifacts(fill));
      expect(floats((await fileSystem(folder).load!()).weightData)).toEqual([1, 2, 3, fill]);
      expect(await readdir(folder)).toHaveLength(2);
    }
  });

  test('takes effect only with the new model.json: a stop before it leaves the old model whole', async () => {
    const folder = await emptyFolder();
    await fileSystem(folder).save!(artifacts(4));
    const before = await readFile(join(folder, 'model.json'));
    await fileSystem(folder).save!({ ...artifacts(5), userDefinedMetadata: { circular: BigInt(1) } }).then(
      () => expect.unreachable(),
      (error: unknown) => expect(String(error)).toContain('BigInt'), // model.json cannot be written
    );
    expect(await readFile(join(folder, 'model.json'))).toEqual(before);
    expect(floats((await fileSystem(folder).load!()).weightData)).toEqual([1, 2, 3, 4]);
  });

  test('survives being killed at any time', async () => {
    const folder = await emptyFolder();
    // Saves models of two sizes in turn until it is killed.
    const program = `
      import { fileSystem } from ${JSON.stringify(fileURLToPath(new URL('../../../src/node/files/file-system.ts', import.meta.url)))};
      const save = (size) => fileSystem(${JSON.stringify(folder)}).save({
        modelTopology: { size },
        weightSpecs: [{ name: 'a', shape: [size], dtype: 'float32' }],
        weightData: new Float32Array(size).fill(size).buffer,
      });
      await save(300000);
      console.log('saved');
      for (;;) { await save(1000); await save(300000); }`;
    for (const delay of [3, 8, 13, 27]) {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const { modelTopology, weightData } = await fileSystem(folder).load!();
      const { size } = modelTopology as { size: number };
      expect([1000, 300000]).toContain(size);
      expect(floats(weightData)).toEqual(Array(size).fill(size));
    }
  });
});

test('weights in shards, each named after its content', async () => {
  const folder = await emptyFolder();
  await fileSystem(folder, { shardSize: 6 }).save!(artifacts(4));
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const parts = [bytes.subarray(0, 6), bytes.subarray(6, 12), bytes.subarray(12)];
  const names = parts.map((part, i) => weightsName(part, `${i + 1}of3-`));
  expect(await filesIn(folder)).toEqual(['model.json', ...names]);
  const { weightsManifest } = JSON.parse(
    await readFile(join(folder, 'model.json'), 'utf8'),
  ) as tf.io.ModelJSON;
  expect(weightsManifest.map(({ paths }) => paths.map(anonymous))).toEqual([names]);
  expect(floats((await fileSystem(folder).load!()).weightData)).toEqual([1, 2, 3, 4]);
  await fileSystem(folder).save!(artifacts(4));
  expect(await readdir(folder)).toHaveLength(2);
});

describe('what cannot be loaded', () => {
  const failing = async (spoil: (folder: string) => unknown): Promise<string> => {
    const folder = await emptyFolder();
    await fileSystem(folder).save!(artifacts());
    await spoil(folder);
    const error: unknown = await fileSystem(folder).load!().catch((error: unknown) => error);
    const { code, message } = error as { code: string; message: string };
    return anonymous(`${code}: ${message.replaceAll(folder, 'FOLDER')}`);
  };
  const modelJson = (folder: string) => join(folder, 'model.json');
  const weights = (folder: string) =>
    join(
      folder,
      readdirSync(folder).find((name) => name.startsWith('weights-'))!,
    );
  const rewrite = (text: (old: string) => string) => async (folder: string) => {
    await writeFile(modelJson(folder), text(await readFile(modelJson(folder), 'utf8')));
  };
  const changed = (change: (model: Record<string, never>) => void) =>
    rewrite((old) => {
      const model = JSON.parse(old) as Record<string, never>;
      change(model);
      return JSON.stringify(model);
    });
  /** As other programs write it. */
  const withoutHashes = (change: (model: tf.io.ModelJSON) => void) =>
    changed((model) => {
      delete model.integrity;
      change(model as never);
    });

  test.each<[string, (folder: string) => unknown, string]>([
    ['no folder', (folder) => rm(folder, { recursive: true }), 'NOT_FOUND: fileSystem.load: there is no file "FOLDER/model.json".'],
    ['no weights', (folder) => rm(weights(folder)), 'NOT_FOUND: fileSystem.load: there is no file "FOLDER/WEIGHTS".'],
    ['model.json cut', (folder) => truncate(modelJson(folder), 20), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" must be JSON, but is truncated or damaged. Save the model again.'],
    ['weights cut', (folder) => truncate(weights(folder), 10), 'INVALID_MODEL: fileSystem.load: "FOLDER/WEIGHTS" must have 16 bytes of weights, got 10: truncated, or from another model. Save the model again.'],
    ['weights of another model', (folder) => writeFile(weights(folder), Buffer.alloc(20)), 'INVALID_MODEL: fileSystem.load: "FOLDER/WEIGHTS" must have 16 bytes of weights, got 20: truncated, or from another model. Save the model again.'],
    ['weights with a bit flipped', (folder) => writeFile(weights(folder), Float32Array.of(1, 2, 3, -0)), 'INVALID_MODEL: fileSystem.load: "FOLDER/WEIGHTS" has been changed: its SHA-256 hash differs. Save the model again.'],
    ['null', rewrite(() => 'null'), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" must have "modelTopology" and "weightsManifest" of a tfjs model. Save the model again.'],
    ['no shape', rewrite((old) => old.replace('"shape"', '"size"')), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" must have "modelTopology" and "weightsManifest" of a tfjs model. Save the model again.'],
    ['another topology', rewrite((old) => old.replace('Sequential', 'Sequentiam')), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" has been changed: its SHA-256 hash differs. Save the model again.'],
    ['another version', changed((model) => { (model as unknown as { integrity: { version: number } }).integrity.version = 2; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" was saved in version 2 of the files, this library reads version 1. Save the model again.'],
    ['no hashes where hashes are', changed((model) => { model.integrity = null as never; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" is damaged: its hashes are missing. Save the model again.'],
    ['weights above the folder', withoutHashes((model) => { model.weightsManifest[0]!.paths = ['../weights.bin']; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" names weights outside of its folder: "../weights.bin". Save the model again.'],
    ['weights at the root', withoutHashes((model) => { model.weightsManifest[0]!.paths = ['/etc/passwd']; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" names weights outside of its folder: "/etc/passwd". Save the model again.'],
    ['a folder as weights', withoutHashes((model) => { model.weightsManifest[0]!.paths = ['.']; }), 'INVALID_MODEL: fileSystem.load: "FOLDER" cannot be read: EISDIR: illegal operation on a directory, read.'],
    ['two weights of one name', withoutHashes((model) => { model.weightsManifest[0]!.weights[1]!.name = 'a'; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" is damaged: two weights have the name "a". Save the model again.'],
    ['a negative size', withoutHashes((model) => { model.weightsManifest[0]!.weights[0]!.shape = [-3]; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" is damaged: the weight "a" must have a shape of whole numbers, got [-3]. Save the model again.'],
    ['a size that no file has', withoutHashes((model) => { model.weightsManifest[0]!.weights[0]!.shape = [1e9, 1e9]; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" is damaged: the weight "a" must have a shape of whole numbers, got [1000000000, 1000000000]. Save the model again.'],
    ['an unknown dtype', withoutHashes((model) => { model.weightsManifest[0]!.weights[0]!.dtype = 'float64' as never; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" is damaged: the weight "a" must have a dtype of TensorFlow.js, got "float64". Save the model again.'],
    ['an unknown quantization', withoutHashes((model) => { model.weightsManifest[0]!.weights[0]!.quantization = { dtype: 'int4' } as never; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" is damaged: the weight "a" must be quantized to float16, uint8 or uint16, got "int4". Save the model again.'],
    ['a quantization without scale', withoutHashes((model) => { model.weightsManifest[0]!.weights[0]!.quantization = { dtype: 'uint8', min: 0 } as never; }), 'INVALID_MODEL: fileSystem.load: "FOLDER/model.json" is damaged: the weight "a" must be quantized with a finite scale and minimum, got undefined and 0. Save the model again.'],
  ])('%s', async (_, spoil, message) => {
    expect(await failing(spoil)).toBe(message.replace('WEIGHTS', weightsName(Float32Array.of(1, 2, 3, 0))));
  }); // prettier-ignore
});

describe('what is no folder is refused at once, with the right call', () => {
  const refusal = (folder: unknown) => {
    try {
      fileSystem(folder as string);
      return 'no error';
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  };
  const message = (got: string, advice: string) =>
    `INVALID_ARGUMENT: fileSystem: folder must be the path of a folder, got ${got}. ${advice}`;

  test.each([
    ['file://./m', 'Pass a path, not a URL. Call fileSystem("./m").'],
    ['file:m', 'Pass a path, not a URL. Call fileSystem("m").'],
    ['file:///data/my%20model', 'Pass a path, not a URL. Call fileSystem("/data/my model").'],
    [
      'https://x.org/m/model.json',
      'Pass URLs to save and load directly: CycleGAN.load("https://x.org/m/model.json").',
    ],
    ['indexeddb://m', 'Pass URLs to save and load directly: CycleGAN.load("indexeddb://m").'],
    ['~/m', `Node does not expand "~". Call fileSystem("${join(homedir(), 'm')}").`],
    ['~', `Node does not expand "~". Call fileSystem("${homedir()}").`],
    ['m/model.json', 'Pass the folder of model.json. Call fileSystem("m").'],
    ['model.json', 'Pass the folder of model.json. Call fileSystem(".").'],
    ['', 'Pass the folder of model.json.'],
    ['  ', 'Pass the folder of model.json.'],
    [undefined, 'Pass the folder of model.json.'],
    [7, 'Pass the folder of model.json.'],
    ['m\0n', 'A path cannot contain the character U+0000.'],
  ])('%j', (folder, advice) => {
    expect(refusal(folder)).toBe(
      message(typeof folder === 'string' ? JSON.stringify(folder) : String(folder), advice),
    );
  });

  test('a URL', () => {
    const url = new URL('file:///data/m');
    expect(refusal(url)).toBe(
      message('the URL "file:///data/m"', 'Pass a path, not a URL. Call fileSystem("/data/m").'),
    );
  });

  test('a file, and a path below one', async () => {
    const file = join(await emptyFolder(), 'photo.jpg');
    await writeFile(file, '');
    const [at, below] = [JSON.stringify(file), JSON.stringify(join(file, 'a/b'))];
    expect(refusal(file)).toBe(message(at, 'It is a file. Pass the folder of model.json.'));
    expect(refusal(join(file, 'a/b'))).toBe(
      message(below, `${at} is a file. Pass the folder of model.json.`),
    );
  });

  test('names that only look like these', async () => {
    const folder = await emptyFolder();
    for (const name of ['~m', 'filer', 'my-model.json', 'c++'])
      expect(refusal(join(folder, name))).toBe('no error');
  });
});

test('unknown options are refused', () => {
  expect(() => fileSystem('m', { shardsize: 1 } as never)).toThrow(
    'fileSystem: unknown option "shardsize". Did you mean "shardSize"?',
  );
  expect(() => fileSystem('m', { shardSize: 0 })).toThrow(
    'fileSystem: option "shardSize" must be a whole number from 1, got 0.',
  );
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { fileSystem } from 'ts-cyclegan/node';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';

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
  expect((await readdir(folder)).sort()).toEqual(['model.json', 'weights.bin']);
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
      import { fileSystem } from ${JSON.stringify(fileURLToPath(new URL('../../src/node/file-system.ts', import.meta.url)))};
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

describe('what cannot be loaded', () => {
  const fails = async (spoil: (folder: string) => unknown): Promise<string> => {
    const folder = await emptyFolder();
    await fileSystem(folder).save!(artifacts());
    await spoil(folder);
    return String(await fileSystem(folder).load!().catch((error: unknown) => error)).replaceAll(
      folder,
      'FOLDER',
    );
  };
  const rewrite = (text: (old: string) => string) => async (folder: string) => {
    const path = join(folder, 'model.json');
    await writeFile(path, text(await readFile(path, 'utf8')));
  };

  test('missing files', async () => {
    expect(await fails((folder) => rm(folder, { recursive: true }))).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: there is no file "FOLDER/model.json"."`,
    );
    expect(await fails((folder) => rm(join(folder, 'weights.bin')))).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: there is no file "FOLDER/weights.bin"."`,
    );
  });

  test('cut files', async () => {
    expect(await fails((folder) => truncate(join(folder, 'model.json'), 20))).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: "FOLDER/model.json" must be JSON, but is cut or damaged. Save the model again."`,
    );
    expect(await fails((folder) => truncate(join(folder, 'weights.bin'), 10))).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: "FOLDER/weights.bin" must hold 16 bytes of weights, got 10: cut, or of another model. Save the model again."`,
    );
  });

  test('weights of another model', async () => {
    expect(
      await fails((folder) => writeFile(join(folder, 'weights.bin'), Buffer.alloc(20))),
    ).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: "FOLDER/weights.bin" must hold 16 bytes of weights, got 20: cut, or of another model. Save the model again."`,
    );
  });

  test('what is no model', async () => {
    expect(await fails(rewrite(() => 'null'))).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: "FOLDER/model.json" must hold "modelTopology" and "weightsManifest" of a tfjs model. Save the model again."`,
    );
    expect(await fails(rewrite((old) => old.replace('"shape"', '"size"')))).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: "FOLDER/model.json" must hold "modelTopology" and "weightsManifest" of a tfjs model. Save the model again."`,
    );
  });

  test('weights outside of the folder', async () => {
    expect(await fails(rewrite((old) => old.replace('weights.bin', '../weights.bin')))).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: "FOLDER/model.json" names weights outside of its folder: "../weights.bin". Save the model again."`,
    );
    expect(await fails(rewrite((old) => old.replace('weights.bin', '/etc/passwd')))).toMatchInlineSnapshot(
      `"CycleGANError: fileSystem.load: "FOLDER/model.json" names weights outside of its folder: "/etc/passwd". Save the model again."`,
    );
  });
});

test('what is no folder is refused at once', async () => {
  const file = join(await emptyFolder(), 'model.json');
  await writeFile(file, '{}');
  const refusal = (folder: unknown) => {
    try {
      fileSystem(folder as string);
      return 'no error';
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`.replace(file, 'FILE');
    }
  };
  expect(refusal(file)).toMatchInlineSnapshot(
    `"INVALID_ARGUMENT: fileSystem: folder must be the path of a folder, got "FILE". Give the folder that holds model.json."`,
  );
  expect(refusal(undefined)).toMatchInlineSnapshot(
    `"INVALID_ARGUMENT: fileSystem: folder must be the path of a folder, got undefined. Give the folder that holds model.json."`,
  );
});

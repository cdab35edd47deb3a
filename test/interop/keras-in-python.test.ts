/**
 * Keras reads what this library writes, and the other way round. Needs a Python with the packages `keras`, `torch` and `h5py`, whose
 * path is in `CHECK_PYTHON`.
 */
import * as tf from '@tensorflow/tfjs';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CycleGAN, patchDiscriminator, Random, resnetGenerator } from 'ts-cyclegan';
import { importModel, readKerasNetworks, writeKerasWeights } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { emptyFolder } from '../support/folder.js';
import { goldenCase, goldenFolder } from '../support/golden-case.js';
import { withoutLeaks } from '../support/leaks.js';
import { run } from '../support/run.js';

const python = process.env.CHECK_PYTHON;
const program = fileURLToPath(new URL('keras_example.py', import.meta.url));
const golden = 'k-weight-files.keras-3.weights.h5';

const weightsOf = (network: tf.LayersModel) => network.getWeights().map((weight) => weight.dataSync());

test.skipIf(python === undefined)('Keras and this library read the weight files of each other', async () => {
  await withoutLeaks(async () => {
    const folder = await emptyFolder();
    const path = (name: string) => join(folder, name);
    const read = (name: string) => readKerasNetworks(readFileSync(path(name)), { name });
    const small = { inputShape: [32, 32, 2], filters: 3 } as const;
    const generator = resnetGenerator({ ...small, residualBlocks: 5, seed: 1 });
    const discriminator = patchDiscriminator({ ...small, seed: 2 });
    const values = new Random(3);
    const image = Float32Array.from({ length: 32 * 32 * 2 }, () => 2 * values.uniform() - 1);
    writeFileSync(
      path('group.weights.h5'),
      await writeKerasWeights(generator, { instanceNorm: 'GroupNormalization' }),
    );
    writeFileSync(path('generator.weights.h5'), await writeKerasWeights(generator));
    writeFileSync(path('discriminator.weights.h5'), await writeKerasWeights(discriminator));
    copyFileSync(join(goldenFolder, golden), path('original.weights.h5'));
    const { '': original } = read('original.weights.h5');
    writeFileSync(path('copy.weights.h5'), await writeKerasWeights(original!));

    const task = { channels: 2, filters: 3, blocks: 5, input: [...image], shape: [1, 32, 32, 2] };
    const { filters, num_residual_blocks: blocks } = goldenCase('k-weight-files').config;
    const tasks = [
      {
        file: 'copy.weights.h5',
        network: 'generator',
        channels: 3,
        filters,
        blocks,
        original: 'original.weights.h5',
      },
      { ...task, file: 'group.weights.h5', network: 'generator', norm: 'GroupNormalization' },
      { ...task, file: 'discriminator.weights.h5', network: 'discriminator' },
      { ...task, file: 'generator.weights.h5', network: 'generator' },
    ];
    writeFileSync(path('tasks.json'), JSON.stringify(tasks));
    const { stdout } = await run(python!, [program, folder], {
      cwd: folder,
      env: { KERAS_BACKEND: 'torch' },
    });
    const [copied, ...outputs] = JSON.parse(stdout.slice(stdout.indexOf('['))) as {
      shape: number[];
      output: number[];
      equal?: boolean;
    }[];

    // Keras → this library → Keras
    expect(copied).toEqual({ equal: true });
    // the same outputs
    const inputs = tf.tensor(image, [1, 32, 32, 2]);
    for (const [i, network] of [generator, discriminator, generator].entries()) {
      const y = network.predict(inputs) as tf.Tensor;
      expect(outputs[i]!.shape).toEqual(y.shape);
      expect(outputs[i]!.output).toBeAllClose(y.dataSync(), { rtol: 1e-4, atol: 2e-5 });
      y.dispose();
    }
    inputs.dispose();
    // this library → Keras → this library, and all kinds of files of Keras 3
    const again = {
      ...read('again-generator.weights.h5'),
      whole: read('whole.h5')['']!,
      archive: read('whole.keras')['']!,
      group: read('again-group.weights.h5')['']!,
    };
    for (const network of Object.values(again)) {
      expect(weightsOf(network)).toEqual(weightsOf(generator));
      network.dispose();
    }
    const { gen_G: generatorG, gen_F: generatorF, disc_X: discriminatorX, disc_Y: discriminatorY, ...others } = read('cyclegan.weights.h5'); // prettier-ignore
    expect(others).toEqual({});
    expect(weightsOf(generatorG!)).toEqual(weightsOf(generator));
    expect(weightsOf(discriminatorX!)).toEqual(weightsOf(discriminator));
    const { model: imported } = importModel([{ name: 'cyclegan.weights.h5', bytes: readFileSync(path('cyclegan.weights.h5')) }]); // prettier-ignore
    expect(weightsOf((imported as CycleGAN).generatorG)).toEqual(weightsOf(generator));
    expect(weightsOf((imported as CycleGAN).discriminatorX)).toEqual(weightsOf(discriminator));
    imported.dispose();
    const model = new CycleGAN({ generatorG: generatorG!, generatorF: generatorF!, discriminatorX: discriminatorX!, discriminatorY: discriminatorY! }); // prettier-ignore
    for (const network of [...Object.values(model.networks), generator, discriminator, original!])
      network.dispose();
  });
});

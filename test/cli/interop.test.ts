/** `import` and `export`, and `translate` of a weight file: what they say and write, and that nothing is overwritten. */
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { CUT, CycleGAN, CycleGANTrainer, Pix2Pix, Translator } from 'ts-cyclegan';
import { readStateDicts } from 'ts-cyclegan/interop';
import { fileSystem, readImage, runFolder, writeImage } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { decodeModel } from '../../src/onnx/index.js';
import { runOnnx } from '../interop/onnx/run.js';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';
import { allWeights, tinyCUT, tinyModel, tinyPictures, weightsOf } from '../support/tiny.js';
import { cli } from './command.js';

/** The files of an export to TensorFlow.js. Names of weights contain their hash. */
const shards = ['group1-shard1of1.bin', 'model.json'];
const withoutHash = (path: string) => path.replace(/-[\da-f]{16}\.bin$/, '.bin');

const golden = (name: string) => join(import.meta.dirname, '../golden/cases', `p-weight-files.${name}`);

test('a generator: imported, exported and translated with', async () => {
  const folder = await emptyFolder();
  const [out, file] = [join(folder, 'model'), golden('legacy.pth')];
  const imported = await cli('import', file, '--out', out);
  expect(imported).toEqual({
    code: 0,
    stdout:
      `G      ${file}: resnet, norm instance, filters 4, channels 3 → 3, downsamplingBlocks 2, residualBlocks 1, upsampling transposed, border reflect, dropout false, separable false, antialias false\n` +
      'note   G: border "reflect", which has the keys of "replicate".\n' +
      `model  ${out}, a Translator\n`,
    stderr: '',
  });
  await withoutLeaks(async () => {
    (await Translator.load(fileSystem(out))).dispose();
  });

  expect(await cli('import', file, '--out', out)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: the folder ${JSON.stringify(out)} has a model. Use another folder for --out, or pass --force to replace it.\n`,
  });
  expect((await cli('import', file, '--out', out, '--force')).code).toBe(0);

  const exported = join(folder, 'exported');
  const { stdout } = await cli('export', out, '--format', 'pytorch', '--out', exported);
  const written = join(exported, 'latest_net_G_A.pth');
  expect(stdout).toMatch(/^model {4}.*, a Translator\nwritten {2}.*latest_net_G_A\.pth \(40 KiB\)\n$/);
  expect(readStateDicts(readFileSync(written))).toEqual(readStateDicts(readFileSync(file)));
  expect(await cli('export', out, '--format', 'pytorch', '--out', exported)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: the file ${JSON.stringify(written)} exists. Use another folder for --out, or pass --force to replace it.\n`,
  });
  expect(readdirSync(exported)).toEqual(['latest_net_G_A.pth']);

  const [picture] = tinyPictures(1);
  await writeImage(join(folder, 'a.png'), picture!);
  picture!.dispose();
  const results = join(folder, 'results');
  const translated = await cli('translate', file, join(folder, 'a.png'), '--out', results, '--engine', 'cpu');
  const note = 'note  G: border "reflect", which has the keys of "replicate".\n';
  expect(translated.stdout).toBe(
    `${note}1/1 ${join(results, 'a.png')}\n1 translated, 0 skipped because their results exist, 0 failed. Results: ${results}\n`,
  );
  const again = await cli('translate', file, join(folder, 'a.png'), '--out', results, '--engine', 'cpu', '--json'); // prettier-ignore
  expect(JSON.parse(again.stdout.split('\n')[0]!)).toEqual({
    event: 'notes',
    notes: ['G: border "reflect", which has the keys of "replicate".'],
  });
  const direct = await cli('export', file, '--format', 'onnx', '--out', join(folder, 'onnx'));
  expect(direct.stdout).toMatch(
    /^note {5}G: border "reflect", which has the keys of "replicate"\.\nmodel {4}/,
  );
  await cli('translate', out, join(folder, 'a.png'), '--out', `${results}-of-model`, '--engine', 'cpu');
  expect(readFileSync(join(results, 'a.png'))).toEqual(readFileSync(join(`${results}-of-model`, 'a.png')));
});

test('a run: its model, and its optimizers for PyTorch', async () => {
  const folder = await emptyFolder();
  const run = join(folder, 'run');
  const weights = await withoutLeaks(async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { epochs: 1, ema: 0.5, seed: 1 });
    const [a, b] = [tinyPictures(2), tinyPictures(2, 3)];
    await trainer.fit(a, b, { callbacks: runFolder(run, { checkpointEvery: 1 }) });
    const found = await allWeights(model);
    [...a, ...b].forEach((picture) => picture.dispose());
    trainer.dispose();
    model.dispose();
    return found;
  });
  const out = join(folder, 'out');
  expect((await cli('export', run, '--format', 'pytorch', '--out', out, '--optimizers')).stderr).toBe('');
  const networks = ['D_A', 'D_B', 'G_A', 'G_B'].map((name) => `latest_net_${name}.pth`);
  expect(readdirSync(out)).toEqual([...networks, 'latest_optimizer_D.pth', 'latest_optimizer_G.pth']);

  const same = join(folder, 'same');
  const imported = await cli('import', out, '--size', '8', '--out', same, '--json');
  expect(JSON.parse(imported.stdout)).toMatchObject({ out: same, model: 'CycleGAN' });
  await withoutLeaks(async () => {
    const model = await CycleGAN.load(fileSystem(same));
    expect(await allWeights(model)).toEqual(weights); // of the checkpoint, not the averages
    model.dispose();
  });
  expect((await cli('import', out, '--out', run)).stderr).toBe(
    `error: ${JSON.stringify(run)} is a run folder. Use another folder for --out.\n`,
  );
  expect((await cli('export', same, '--format', 'safetensors', '--optimizers')).stderr).toBe(
    `error: --optimizers writes the optimizers of a run, but ${JSON.stringify(same)} is a model, which has none.\n`,
  );
  expect((await cli('export', run, '--format', 'safetensors', '--optimizers')).stderr).toBe(
    'error: --optimizers writes the optimizers of a run, but the format "safetensors" has none.\n',
  );
});

test('a model for inference elsewhere, as onnx, tfjs and keras', async () => {
  const folder = await emptyFolder();
  const at = (...names: string[]) => join(folder, ...names);
  const options = { convention: 'keras', inputShape: [16, 16, 3], discriminator: 'patch', discriminatorLayers: 1 } as const; // prettier-ignore
  const weights = await withoutLeaks(async () => {
    const model = tinyModel(options);
    await model.save(fileSystem(at('model')));
    const found = await allWeights(model);
    model.dispose();
    const photo = tf.tidy(() => tf.sub(tf.div(tf.randomUniformInt([16, 16, 3], 0, 256, 1), 127.5), 1));
    await writeImage(at('a.png'), photo as tf.Tensor3D);
    photo.dispose();
    return found;
  });
  const pixels = async (...names: string[]) => sharp(at(...names)).removeAlpha().raw().toBuffer(); // prettier-ignore
  await cli('translate', at('model'), at('a.png'), '--out', at('results'), '--engine', 'cpu');
  const expected = await pixels('results', 'a.png');
  const written = async (...args: string[]) => {
    const { stdout, stderr } = await cli('export', at('model'), ...args);
    expect(stderr).toBe('');
    return [...stdout.matchAll(/^written {2}(.+) \(.+\)$/gm)].map(([, path]) =>
      path!.slice(folder.length + 1),
    );
  };

  const flags = ['--uint8', '--layout', 'NHWC', '--licence', 'CC-BY-4.0'];
  expect(await written('--format', 'onnx', ...flags, '--out', at('onnx'))).toEqual(['onnx/AtoB.onnx', 'onnx/BtoA.onnx']); // prettier-ignore
  await withoutLeaks(async () => {
    const levels = tf.tensor4d(await pixels('a.png'), [1, 16, 16, 3], 'int32');
    const [translated] = await runOnnx(readFileSync(at('onnx/AtoB.onnx')), levels);
    expect(await translated!.data()).toBeAllClose(Int32Array.from(expected), { rtol: 0, atol: 1 });
    tf.dispose([levels, translated!]);
  });
  expect(decodeModel(readFileSync(at('onnx/AtoB.onnx'))).metadata).toMatchObject({
    ...{ direction: 'AtoB', layout: 'NHWC', value_range: '0..255', model_license: 'CC-BY-4.0' },
  });

  const tfjs = await written('--format', 'tfjs', '--out', at('tfjs'));
  expect(tfjs.map(withoutHash)).toEqual(
    ['AtoB', 'BtoA'].flatMap((direction) => shards.map((name) => `tfjs/${direction}/${name}`)),
  );
  expect(await written('--format', 'tfjs', '--float16', '--out', at('tfjs'), '--force')).not.toEqual(tfjs);
  expect(readdirSync(at('tfjs/AtoB')).map(withoutHash)).toEqual(shards);
  expect(await written('--format', 'tfjs', '--out', at('tfjs'), '--force')).toEqual(tfjs);
  await withoutLeaks(async () => {
    const graph = await tf.loadGraphModel(fileSystem(at('tfjs/AtoB')));
    const image = tf.tidy(() => tf.sub(tf.div(tf.tensor4d(expected, [1, 16, 16, 3]), 127.5), 1));
    const photo = await readImage(at('a.png'));
    const translated = tf.tidy(() => graph.predict(tf.expandDims(photo, 0)) as tf.Tensor);
    expect(await translated.data()).toBeAllClose(await image.data(), { rtol: 0, atol: 1.01 / 127.5 });
    tf.dispose([image, photo, translated]);
    graph.dispose();
  });

  const h5 = ['gen_G', 'gen_F', 'disc_X', 'disc_Y'].map((name) => `keras/${name}.weights.h5`);
  expect(await written('--format', 'keras', '--out', at('keras'))).toEqual(h5);
  const imported = await cli('import', ...h5.map((name) => at(name)), '--size', '16', '--out', at('same'));
  expect(imported.stderr).toBe('');
  await withoutLeaks(async () => {
    const same = await CycleGAN.load(fileSystem(at('same')));
    expect(await allWeights(same)).toEqual(weights);
    expect(same.options).toMatchObject(options);
    same.dispose();
  });

  for (const [format, flag, message] of [
    ['pytorch', '--uint8', '--uint8 is an option of the format onnx, not of pytorch.'],
    ['tfjs', '--opset=17', '--opset is an option of the format onnx, not of tfjs.'],
    ['keras', '--float16', '--float16 is an option of the formats onnx and tfjs, not of keras.'],
    ['onnx', '--opset=12', '--opset must be a whole number from 13 to 21, got 12.'],
    ['onnx', '--layout=HWC', '--layout must be one of "NCHW", "NHWC", got "HWC".'],
  ] as const) {
    expect(await cli('export', at('model'), '--format', format, flag, '--out', at('none'))).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${message}\n`,
    });
  }
  expect(readdirSync(folder)).not.toContain('none');
});

test('a CUT: exported, and imported from the files of PyTorch', async () => {
  const folder = await emptyFolder();
  const at = (...names: string[]) => join(folder, ...names);
  const networks = ({ generator, discriminator, head }: CUT) =>
    Promise.all([generator, discriminator, head].map(weightsOf));
  const weights = await withoutLeaks(async () => {
    const model = tinyCUT();
    await model.save(fileSystem(at('model')));
    const found = await networks(model);
    model.dispose();
    return found;
  });
  for (const [format, ...names] of [
    ['onnx', 'model.onnx'],
    ['tfjs', ...shards],
    ['pytorch', 'latest_net_D.pth', 'latest_net_F.pth', 'latest_net_G.pth'],
    ['safetensors', 'model.safetensors'],
  ] as const) {
    const { stdout, stderr } = await cli('export', at('model'), '--format', format, '--out', at(format));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^model {4}.*, a CUT\n/);
    expect(readdirSync(at(format)).map(withoutHash)).toEqual(names);
  }
  expect((await cli('export', at('model'), '--format', 'keras', '--out', at('keras'))).stderr).toBe(
    'error: writeKerasWeights: the network "generator" is not one of the Keras example: the weights of the layer "conv2d" must have the shapes ' +
      '[[7,7,3,2]], got [[7,7,3,2],[2]]. Only generators and discriminators of the convention "keras" have a counterpart in Keras.\n',
  );
  for (const path of [at('pytorch'), at('safetensors/model.safetensors')]) {
    const { stdout } = await cli('import', path, '--size', '8', '--out', at('same'), '--force');
    expect(stdout).toMatch(/^model {2}.*, a CUT$/m);
    await withoutLeaks(async () => {
      const same = await CUT.load(fileSystem(at('same')));
      expect(await networks(same)).toEqual(weights);
      same.dispose();
    });
  }
});

test('options of import for what the weights do not show', async () => {
  const folder = await emptyFolder();
  const at = (...names: string[]) => join(folder, ...names);
  await withoutLeaks(async () => {
    const model = tinyCUT({ nceLayers: [0, 'model.4', 8] });
    await model.save(fileSystem(at('cut')));
    model.dispose();
    const unet = new Pix2Pix({
      inputShape: [32, 32, 1],
      levels: 5,
      filters: 1,
      discriminator: 'pixel',
      seed: 7,
    });
    await unet.save(fileSystem(at('pix2pix')));
    unet.dispose();
  });
  for (const name of ['cut', 'pix2pix']) await cli('export', at(name), '--format', 'pytorch', '--out', at(`${name}-pth`)); // prettier-ignore
  const imported = async (name: string, ...flags: string[]) => {
    const result = await cli('import', at(`${name}-pth`), '--out', at('same'), '--force', ...flags);
    return `${result.stderr}${result.stdout}`;
  };

  expect(await imported('cut', '--nce-layers', '0, model.4,8')).toMatch(/^(?!note +F)model .*, a CUT$/m);
  await withoutLeaks(async () => {
    const same = await CUT.load(fileSystem(at('same')));
    expect(same.nceLayers).toEqual([0, 'model.4', 8]);
    same.dispose();
  });
  expect(await imported('cut', '--nce-layers', '0,4')).toContain(
    'note   F: it takes features of [3, 4, 8] channels, but the nceLayers [0, 4] have [3, 4]. D and F were left out: the model is a Translator.\n',
  );
  expect(await imported('cut', '--nce-layers', '0,-1')).toBe(
    'error: --nce-layers must be a list of layers, as names or as whole numbers from 0, got [0, -1].\n',
  );
  expect(await imported('cut', '--nce-layers', '0,99')).toBe(
    'error: --nce-layers names 99, but the generator has no layer "model.99". Did you mean "model.9"?\n',
  );

  expect(await imported('pix2pix', '--nce-layers', '0,4')).toBe(
    'error: --nce-layers is for a CUT, but the files have D, G. Leave it out.\n',
  );

  const note = 'note   G: dropout, as in PyTorch by default; weights of a U-Net do not show it.\n';
  expect(await imported('pix2pix')).toContain(note);
  for (const [flag, dropout] of [
    ['--dropout', true],
    ['--no-dropout', false],
  ] as const) {
    // prettier-ignore
    expect(await imported('pix2pix', flag)).not.toContain('note');
    await withoutLeaks(async () => {
      const same = await Pix2Pix.load(fileSystem(at('same')));
      expect(same.options).toMatchObject({ dropout });
      same.dispose();
    });
  }
});

test('files that cannot be imported; nothing is written', async () => {
  const folder = await emptyFolder();
  const at = (name: string) => join(folder, name);
  const out = at('model');
  const error = async (...args: string[]) => (await cli('import', ...args, '--out', out)).stderr;
  await writeFile(at('a.txt'), 'x');
  await writeFile(at('bad.pth'), 'x');
  await copyFile(golden('zip.pth'), at('G_A.pth'));
  await copyFile(golden('weights.safetensors'), at('G_B.safetensors'));
  await mkdir(at('empty'));
  const shown = (name: string) => JSON.stringify(at(name));
  expect(await error(at('a.txt'))).toBe(
    `error: ${shown('a.txt')} must be a file of .pth, .pt, .safetensors, .h5, .keras, got ".txt".\n`,
  );
  await writeFile(at('AtoB.onnx'), 'x');
  const onnx = `error: ${shown('AtoB.onnx')} has the format onnx, which can be exported but not read. Use the saved model, or a file of .pth, .pt, .safetensors, .h5, .keras.\n`;
  expect(await error(at('AtoB.onnx'))).toBe(onnx);
  expect((await cli('translate', at('AtoB.onnx'), at('empty'), '--out', at('results'))).stderr).toBe(onnx);
  expect(await error(at('none.pth'))).toBe(`error: there is no file or folder ${shown('none.pth')}.\n`);
  expect(await error(at('empty'))).toBe(
    `error: the folder ${shown('empty')} has no latest_net_G_A.pth and the like. Name the files.\n`,
  );
  expect(await error(at('bad.pth'))).toMatch(
    /^error: importModel: ".*bad\.pth" is not a file of torch\.save: /,
  );
  expect(await error(at('G_A.pth'), at('G_B.safetensors'))).toBe(
    'error: the files have the formats pytorch and safetensors. Import files of one format.\n',
  );
  expect(await error(at('G_A.pth'), '--size', '0')).toBe(
    'error: --size must be a whole number from 1, got 0.\n',
  );
  expect((await cli('export', at('empty'), '--format', 'pth')).stderr).toBe(
    'error: --format must be one of "pytorch", "safetensors", "keras", "onnx", "tfjs", got "pth".\n',
  );
  expect(readdirSync(folder)).not.toContain('model');
});

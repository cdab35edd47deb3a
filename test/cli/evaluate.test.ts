/** `evaluate`: two tiny models, real files, the page in a real browser, and everything that is refused. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { CUT, CycleGAN, CycleGANTrainer, GAN, Pix2Pix, Random, stateDict } from 'ts-cyclegan';
import { exportTfjs, writeStateDict } from 'ts-cyclegan/interop';
import { fileSystem, type ImageFolder, imageFolder, runFolder, writeImage } from 'ts-cyclegan/node';
import { FeatureStatistics, fid, l1, ssim } from 'ts-cyclegan/metrics';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/node/evaluate/report.js';
import { launchChromium } from '../support/chromium.js';
import { withoutLeaks } from '../support/leaks.js';
import { poolingNetwork } from '../support/pooling-network.js';
import { cli } from './command.js';

const source = fileURLToPath(new URL('../..', import.meta.url));
const images = 5;
let root: string;
const at = (...names: string[]) => join(root, ...names);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ts-cyclegan-evaluate-'));
  for (const [name, seed] of [
    ['one', 1],
    ['two', 2],
  ] as const) {
    const model = new CycleGAN({ convention: 'pytorch', inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed }); // prettier-ignore
    await model.save(fileSystem(at(name)));
    model.dispose();
  }
  for (const [f, folder] of ['trainA', 'trainB', 'testA', 'testB'].entries()) {
    await mkdir(at('data', folder), { recursive: true });
    for (let i = 0; i < images; i++) {
      const image = tf.tidy(() => {
        const small = tf.randomUniform<tf.Rank.R3>([5, 5, 3], -1, 1, 'float32', 10 * f + i + 1);
        return tf.image.resizeBilinear(small, [32, 32]);
      });
      await writeImage(at('data', folder, `<b>${i}.png`), image);
      image.dispose();
    }
  }
  await writeFile(at('pool.onnx'), poolingNetwork(32)); // the size of the images, so nothing is resized
});
afterAll(() => rm(root, { recursive: true }));

/** Of values from 0 to 1, as the report has it. */
async function ssimOfLevels(a: tf.Tensor3D, b: tf.Tensor3D): Promise<number> {
  const [x, y] = tf.tidy(() => [a, b].map((image) => tf.div(tf.add(image, 1), 2))) as [
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  return ssim(x, y, { range: 1 }).finally(() => tf.dispose([x, y]));
}

const reportIn = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;

describe('two models on pairs, with features and neighbours', () => {
  let report: Report;
  let printed: Awaited<ReturnType<typeof cli>>;
  beforeAll(async () => {
    const options = ['--pairs', '--features', at('pool.onnx'), '--features-range', '0,1', '--neighbours'];
    printed = await cli(
      'evaluate',
      at('one'),
      at('two'),
      '--data',
      at('data'),
      ...options,
      '--out',
      at('both'),
    );
    report = await reportIn(at('both'));
  });

  test('the scores are those of the translations', async () => {
    expect(printed.code).toBe(0);
    expect(report).toMatchObject({
      format: 'ts-cyclegan-evaluation',
      version: 1,
      pairs: true,
      data: at('data'),
    });
    expect(report.models.map(({ path }) => path)).toEqual([at('one'), at('two')]);
    await withoutLeaks(async () => {
      const model = await CycleGAN.load(fileSystem(at('two')));
      const options = { convention: 'pytorch', cropSize: 32, training: false } as const;
      const [a, b] = ['testA', 'testB'].map((name) => imageFolder(at('data', name), options)) as [
        ReturnType<typeof imageFolder>,
        ReturnType<typeof imageFolder>,
      ];
      const [fakes, real] = [new FeatureStatistics(), new FeatureStatistics()];
      for (let i = 0; i < images; i++) {
        const [input, truth] = [await a.get(i, new Random(0)), await b.get(i, new Random(0))];
        const fake = model.translate(input, 'AtoB');
        const cycle = model.translate(fake, 'BtoA');
        const scores = report.models[1]!.directions[0]!.images[i]!;
        expect(scores.name).toBe(`<b>${i}.png`);
        expect([scores.l1, scores.ssim, scores.cycle]).toBeAllClose(
          [(await l1(fake, truth)) / 2, await ssimOfLevels(fake, truth), (await l1(cycle, input)) / 2],
          { atol: 1e-5 },
        );
        // the network is the mean of each channel
        for (const [set, image] of [
          [fakes, fake],
          [real, truth],
        ] as const) {
          const means = tf.tidy(() => tf.div(tf.add(tf.mean(image, [0, 1]), 1), 2).as2D(1, 3));
          await set.add(means);
          means.dispose();
        }
        tf.dispose([input, truth, fake, cycle]);
      }
      const { features } = report.models[1]!.directions[0]!;
      expect(features).toMatchObject({ fakes: images, real: images, kidImages: images });
      expect([features!.fid]).toBeAllClose([fid(real, fakes)], { rtol: 1e-5, atol: 0 });
      model.dispose();
    });
  });

  test('the neighbours are training images, and conventions are named', () => {
    for (const { directions } of report.models) {
      expect(directions.map(({ direction }) => direction)).toEqual(['AtoB', 'BtoA']);
      for (const { images: all, neighbours, nothing, rankedBy } of directions) {
        expect(all.every(({ nearest }) => /^<b>\d\.png$/.test(nearest!.name))).toBe(true);
        expect(neighbours).toMatchObject({ trainingImages: images });
        expect(nothing).toMatchObject({ l1: expect.any(Number) as number });
        expect(rankedBy).toBe('ssim');
      }
    }
    expect(report.conventions.features).toMatch(
      /^pool\.onnx \(sha256 [\da-f]{12}\), images resized to 32 × 32 pixels \(bicubic\), values in \[0, 1\]$/,
    );
  });

  test('the page shows everything without a network, from 375 pixels on, in light and dark', async () => {
    const browser = await launchChromium();
    try {
      for (const [width, colorScheme] of [
        [375, 'dark'],
        [1280, 'light'],
      ] as const) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
        const requests: string[] = [];
        page.on('request', (request) => requests.push(request.url()));
        await page.goto(pathToFileURL(at('both', 'index.html')).href);
        const found = await page.evaluate(() => ({
          width: document.documentElement.scrollWidth,
          broken: [...document.images].filter(({ naturalWidth, alt }) => naturalWidth !== 32 || alt === '')
            .length,
          shown: document.images.length,
          withoutCaption: [...document.querySelectorAll('table')].filter(({ caption }) => caption === null)
            .length,
          markup: document.querySelectorAll('b').length,
          paper: getComputedStyle(document.body).backgroundColor,
        }));
        expect(found).toMatchObject({ width, broken: 0, withoutCaption: 0, markup: 0 });
        expect(found.shown).toBe(2 * 2 * 2 * 2 * 4 + 2 * 4 * 4); // models, directions, best and worst, 2 rows of 4; comparison
        expect(found.paper).toBe(colorScheme === 'dark' ? 'rgb(15, 18, 24)' : 'rgb(255, 255, 255)');
        expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
        await page.keyboard.press('Tab');
        expect(await page.evaluate(() => document.activeElement?.className)).toBe('scroll');
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});

test('without pairs and features: cycle L1 only, and the reason; --force replaces a report', async () => {
  const args = ['evaluate', at('one'), '--data', at('data'), '--direction', 'BtoA', '--count', '2', '--out', at('plain')]; // prettier-ignore
  const { code, stdout } = await cli(...args);
  expect(code).toBe(0);
  expect(stdout).toContain('No FID and KID: no feature network was given.');
  const [{ directions }] = (await reportIn(at('plain'))).models as [Report['models'][number]];
  expect(directions).toHaveLength(1);
  expect(Object.keys(directions[0]!.scores)).toEqual(['colour', 'cycle']);
  expect(directions[0]!.images).toHaveLength(2);
  expect(await cli(...args)).toMatchObject({
    code: 2,
    stderr: `error: ${JSON.stringify(at('plain', 'report.json'))} exists. Pass --force to replace the report, or another folder with --out.\n`,
  });
  expect((await cli(...args, '--force')).code).toBe(0);
});

test('Ctrl-C ends it, and nothing is written', async () => {
  const args = ['evaluate', at('one'), '--data', at('data'), '--json', '--out', at('stopped')];
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], { cwd: source });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.once('data', () => child.kill('SIGINT'));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, stderr }).toEqual({ code: 130, stderr: 'Stopped. No report was written.\n' });
  expect(existsSync(at('stopped'))).toBe(false);
});

test('a CUT, and a network of any size, which gets the images of the others', async () => {
  const cut = new CUT({ inputShape: [32, 32, 3], filters: 2, residualBlocks: 1, nceUnits: 4, seed: 1 });
  await cut.save(fileSystem(at('cut')));
  cut.dispose();
  const open = new CycleGAN({ inputShape: [null, null, 3], filters: 2, residualBlocks: 1, seed: 1 });
  await open.save(fileSystem(at('open')));
  open.dispose();
  const data = ['--data', at('data'), '--count', '1', '--engine', 'cpu'];
  const result = await cli('evaluate', at('cut'), at('open'), ...data, '--out', at('sizes'));
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const { models } = await reportIn(at('sizes'));
  expect(models.map(({ algorithm }) => algorithm)).toEqual(['cut', 'cyclegan']);
  expect(models.flatMap(({ directions }) => directions.map(({ size }) => size))).toEqual([32, 32, 32]);

  const small = new CycleGAN({ inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, seed: 1 });
  await small.save(fileSystem(at('small')));
  small.dispose();
  expect(await cli('evaluate', at('cut'), at('small'), ...data, '--out', at('differ'))).toMatchObject({
    code: 2,
    stderr: `error: --size is needed to compare models of different sizes: ${JSON.stringify(at('small'))} has 16 pixels, ${JSON.stringify(at('cut'))} 32.\n`,
  });
  expect(existsSync(at('differ'))).toBe(false);
});

test('models of both conventions get the same images, resized as for the first', async () => {
  await mkdir(at('large', 'testA'), { recursive: true });
  await mkdir(at('large', 'testB'));
  for (const [i, folder] of ['testA', 'testB'].entries()) {
    const image = tf.tidy(() => tf.randomUniform<tf.Rank.R3>([70, 90, 3], -1, 1, 'float32', 7 + i));
    await writeImage(at('large', folder, '1.png'), image);
    image.dispose();
  }
  const keras = new CycleGAN({ inputShape: [32, 32, 3], filters: 2, residualBlocks: 1, seed: 1 });
  await keras.save(fileSystem(at('keras')));
  keras.dispose();
  const reportOf = async (...models: string[]) => {
    const paths = models.map((name) => at(name));
    const out = at(`large-${models.join('-')}`);
    const options = ['--data', at('large'), '--pairs', '--direction', 'AtoB', '--out', out];
    expect((await cli('evaluate', ...paths, ...options)).code).toBe(0);
    const { models: found, conventions } = await reportIn(out);
    return { nothing: found.map(({ directions }) => directions[0]!.nothing!.l1!), how: conventions.images };
  };
  const [first, second] = [await reportOf('one', 'keras'), await reportOf('keras', 'one')];
  expect(first.how).toBe('Images are resized as by the PyTorch program: bicubic.');
  expect(second.how).toBe('Images are resized as by the Keras example: bilinear.');
  for (const { nothing } of [first, second]) expect(nothing[1]).toBe(nothing[0]);
  expect(second.nothing[0]).not.toBeCloseTo(first.nothing[0]!, 3);
});

test('a CycleGAN of networks of your own', async () => {
  const one = await CycleGAN.load(fileSystem(at('one')));
  const { generatorG, generatorF, discriminatorX, discriminatorY } = one;
  const own = new CycleGAN({ generatorG, generatorF, discriminatorX, discriminatorY });
  await own.save(fileSystem(at('own')));
  one.dispose();
  const args = ['--data', at('data'), '--count', '1', '--out', at('own-report')];
  expect(await cli('evaluate', at('one'), at('own'), ...args)).toMatchObject({ code: 0, stderr: '' });
  const [built, given] = (await reportIn(at('own-report'))).models;
  expect(given!.directions.map(({ scores }) => scores)).toEqual(
    built!.directions.map(({ scores }) => scores),
  );
});

test('all that translate takes: single generators, weight files, pix2pix, a run', async () => {
  await withoutLeaks(async () => {
    const one = await CycleGAN.load(fileSystem(at('one')));
    await one.save(fileSystem(at('generator')), { direction: 'AtoB' });
    await writeFile(at('latest_net_G_A.pth'), Buffer.concat(writeStateDict(await stateDict(one.generatorG), { format: 'pytorch' }))); // prettier-ignore
    const trainer = new CycleGANTrainer(one, { learningRate: 1e-12 });
    const sets = ['trainA', 'trainB'].map((name) => imageFolder(at('data', name), { cropSize: 32 })) as [ImageFolder, ImageFolder]; // prettier-ignore
    const run = runFolder(at('run'), { tensorBoard: false });
    await trainer.fit(...sets, { epochs: 1, stepsPerEpoch: 1, callbacks: run });
    trainer.dispose();
    one.dispose();
    await rm(at('run', 'model'), { recursive: true }); // it has a checkpoint only
    const pix2pix = new Pix2Pix({
      inputShape: [32, 32, 3],
      levels: 5,
      filters: 1,
      discriminatorFilters: 1,
      seed: 1,
    });
    await pix2pix.save(fileSystem(at('pix2pix')));
    pix2pix.dispose();
  });
  const models = ['one', 'generator', 'latest_net_G_A.pth', 'run', 'pix2pix'].map((name) => at(name));
  const options = [
    '--data',
    at('data'),
    '--direction',
    'AtoB',
    '--count',
    '1',
    '--pairs',
    '--out',
    at('all'),
  ];
  expect(await cli('evaluate', ...models, ...options)).toMatchObject({ code: 0, stderr: '' });
  const report = await reportIn(at('all'));
  expect(report.models.map(({ algorithm }) => algorithm)).toEqual(['cyclegan', 'generator', 'generator', 'cyclegan', 'pix2pix']); // prettier-ignore
  const [same, other] = [report.models.slice(0, 4), report.models[4]!].map((each) =>
    [each].flat().map(({ directions }) => [directions[0]!.scores.l1!, directions[0]!.scores.ssim!]),
  ) as [number[][], number[][]];
  for (const scores of same) expect(scores).toBeAllClose(same[0]!, { atol: 1e-6 });
  expect(other[0]).not.toEqual(same[0]);
});

describe('refuses, and writes nothing', () => {
  beforeAll(async () => {
    const exported = await CycleGAN.load(fileSystem(at('one')));
    for (const [name, bytes] of Object.entries(await exportTfjs(exported, { direction: 'AtoB' }))) {
      await mkdir(at('graph'), { recursive: true });
      await writeFile(at('graph', name), bytes);
    }
    exported.dispose();
    await mkdir(at('weights'));
    await writeFile(at('weights', 'latest_net_G_A.pth'), '');
    await cp(at('one'), at('broken'), { recursive: true });
    const model = JSON.parse(await readFile(at('broken', 'model.json'), 'utf8')) as { weightsManifest: { paths: string[] }[] }; // prettier-ignore
    await writeFile(at('broken', model.weightsManifest[0]!.paths[0]!), 'short');
    await mkdir(at('pairs'));
    await cp(at('data', 'testA'), at('pairs', 'testA'), { recursive: true });
    await mkdir(at('pairs', 'testB'));
    await cp(at('data', 'testB', '<b>0.png'), at('pairs', 'testB', 'other.png'));
    await mkdir(at('empty'));
    await cp(at('data', 'testA'), at('half', 'testA'), { recursive: true });
    const alpha = new CycleGAN({ inputShape: [32, 32, 4], filters: 1, residualBlocks: 0, seed: 1 });
    await alpha.save(fileSystem(at('alpha')));
    alpha.dispose();
    await writeFile(at('open.onnx'), poolingNetwork('size'));
    await writeFile(at('unpooled.onnx'), poolingNetwork(16, false));
    await writeFile(at('text.onnx'), 'text');
    const gan = new GAN({ imageShape: [8, 8, 1], loss: 'lsgan', filters: 2, seed: 1 } as never);
    await gan.save(fileSystem(at('gan')));
    gan.dispose();
  });

  const q = (...names: string[]) => JSON.stringify(at(...names));
  test.each<[string, () => string[], number, () => string | RegExp]>([
    ['no folder', () => ['one', '--data', at('none')], 1, () => `--data: there is no folder ${q('none')}.`],
    ['a file', () => ['one', '--data', at('pool.onnx')], 2, () => `--data must be a folder, but ${q('pool.onnx')} is a file.`],
    ['no test images', () => ['one', '--data', at('empty')], 1, () => `the folder ${q('empty')} must have a folder "testA" with test images for AtoB. Add it, choose another --direction, or pass --pairs for a folder of pairs.`],
    ['no model', () => ['none', '--data', at('data')], 1, () => `there is no file or folder ${q('none')}.`],
    ['a broken model', () => ['broken', '--data', at('data')], 1, () => /must have \d+ bytes of weights, got 5: truncated/],
    ['a GAN', () => ['gan', '--data', at('data')], 2, () => `${q('gan')} is a GAN, which translates no images. Evaluate CycleGAN, pix2pix and CUT models.`],
    ['pairs that do not match', () => ['one', '--data', at('pairs'), '--pairs'], 1, () => /^error: pairedFolder: each image must have a partner of the same name in the other folder\./],
    ['a graph model', () => ['graph', '--data', at('data')], 1, () => `the model in ${q('graph')} is a graph model of TensorFlow.js: an export, which this command cannot read. Use the model that it was exported from. Programs load it with tf.loadGraphModel.`],
    ['an ONNX model', () => ['pool.onnx', '--data', at('data')], 2, () => `${q('pool.onnx')} has the format onnx, which can be exported but not read. Use the saved model, or a file of .pth, .pt, .safetensors, .h5, .keras.`],
    ['a folder of weight files', () => ['weights', '--data', at('data')], 2, () => `${q('weights')} must be a run folder, which has a config.json, or a saved model, which has a model.json. The folder has latest_net_G_A.pth, a weight file of another program: make a model of it with npx ts-cyclegan import.`],
    ['a missing weight file', () => ['none.pth', '--data', at('data')], 1, () => `there is no file or folder ${q('none.pth')}.`],
    ['no test images for the second direction', () => ['one', '--data', at('half')], 1, () => `the folder ${q('half')} must have a folder "testB" with test images for BtoA. Add it, choose another --direction, or pass --pairs for a folder of pairs.`],
    ['a GAN beside another model', () => ['one', at('gan'), '--data', at('data')], 2, () => `${q('gan')} is a GAN, which translates no images. Evaluate CycleGAN, pix2pix and CUT models.`],
    ['no training images', () => ['one', '--data', at('half'), '--direction', 'AtoB', '--neighbours'], 1, () => `--neighbours looks for training images in the folder "trainB" of ${q('half')}, which does not exist. Add it, or leave --neighbours out.`],
    ['features of images with alpha', () => ['alpha', '--data', at('data'), '--features', at('pool.onnx')], 1, () => `--features needs images of 1 or 3 channels, but ${q('alpha')} makes images of 4. Leave --features out.`],
    ['another name', () => ['one', '--data', at('data'), '--features', at('inception.json')], 2, () => `--features must be an ONNX file, or the file model.json of a TensorFlow.js model, got ${q('inception.json')}. Rename the file.`],
    ['no network', () => ['one', '--data', at('data'), '--features', at('none.onnx')], 1, () => `--features: there is no file ${q('none.onnx')}.`],
    ['no ONNX', () => ['one', '--data', at('data'), '--features', at('text.onnx')], 1, () => /^error: --features must be an ONNX model, or the model\.json of a TensorFlow\.js model, but .* cannot be loaded: /],
    ['an open size', () => ['one', '--data', at('data'), '--features', at('open.onnx')], 2, () => '--features-size is needed, because the input of the network has no fixed size. The FID network has 299.'],
    ['features with a shape', () => ['one', '--data', at('data'), '--features', at('unpooled.onnx')], 1, () => 'featureExtractor: the output of the feature network must have one row for each image, [1, size], got [1, 3, 16, 16]. Use the output of its last pooling layer.'],
    ['a lonely flag', () => ['one', '--data', at('data'), '--features-range', '0,1'], 2, () => '--features-range belongs to --features, which is missing. Pass the file of the network.'],
    ['a range', () => ['one', '--data', at('data'), '--features', at('pool.onnx'), '--features-range', '1'], 2, () => '--features-range must be two different numbers, such as 0,1, got "1".'],
  ])('%s', async (_, args, code, message) => {
    const [model, ...rest] = args();
    const out = at('refused');
    const ran = await cli('evaluate', at(model!), ...rest, '--out', out);
    const wanted = message();
    if (typeof wanted === 'string') expect(ran.stderr).toBe(`error: ${wanted}\n`);
    else expect(ran.stderr).toMatch(wanted);
    expect(ran.code).toBe(code);
    expect(ran.stdout).toBe(''); // no image was translated
    expect(existsSync(out)).toBe(false);
  }); // prettier-ignore
});

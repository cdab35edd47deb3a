/** Two copies of TensorFlow.js in one program are named, with what to do, instead of errors from inside of it. */
import { expect, it } from 'vitest';
import { run } from '../support/run.js';
import { secondCopy } from '../support/two-copies.js';

const all = [
  'tfjs',
  'tfjs-core',
  'tfjs-layers',
  'tfjs-backend-cpu',
  'tfjs-backend-webgl',
  'tfjs-converter',
  'tfjs-data',
];

/** Prints the messages of what a program does with a copy of its own, which it imports first or second. */
const program = (theirsAt: string, theirsFirst: boolean) => `
  import { createRequire } from 'node:module';
  const their = () => createRequire(${JSON.stringify(theirsAt)})('@tensorflow/tfjs');
  const our = () => import(${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)});
  console.warn = () => undefined;
  const early = ${theirsFirst} ? their() : await our();
  const [tf, ours] = ${theirsFirst} ? [early, await our()] : [their(), early];
  const { CycleGAN, downsample, InstanceNormalization, registerLayers } = ours;
  const messages = [];
  const note = async (action) => {
    try {
      await action();
      messages.push('no error');
    } catch (error) {
      messages.push(error.code === 'UNSUPPORTED' ? error.message : 'raw: ' + error);
    }
  };
  const model = new CycleGAN({ inputShape: [8, 8, 3], filters: 2, residualBlocks: 0, downsamplingBlocks: 1, discriminator: 'pixel' });
  let artifacts;
  await model.save({ save: async (given) => (artifacts = given) });
  const network = () => tf.sequential({ layers: [tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 3, kernelSize: 1 })] });
  await note(() => new CycleGAN({ generatorG: network(), generatorF: network(), discriminatorX: network(), discriminatorY: network() }));
  await note(() => new InstanceNormalization().apply(tf.input({ shape: [8, 8, 3] })));
  await note(() => tf.sequential().add(new InstanceNormalization({ inputShape: [8, 8, 3] })));
  await note(() => downsample(tf.input({ shape: [8, 8, 3] }), { filters: 4 }));
  await note(() => registerLayers());
  await note(() => CycleGAN.load({ load: async () => artifacts }));
  console.log(JSON.stringify(messages));
`;

it.each([
  ['core and layers, theirs first', all, true, true, false],
  ['core and layers, ours first', all, false, false, false],
  ['layers alone, ours first', ['tfjs', 'tfjs-layers'], false, true, true],
])('%s', async (_, packages, theirsFirst, registryIsTheirs, modelsAreTheirs) => {
  const code = program(await secondCopy(packages), theirsFirst);
  const args = ['--import', 'tsx', '--input-type=module', '-e', code];
  const { stdout } = await run(process.execPath, args, { cwd: process.cwd() });
  const named = (start: string) =>
    `${start} of another copy of TensorFlow.js; this program has loaded two. ` +
    'Run "npm ls @tensorflow/tfjs-core @tensorflow/tfjs-layers" to find them and "npm dedupe" to keep one version; ' +
    'in a bundler resolve both packages to one folder (Vite: resolve.dedupe, webpack: resolve.alias).';
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual([
    named('CycleGAN: generatorG is a model'),
    named('ts-cyclegan: a layer of it was applied to an input'),
    named('ts-cyclegan: a layer of it was applied to an input'),
    named('ts-cyclegan: a block was applied to an input'),
    registryIsTheirs ? named('registerLayers: the program uses classes') : 'no error',
    modelsAreTheirs ? named('CycleGAN.load: the registry holds classes') : 'no error',
  ]);
});

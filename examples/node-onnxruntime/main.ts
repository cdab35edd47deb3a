/**
 * The ONNX Runtime backend in Node: some training steps and a translation, with what they cost on this machine.
 *
 *     npm start -- --size 64 --filters 32 --blocks 6
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, CycleGANTrainer, Random } from 'ts-cyclegan';
import { type OnnxRuntimeBackend, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { fileSystem, writeImage } from 'ts-cyclegan/node';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '64' }, // pixels
    filters: { type: 'string', default: '32' },
    blocks: { type: 'string', default: '6' }, // residual blocks
    steps: { type: 'string', default: '5' }, // measured steps, after two others
    threads: { type: 'string' }, // cores to use; default: all
    out: { type: 'string', default: 'run' },
  },
});
const [size, filters, steps] = [values.size, values.filters, values.steps].map(Number) as [
  number,
  number,
  number,
];

// 1. The backend: two lines, before the first tensor.
registerOnnxRuntimeBackend(ort, values.threads === undefined ? {} : { threads: Number(values.threads) });
await tf.setBackend('onnxruntime');

// 2. A model, and images: here noise, in your program those of imageFolder(…).
const model = new CycleGAN({
  inputShape: [size, size, 3],
  filters,
  residualBlocks: Number(values.blocks),
  seed: 7,
});
const trainer = new CycleGANTrainer(model, { epochs: 1, seed: 7 });
const random = new Random(7);
const noise = () =>
  tf.tensor3d(
    Float32Array.from({ length: size * size * 3 }, () => 2 * random.uniform() - 1),
    [size, size, 3],
  );
const [a, b] = [noise(), noise()];

// 3. Steps. The first one compiles graphs, the second one replays them for the first time.
async function timed(act: () => Promise<unknown>): Promise<string> {
  const start = performance.now();
  await act();
  return `${(performance.now() - start).toFixed(0)} ms`;
}
const step = () => trainer.trainStep(a, b);
console.log(`first step: ${await timed(step)}, second: ${await timed(step)}`);
for (let i = 0; i < steps; i++) console.log(`step: ${await timed(step)}`);
const losses = await step();
console.log(`losses: ${JSON.stringify(losses)}`);

// 4. A translation. After some of them, the backend keeps the weights in the graph, which is faster.
const translate = async () => {
  const fake = model.translate(a, 'AtoB');
  await fake.data();
  fake.dispose();
};
console.log(`first translation: ${await timed(translate)}`);
for (let i = 0; i < 6; i++) await translate();
console.log(`translation: ${await timed(translate)}`);

// 5. The model in files, and an image.
await model.save(fileSystem(`${values.out}/model`));
const fake = model.translate(a, 'AtoB');
await writeImage(`${values.out}/translated.png`, fake);

// 6. What the backend did. Kernels that ONNX Runtime lacks fall back on tfjs' cpu backend; there are none here.
const { graphsCompiled, runs, kernelsFallenBack, sessionBytes } = (
  tf.backend() as unknown as OnnxRuntimeBackend
).stats();
console.log(`graphs: ${graphsCompiled}, runs: ${runs}, fallen back: ${JSON.stringify(kernelsFallenBack)}`);
console.log(
  `memory of sessions: ${(sessionBytes / 1e6).toFixed(1)} MB, of the process: ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
);
tf.dispose([a, b, fake]);
trainer.dispose();
model.dispose();

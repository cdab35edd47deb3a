/**
 * Trains and translates on the GPU, through WebGPU: some steps, and the bytes that each of them moves.
 *
 *     npm start -- --size 256 --filters 64 --blocks 9
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, CycleGANTrainer, isCycleGANError } from 'ts-cyclegan';
import { type OnnxRuntimeBackend, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { writeImage } from 'ts-cyclegan/node';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '64' }, // pixels
    filters: { type: 'string', default: '32' },
    blocks: { type: 'string', default: '6' }, // residual blocks
    steps: { type: 'string', default: '5' },
  },
});
const size = Number(values.size);

// 1. The backend. Without a GPU, it says what is missing.
try {
  registerOnnxRuntimeBackend(ort, { executionProviders: ['webgpu'] });
} catch (error) {
  if (!isCycleGANError(error, 'UNSUPPORTED')) throw error;
  console.error(`There is no GPU that can be used.\n${error.message}`);
  process.exit(1);
}
await tf.setBackend('onnxruntime');
const backend = tf.backend() as unknown as OnnxRuntimeBackend;
const moved = () => backend.stats().bytesUploaded + backend.stats().bytesDownloaded;

// 2. A model, and images: here noise, in your program those of imageFolder(…).
const model = new CycleGAN({
  inputShape: [size, size, 3],
  filters: Number(values.filters),
  residualBlocks: Number(values.blocks),
  seed: 7,
});
const trainer = new CycleGANTrainer(model, { epochs: 1, seed: 7 });
const [a, b] = [1, 2].map((seed) => tf.randomUniform<tf.Rank.R3>([size, size, 3], -1, 1, 'float32', seed));

// 3. Steps. The first ones compile programs for the GPU. Weights stay there, and so do these images, which are always the same.
for (let i = 1; i <= Number(values.steps); i++) {
  const [start, before] = [performance.now(), moved()];
  const { cycle_A } = await trainer.trainStep(a!, b!);
  const milliseconds = (performance.now() - start).toFixed(0);
  const kilobytes = ((moved() - before) / 1000).toFixed(0);
  console.log(`step ${i}: ${milliseconds} ms, ${kilobytes} kB moved, cycle_A ${cycle_A.toFixed(3)}`);
}

// 4. A translation.
const fake = model.translate(a!, 'AtoB');
await writeImage('translated.png', fake);
console.log('translated.png');
tf.dispose([a!, b!, fake]);
trainer.dispose();
model.dispose();

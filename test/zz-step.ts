import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { translateAndTrain } from './backends/onnxruntime/webgpu/translate-and-train.js';
import { CycleGAN, CycleGANTrainer } from 'ts-cyclegan';
const [size, filters, blocks, steps] = process.argv.slice(2).map(Number);
if (!size) {
  await tf.setBackend('cpu');
  const a = await translateAndTrain();
  registerOnnxRuntimeBackend(ort, { executionProviders: ['webgpu'] });
  await tf.setBackend('onnxruntime');
  let t = Date.now();
  const b = await translateAndTrain();
  console.log('ms', Date.now() - t);
  const worst = (x: number[], y: number[]) => Math.max(...x.map((v, i) => Math.abs(v - y[i]!)));
  console.log(worst(a.translation, b.translation), worst(a.losses, b.losses), b.leaked);
  console.log((tf.backend() as any).stats());
} else {
  registerOnnxRuntimeBackend(ort, { executionProviders: ['webgpu'], ...JSON.parse(process.env.OPT ?? '{}') });
  await tf.setBackend('onnxruntime');
  const model = new CycleGAN({ convention: 'pytorch', inputShape: [size, size, 3], filters, residualBlocks: blocks, seed: 1 });
  const trainer = new CycleGANTrainer(model, { seed: 1 });
  let before = (tf.backend() as any).stats();
  for (let i = 0; i < steps; i++) {
    const [a, b] = [tf.randomUniform([1, size, size, 3], -1, 1, 'float32', 2*i+1), tf.randomUniform([1, size, size, 3], -1, 1, 'float32', 2*i+2)] as any;
    const t = Date.now();
    const l = await trainer.trainStep(a, b);
    tf.dispose([a, b]);
    const s = (tf.backend() as any).stats();
    console.log(i, Date.now() - t, 'ms up', s.bytesUploaded - before.bytesUploaded, 'down', s.bytesDownloaded - before.bytesDownloaded, 'arrays', s.arraysOnDevice, 'kernels', s.kernelsRecorded - before.kernelsRecorded, 'runs', s.runs - before.runs, 'compiled', s.graphsCompiled - before.graphsCompiled, Object.values(l)[0]);
    before = s;
  }
  trainer.dispose(); model.dispose();
  console.log((tf.backend() as any).stats(), tf.memory().numTensors);
}

/**
 * Translates and trains on onnxruntime-node's WebGPU, and prints what comes, and which nodes ran on the CPU as ONNX Runtime's profile
 * says. A program of its own, as the driver is found at start.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { type OnnxRuntimeBackend, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { step, translateAndTrain, withTrainer } from './translate-and-train.js';

interface ProfileEvent {
  cat?: string;
  name: string;
  args?: { provider?: string; op_name?: string };
}

/** Runs `use` on a backend, and returns which operators ran on the CPU, and how many of them the backend says there are. */
async function profiled(use: () => unknown): Promise<{ operators: string[]; counted: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'webgpu-'));
  registerOnnxRuntimeBackend(ort, {
    name: 'profiled',
    executionProviders: ['webgpu'],
    profile: join(folder, 'profile'),
  });
  await tf.setBackend('profiled');
  await use();
  const counted = (tf.backend() as unknown as OnnxRuntimeBackend).stats().nodesOnCpu;
  tf.removeBackend('profiled');
  const operators = readdirSync(folder).flatMap((file) =>
    (JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[]).flatMap(({ cat, name, args }) =>
      cat === 'Node' && args?.provider === 'CPUExecutionProvider' && !name.startsWith('transfer')
        ? [args.op_name!]
        : [],
    ),
  );
  rmSync(folder, { recursive: true });
  return { operators, counted };
}

registerOnnxRuntimeBackend(ort, { executionProviders: [{ name: 'webgpu' }] });
await tf.setBackend('onnxruntime');
const outcome = await translateAndTrain();
tf.removeBackend('onnxruntime');

const ofStep = await profiled(() => withTrainer((trainer) => step(trainer, 0)));
const ofOthers = await profiled(() => {
  const x = tf.relu([1, -2, 3]);
  tf.round(x).dataSync();
  tf.mod(x, 2).dataSync(); // Mod alone: the sign is written otherwise
  tf.sign(x).dataSync();
  tf.addN([x, x, x]).dataSync();
});
console.log(JSON.stringify({ outcome, ofStep, ofOthers }));

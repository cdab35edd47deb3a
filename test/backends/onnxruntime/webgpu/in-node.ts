/**
 * Translates and trains on onnxruntime-node's WebGPU, in float16 too if the GPU has it, and prints what comes, and which nodes ran on
 * the CPU as ONNX Runtime's profile says. A program of its own, as the driver is found at start.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { type OnnxRuntimeBackend, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { trainOnLargerImages, translateAndTrain } from './translate-and-train.js';

interface ProfileEvent {
  cat?: string;
  name: string;
  args?: { provider?: string; op_name?: string };
}

/** Runs `use` on a backend: its result, which operators ran on the CPU, and how many of them the backend says there are. */
async function profiled<T>(
  use: () => Promise<T>,
): Promise<{ result: T; operators: string[]; counted: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'webgpu-'));
  registerOnnxRuntimeBackend(ort, {
    name: 'profiled',
    executionProviders: [{ name: 'webgpu' }],
    profile: join(folder, 'profile'),
  });
  await tf.setBackend('profiled');
  const result = await use();
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
  return { result, operators, counted };
}

/** The outcome in float16, or the code and message of the error. */
async function inFloat16(): Promise<object> {
  try {
    registerOnnxRuntimeBackend(ort, {
      name: 'float16',
      executionProviders: ['webgpu'],
      precision: 'float16',
    });
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    return { code, message };
  }
  await tf.setBackend('float16');
  const outcome = await translateAndTrain();
  tf.removeBackend('float16');
  return outcome;
}

const training = await profiled(translateAndTrain);
const larger = await profiled(trainOnLargerImages);
const float16 = await inFloat16();
const others = await profiled(async () => {
  const x = tf.relu([1, -2, 3]);
  const results = [tf.round(x), tf.mod(x, 2), tf.sign(x), tf.addN([x, x, x])]; // Mod alone: the sign is written otherwise
  await Promise.all(results.map((result) => result.data()));
});
console.log(JSON.stringify({ training, larger, float16, others }));

/** Runs in a page, and again in a Worker of that page: registers the backend and computes with it, as it is told. */
import * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { type Outcome, step, translateAndTrain, withTrainer } from './translate-and-train.js';

export interface Job {
  /** A file of onnxruntime-web. */
  entry: string;
  /** Where it looks for its .wasm files. */
  wasmPaths?: string;
  /** What to register, one after the other, and to compute then; without options on the backend before. */
  backends: { options?: OnnxRuntimeBackendOptions; compute: 'a sum' | 'a model' | 'without the GPU' }[];
}

export interface Answer {
  /** For each backend what it computed, or the code and message of its error. */
  results: (number[] | Outcome | WithoutGpu | Failure)[];
  numThreads: number | undefined;
}

interface Failure {
  code: unknown;
  message: string;
}

/** What goes on if the GPU has no memory left, and if it is lost. */
export interface WithoutGpu {
  /** Of a tensor that is larger than its buffers may be. */
  tooLarge: Failure | undefined;
  /** Of a step after the loss, and of reading the state. */
  lost: (Failure | undefined)[];
  /** Of the next step, resumed in WebAssembly from the state before the loss. */
  losses: number[];
}

interface Module {
  env: {
    wasm: { wasmPaths?: string; numThreads?: number };
    webgpu: { device: Promise<{ limits: { maxBufferSize: number }; destroy(): void }> };
  };
}

async function failureOf(run: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await run;
  } catch (error) {
    const { code, message } = error as Failure;
    return { code, message };
  }
  return undefined;
}

async function withoutGpu(ort: Module): Promise<WithoutGpu> {
  const { tooLarge, lost, state } = await withTrainer(async (trainer) => {
    await step(trainer, 0);
    const device = await ort.env.webgpu.device; // that of the first session
    const rows = Math.floor(device.limits.maxBufferSize / 4096) + 1;
    const large = tf.tidy(() => tf.add(tf.relu(tf.ones([rows, 1])), tf.range(0, 1024)));
    const tooLarge = await failureOf(large.data());
    large.dispose();
    const state = await trainer.state();
    device.destroy();
    const lost = [await failureOf(step(trainer, 1)), await failureOf(trainer.state())];
    return { tooLarge, lost, state };
  });
  registerOnnxRuntimeBackend(ort, { name: 'without a GPU', executionProviders: ['wasm'] });
  await tf.setBackend('without a GPU');
  const losses = await withTrainer(async (trainer) => {
    trainer.restore(state);
    return await step(trainer, 1);
  });
  return { tooLarge, lost, losses };
}

async function answer({ entry, wasmPaths, backends }: Job): Promise<Answer> {
  const ort = (await import(new URL(`/ort/${entry}`, location.origin).href)) as Module;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  const results: Answer['results'] = [];
  for (const { options, compute } of backends) {
    try {
      if (options !== undefined) {
        registerOnnxRuntimeBackend(ort, options);
        await tf.setBackend(options.name ?? 'onnxruntime');
      }
      if (compute === 'a model') results.push(await translateAndTrain());
      else if (compute === 'without the GPU') results.push(await withoutGpu(ort));
      else results.push([...(await tf.add([1, 2], 3).data())]);
    } catch (error) {
      const { code, message } = error as { code: unknown; message: string };
      results.push({ code, message });
    }
  }
  return { results, numThreads: ort.env.wasm.numThreads };
}

if (typeof document === 'undefined') {
  addEventListener('message', ({ data }: MessageEvent<Job>) => {
    answer(data).then(postMessage, reportError); // the latter is worker.onerror out there
  });
} else {
  const inWorker = (job: Job) =>
    new Promise<Answer>((resolve, reject) => {
      const worker = new Worker('/program.js', { type: 'module' });
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        resolve(data);
      };
      worker.onerror = ({ message }) => {
        reject(new Error(message));
      };
      worker.postMessage(job);
    });
  Object.assign(globalThis, { answers: { page: answer, Worker: inWorker } });
}

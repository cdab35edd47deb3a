/** Runs in a page, and again in a Worker of that page: registers the backend and computes with it, as it is told. */
import * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { type Outcome, translateAndTrain } from './translate-and-train.js';

export interface Job {
  /** A file of onnxruntime-web. */
  entry: string;
  /** Where it looks for its .wasm files. */
  wasmPaths?: string;
  /** What to register, one after the other, and to compute then. */
  backends: { options: OnnxRuntimeBackendOptions; compute: 'a sum' | 'a model' }[];
}

export interface Answer {
  /** For each backend what it computed, or the code and message of its error. */
  results: (number[] | Outcome | { code: unknown; message: string })[];
  numThreads: number | undefined;
}

interface Module {
  env: { wasm: { wasmPaths?: string; numThreads?: number } };
}

async function answer({ entry, wasmPaths, backends }: Job): Promise<Answer> {
  const ort = (await import(new URL(`/ort/${entry}`, location.origin).href)) as Module;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  const results: Answer['results'] = [];
  for (const { options, compute } of backends) {
    try {
      registerOnnxRuntimeBackend(ort, options);
      await tf.setBackend(options.name ?? 'onnxruntime');
      if (compute === 'a model') results.push(await translateAndTrain());
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

/** The model of this process. Next's development server evaluates modules again after a change, so it is kept outside of them. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { fileSystem } from 'ts-cyclegan/node';

const kept = globalThis as { cyclegan?: Promise<CycleGAN> | undefined };

/** Loads the model once, from the folder that the variable MODEL names. */
export function model(): Promise<CycleGAN> {
  kept.cyclegan ??= load().catch((error: unknown) => {
    kept.cyclegan = undefined; // the next request tries again
    throw error;
  });
  return kept.cyclegan;
}

async function load(): Promise<CycleGAN> {
  registerOnnxRuntimeBackend(ort);
  await tf.setBackend('onnxruntime');
  return await CycleGAN.load(fileSystem(process.env.MODEL ?? 'model'));
}

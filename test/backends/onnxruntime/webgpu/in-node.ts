/** Translates and trains on onnxruntime-node's WebGPU, and prints what comes. A program of its own, as the driver is found at start. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { translateAndTrain } from './translate-and-train.js';

registerOnnxRuntimeBackend(ort, { executionProviders: [{ name: 'webgpu' }] });
await tf.setBackend('onnxruntime');
const outcome = await translateAndTrain();
tf.removeBackend('onnxruntime');
console.log(JSON.stringify(outcome));

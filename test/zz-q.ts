import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
registerOnnxRuntimeBackend(ort, { executionProviders: ['webgpu'] });
await tf.setBackend('onnxruntime');
const x = tf.add([1,2,3], 2);
console.log(x.dataSync(), await x.data(), (tf.backend() as any).stats());

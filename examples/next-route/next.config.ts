import type { NextConfig } from 'next';

const config: NextConfig = {
  // Loaded by Node as they are: native code cannot be bundled, and there must be one copy of TensorFlow.js.
  serverExternalPackages: ['@tensorflow/tfjs', 'onnxruntime-node', 'sharp', 'ts-cyclegan'],
};

export default config;

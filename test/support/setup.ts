/** Runs before every test file: the backend (`TFJS_BACKEND`, default cpu) and the matchers. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll } from 'vitest';
import './matchers.js';

beforeAll(async () => {
  await tf.setBackend(process.env.TFJS_BACKEND ?? 'cpu');
  await tf.ready();
});

/** Tensors that tfjs moves to another backend, and back. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { withoutLeaks } from '../../support/leaks.js';
import { onOnnxRuntime } from './engine.js';

onOnnxRuntime();

test('a tensor that was used on cpu in between can be used, derived by and read as before', () =>
  withoutLeaks(() =>
    tf.tidy(() => {
      const x = tf.tensor([1, 2, 3, 4], [2, 2]);
      void tf.setBackend('cpu');
      const there = tf.neg(x);
      void tf.setBackend('onnxruntime');
      const dx = tf.grad((x) => tf.reshape(x, [4]))(x);
      expect([...tf.add(x, there).dataSync()]).toEqual([0, 0, 0, 0]);
      expect([...dx.dataSync()]).toEqual([1, 1, 1, 1]);
      expect([...x.dataSync()]).toEqual([1, 2, 3, 4]);
    }),
  ));

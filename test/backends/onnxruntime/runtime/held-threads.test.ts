/** A debugger that holds new threads, as VS Code's does: training goes on without them, and the user hears why, once. */
import { Session } from 'node:inspector';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { expect, test, vi } from 'vitest';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend } from '../engine.js';
import { expectSameLosses, threeSteps } from '../three-steps.js';

test('training goes on in the thread of the program', () =>
  withoutLeaks(async () => {
    const truth = await threeSteps();
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const session = new Session();
    session.connect();
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: true });
    for (const name of ['held', 'held again']) {
      registerOnnxRuntimeBackend(ort, { name });
      await tf.setBackend(name);
      expectSameLosses(await threeSteps(), truth);
      expect([backend().concurrency, backend().stats().arraysInThreads]).toEqual([1, 0]);
      await tf.setBackend('cpu');
      tf.removeBackend(name);
    }
    expect(warn.mock.calls).toEqual([
      [
        'onnxruntime backend: a debugger holds a new thread (VS Code attaches to threads by itself), and it cannot begin. ' +
          "Training runs in the program's own thread instead, which is slower. Run the program without a debugger to use all " +
          'threads.',
      ],
    ]);
    session.disconnect();
    warn.mockRestore();
  }));

/** A GPU that is lost, as onnxruntime-node tells it: pretended, as nobody can switch a GPU off here. Pages do it in `webgpu.test.ts`. */
import { expect, test } from 'vitest';
import { untilLost } from '../../../../src/backends/onnxruntime/runtime/lost-device.js';
import type { DeviceTensor, SyncRuntime } from '../../../../src/backends/onnxruntime/runtime/runtime.js';

const memory = { enableCpuMemArena: false };

test('the first call that fails is the last, and nothing is freed after it', () => {
  const calls: string[] = [];
  let message: string | undefined;
  const tensor: DeviceTensor = {
    location: 'gpu-buffer',
    type: 'float32',
    dims: [1],
    gpuBuffer: {},
    dispose: () => calls.push('free'),
  };
  const runtime: SyncRuntime = {
    sync: true,
    createSession: () => ({
      run() {
        calls.push('run');
        if (message !== undefined) throw new Error(message);
        return { y: tensor };
      },
      dispose: () => calls.push('dispose'),
    }),
    nextTurn: () => Promise.resolve(),
  };
  const guarded = untilLost(runtime);
  const session = guarded.createSession(new Uint8Array(), memory);
  const [first, second] = [0, 1].map(() => session.run({}, ['y']).y as DeviceTensor);
  first!.dispose();
  expect(calls.splice(0)).toEqual(['run', 'run', 'free']);

  message = 'another error';
  expect(() => session.run({}, ['y'])).toThrow(new Error('another error'));
  message = undefined;
  session.run({}, ['y']);
  message = 'Non-zero status code returned while running Conv node. [Device] is lost.';
  const lost = expect.objectContaining({ code: 'DEVICE_LOST' }) as Error;
  expect(() => session.run({}, ['y'])).toThrow(lost);
  expect(calls.splice(0)).toEqual(['run', 'run', 'run']);
  expect(() => session.run({}, ['y'])).toThrow(lost);
  expect(() => guarded.createSession(new Uint8Array(), memory)).toThrow(lost);
  second!.dispose();
  session.dispose();
  expect(calls).toEqual([]);
});

/** What a loop of thousands of steps must not leave behind at each step. */
import * as tf from '@tensorflow/tfjs';
import { CycleGANTrainer } from 'ts-cyclegan';
import { afterEach, expect, test, vi } from 'vitest';
import { ProgramCache } from '../../../../src/backends/onnxruntime/compiler/program-cache.js';
import { OrtThread } from '../../../../src/backends/onnxruntime/runtime/ort-thread.js';
import { Capture } from '../../../../src/core/capture.js';
import { Random } from '../../../../src/core/random.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { tinyBatch, tinyModel } from '../../../support/tiny.js';
import { onOnnxRuntime } from '../engine.js';

onOnnxRuntime();
afterEach(() => vi.restoreAllMocks());

/** Runs `loop`; gives how often the event loop has had its turn after each of its steps. */
async function turnsOf(loop: (afterStep: () => void) => Promise<void>): Promise<number[]> {
  let turns = 0;
  let goesOn = true;
  const turn = () => {
    turns++;
    if (goesOn) setImmediate(turn);
  };
  setImmediate(turn);
  const seen: number[] = [];
  try {
    await loop(() => void seen.push(turns));
  } finally {
    goesOn = false;
  }
  return seen;
}

const grows = (counts: number[]): boolean => counts.every((count, i) => count > (counts[i - 1] ?? 0));

test('scalars that a thread is fed are no arrays there, and arrays that it is fed leave no ids behind', () =>
  withoutLeaks(() => {
    const write = vi.spyOn(OrtThread.prototype, 'write');
    const capture = new Capture(new Random(0));
    const step = (i: number) =>
      tf.tidy(() => {
        const x = tf.tensor1d([i, i + 1]);
        const compute = () => ({ y: tf.addN([x, ...[1, 2, 3].map((k) => tf.fill([2], k))]) });
        const { y } = capture.run('f', 'f', [{ inputs: [x], variables: [], compute }])[0]!;
        return [...y.dataSync()];
      });
    const run = (from: number, to: number) => {
      for (let i = from; i < to; i++) expect(step(i)).toEqual([i + 6, i + 7]);
    };
    run(0, 100);
    const thread = write.mock.contexts[0] as { kinds: unknown[] };
    const ids = thread.kinds.length;
    run(100, 300);
    expect(write).toHaveBeenCalledTimes(300); // x, once a step
    expect(thread.kinds).toHaveLength(ids);
  }));

test('a program that is used moves nothing in the map of programs', () => {
  const cache = new ProgramCache({ count: 2, bytes: 10 });
  const disposed: string[] = [];
  const programs = ['a', 'b', 'c'].map((signature) => ({
    signature,
    bytes: 1,
    dispose: () => void disposed.push(signature),
  }));
  cache.add(programs[0]!);
  cache.add(programs[1]!);
  const changes = (['set', 'delete', 'clear'] as const).map((name) => vi.spyOn(Map.prototype, name));
  for (let i = 0; i < 100; i++) for (const at of [1, 0]) cache.get(programs[at]!.signature);
  const calls = changes.map(({ mock }) => mock.calls.length);
  vi.restoreAllMocks();
  expect(calls).toEqual([0, 0, 0]);
  cache.add(programs[2]!);
  expect([disposed, cache.get('a'), cache.get('b')]).toEqual([['b'], programs[0], undefined]);
});

test('the event loop has its turn in a loop that waits for nothing but values', () =>
  withoutLeaks(async () => {
    const turns = await turnsOf(async (afterStep) => {
      for (let i = 0; i < 10; i++) {
        const y = tf.square(i);
        expect(await y.data()).toEqual(Float32Array.of(i * i));
        y.dispose();
        afterStep();
      }
    });
    expect(turns).toHaveLength(10);
    expect(turns).toSatisfy(grows);
  }));

test('the event loop has its turn in a loop that waits for nothing but steps of training', () =>
  withoutLeaks(async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { ema: 0.9, seed: 1 });
    const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
    const turns = await turnsOf(async (afterStep) => {
      for (let i = 0; i < 5; i++) {
        await trainer.trainStep(a, b);
        afterStep();
      }
    });
    expect(turns).toHaveLength(5);
    expect(turns).toSatisfy(grows);
    trainer.dispose();
    model.dispose();
    tf.dispose([a, b]);
  }));

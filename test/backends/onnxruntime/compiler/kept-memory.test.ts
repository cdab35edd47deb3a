/** Which sessions keep the memory of a run for the next one. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { expect, test } from 'vitest';
import { KeptMemory } from '../../../../src/backends/onnxruntime/compiler/kept-memory.js';
import { withoutLeaks } from '../../../support/leaks.js';
import { backend, onOnnxRuntime } from '../engine.js';

onOnnxRuntime();

const MiB = 2 ** 20;

/** Runs `body` on a backend of its own. */
async function onOwnBackend(options: OnnxRuntimeBackendOptions, body: () => void): Promise<void> {
  registerOnnxRuntimeBackend(ort, { ...options, name: 'own' });
  await tf.setBackend('own');
  try {
    body();
  } finally {
    tf.removeBackend('own');
    await tf.setBackend('onnxruntime');
  }
}

/** Computes cos(2) + sin(2) for thousands of pairs. */
function run(thousands: number): number {
  return tf.tidy(() => {
    const x = tf.fill([1000 * thousands, 2], 1);
    const y = tf.mul(x, 2);
    return tf.max(tf.add(tf.cos(y), tf.sin(y))).dataSync()[0]!;
  });
}

test('graphs of many sizes keep little memory, however often one after the other is run', () =>
  withoutLeaks(() =>
    onOwnBackend({}, () => {
      const want = Math.cos(2) + Math.sin(2);
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 20; i++) {
          expect(run(200 + i)).toBeCloseTo(want, 6); // 6 to 7 MB each
          expect(backend().stats().bytesKept).toBeLessThanOrEqual(16 * MiB);
        }
      }
      expect(backend().stats()).toMatchObject({ graphsCompiled: 20, runs: 60 });
      const before = backend().stats().bytesKept;
      expect(before).toBeGreaterThan(12 * MiB);
      for (let i = 0; i < 3; i++) run(219);
      expect(backend().stats().bytesKept).toBe(before);
      expect(run(219)).toBeCloseTo(want, 6); // the fifth run in close succession: its session is created again
      const earned = backend().stats().bytesKept;
      expect(earned - before).toBeGreaterThan(3 * MiB);
      for (let i = 0; i < 65; i++) run(219);
      for (let i = 0; i < 5; i++) run(218); // those at the beginning have not run for long
      expect(backend().stats().bytesKept).toBeLessThan(16 * MiB);
      expect(run(200)).toBeCloseTo(want, 6);
      expect(backend().stats()).toMatchObject({ graphsCompiled: 20, sessions: 20 });
    }),
  ));

test.each([
  ['always', 8],
  ['never', 0],
] as const)('keepMemory: %s', (keepMemory, count) =>
  withoutLeaks(() =>
    onOwnBackend({ keepMemory }, () => {
      run(200);
      const one = backend().stats().bytesKept;
      expect(one > 0).toBe(count > 0);
      for (let i = 1; i < 8; i++) run(200 + i);
      for (let i = 0; i < 6; i++) run(200);
      expect(backend().stats().bytesKept).toBeGreaterThanOrEqual(one * count);
      if (count === 0) expect(backend().stats().bytesKept).toBe(0);
    }),
  ),
);

test('a session that is created in place of another keeps memory if that one ran in close succession', () => {
  const kept = new KeptMemory('auto');
  const changes: string[] = [];
  const create = (name: string, peak: number, replaced?: ReturnType<KeptMemory['create']>) =>
    kept.create(peak * MiB, 'recorded', () => changes.push(name), replaced);
  const base = create('base', 100);
  expect(base.keeps).toBe(false);
  for (let i = 0; i < 4; i++) kept.willRun(base);
  expect([create('frozen', 90, base).keeps, kept.bytes, changes]).toEqual([true, 90 * MiB, []]);
  kept.willRun(base);
  expect([base.keeps, kept.bytes, changes]).toEqual([true, 190 * MiB, ['base']]);
  const seldom = create('seldom', 100);
  const rest = create('rest', 2000);
  for (let i = 0; i < 4; i++) {
    kept.willRun(seldom);
    for (let k = 0; k < 16; k++) kept.willRun(rest);
  }
  expect([seldom.keeps, create('its own', 90, seldom).keeps]).toEqual([false, false]);
  // the one that is too large for all kept memory made unused ones release theirs
  expect([rest.keeps, kept.bytes, changes]).toEqual([false, 0, ['base', 'frozen', 'base']]);
});

test('graphs to be replayed keep more at once', () => {
  const kept = new KeptMemory('auto');
  const create = (use: 'recorded' | 'replayed', peak: number) =>
    kept.create(peak * MiB, use, () => undefined);
  const first = create('replayed', 100);
  expect([first.keeps, create('recorded', 1).keeps]).toEqual([true, false]);
  const replayed = create('replayed', 28);
  expect([replayed.keeps, create('replayed', 1).keeps]).toEqual([true, false]);
  kept.remove(first);
  expect([create('recorded', 1).keeps, kept.bytes]).toEqual([false, 28 * MiB]);
  kept.remove(replayed);
  expect([create('recorded', 16).keeps, create('recorded', 1).keeps]).toEqual([true, false]);
});

test('a first large graph to be replayed keeps memory from its first run on, but not more than all may', () => {
  const kept = new KeptMemory('auto');
  const create = (peak: number) => kept.create(peak * MiB, 'replayed', () => undefined);
  expect([create(1281).keeps, create(1280).keeps, create(1).keeps]).toEqual([false, true, false]);
});

test('a graph that is frozen at its fifth run keeps memory then', () =>
  withoutLeaks(() =>
    onOwnBackend({}, () => {
      for (let i = 0; i < 5; i++) run(200 + i); // no room at once for more
      const x = tf.ones<tf.Rank.R4>([1, 96, 96, 3]);
      const w = tf.tensor4d(new Float32Array(27 * 160).fill(1), [3, 3, 3, 160]); // fills are never frozen
      const translate = () => tf.tidy(() => tf.max(tf.relu(tf.conv2d(x, w, 1, 'same'))).dataSync()[0]);
      const before = backend().stats().bytesKept;
      for (let i = 0; i < 4; i++) expect(translate()).toBe(27);
      expect(backend().stats()).toMatchObject({ graphsFrozen: 0, bytesKept: before });
      expect(translate()).toBe(27);
      expect(backend().stats().graphsFrozen).toBe(1);
      expect(backend().stats().bytesKept - before).toBeGreaterThanOrEqual(4 * 96 * 96 * 160);
      tf.dispose([x, w]);
    }),
  ));

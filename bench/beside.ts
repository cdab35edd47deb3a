/**
 * Compares two sets of options of the ONNX Runtime backend. Training steps take turns in one process, so other load of the machine
 * affects both equally.
 */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { engineStats } from './engine-time.js';
import { median } from './measure.js';
import type { Settings } from './settings.js';
import { makeSubject } from './subject.js';

/** Trains with `settings.options` and `settings.beside`. Returns a line for each, and a comparison. */
export async function beside(settings: Settings): Promise<string[]> {
  const sides = [];
  for (const [i, options] of [settings.options, settings.beside].entries()) {
    const name = `onnxruntime ${i + 1}`;
    registerOnnxRuntimeBackend(ort, { ...options, name });
    await tf.setBackend(name);
    const { trainer, a, b } = makeSubject(settings);
    const step = async (): Promise<number> => {
      await tf.setBackend(name);
      const start = performance.now();
      await trainer.trainStep(a, b);
      return performance.now() - start;
    };
    for (let w = 0; w < settings.warmup; w++) await step();
    const times: number[] = [];
    sides.push({ options, step, times, compileMs: engineStats()!.compileMs });
  }
  for (let i = 0; i < settings.steps; i++) for (const { step, times } of sides) times.push(await step());
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const lines = sides.map(
    ({ options, times, compileMs }) =>
      `${nameOf(options)}: step ${ms(median(times))} (from ${ms(Math.min(...times))}), compiling ${ms(compileMs)}`,
  );
  const [first, second] = sides.map(({ times }) => times) as [number[], number[]];
  const ratio = (f: (times: number[]) => number) => (f(first) / f(second)).toFixed(2);
  return [...lines, `medians ${ratio(median)}, the fastest ${ratio((times) => Math.min(...times))}`];
}

const nameOf = (options: OnnxRuntimeBackendOptions | undefined): string => JSON.stringify(options ?? {});

/** How the ONNX Runtime backend spends its time, by its counters. Other backends have no counters. */
import * as tf from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend, OnnxRuntimeStats } from 'ts-cyclegan/backends/onnxruntime';
import { median } from './measure.js';

export function engineStats(): OnnxRuntimeStats | undefined {
  const { stats } = tf.backend() as Partial<Pick<OnnxRuntimeBackend, 'stats'>>;
  return stats?.call(tf.backend() as unknown as OnnxRuntimeBackend);
}

/** Milliseconds that operations take outside of ONNX Runtime: in JavaScript. */
export function outsideOfEngine(): {
  measure: (operation: () => Promise<void>) => Promise<void>;
  /** The median of operations `from` to `to`, the latter not included. */
  median: (from: number, to: number) => number | undefined;
} {
  const times: number[] = [];
  const engine = (): number | undefined => {
    const stats = engineStats();
    return stats && stats.runMs + stats.compileMs;
  };
  return {
    async measure(operation) {
      const [before, start] = [engine(), performance.now()];
      await operation();
      const [after, end] = [engine(), performance.now()];
      if (before !== undefined && after !== undefined) times.push(end - start - (after - before));
    },
    median: (from, to) => (times.length < to ? undefined : median(times.slice(from, to))),
  };
}

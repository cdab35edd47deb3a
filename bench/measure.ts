/** Measures something that runs on tfjs: time by medians, kernels and memory by tfjs' own profile of one run. */
import * as tf from '@tensorflow/tfjs';

/** Figures of one operation. */
export interface Figures {
  medianMs: number;
  minMs: number;
  maxMs: number;
  /** Kernels that one run calls. */
  kernels: number;
  /** The most bytes in tensors during one run, and how many tensors there were then at most. */
  peakBytes: number;
  peakTensors: number;
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;

/** Runs `operation`, which must wait for its result, `warmup` times and then `count` times with the clock on. */
export async function measure(
  operation: () => Promise<void>,
  count: number,
  warmup: number,
): Promise<Figures> {
  for (let i = 0; i < warmup; i++) await operation();
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const before = performance.now();
    await operation();
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  const middle = times.length >> 1;
  const median = times.length % 2 === 1 ? times[middle]! : (times[middle - 1]! + times[middle]!) / 2;
  const profile = await profiled(operation);
  return { medianMs: rounded(median), minMs: rounded(times[0]!), maxMs: rounded(times.at(-1)!), ...profile };
}

/** Kernels, bytes and tensors of one run. tfjs tells bytes and tensors after each kernel. */
async function profiled(
  operation: () => Promise<void>,
): Promise<Pick<Figures, 'kernels' | 'peakBytes' | 'peakTensors'>> {
  const { kernels, peakBytes } = await tf.profile(operation);
  const peakTensors = Math.max(...kernels.map((kernel) => kernel.totalTensorsSnapshot));
  return { kernels: kernels.length, peakBytes, peakTensors };
}

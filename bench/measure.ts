/** Measures an operation on tfjs: the median time, and kernels and memory from tfjs' profile of one run. */
import * as tf from '@tensorflow/tfjs';

/** Results for one operation. */
export interface Figures {
  medianMs: number;
  minMs: number;
  maxMs: number;
  /** Number of kernel calls in one run. */
  kernels: number;
  /** Maximum bytes and number of tensors during one run. */
  peakBytes: number;
  peakTensors: number;
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;

/** The median of times, rounded to 0.01 ms. */
export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return rounded(sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2);
}

/** Runs `operation`, which must await its result, `warmup` times, then measures `count` runs. */
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
  const [minMs, maxMs] = [rounded(Math.min(...times)), rounded(Math.max(...times))];
  return { medianMs: median(times), minMs, maxMs, ...(await profiled(operation)) };
}

/** Kernels, bytes and tensors of one run. tfjs reports bytes and tensors after each kernel. */
async function profiled(
  operation: () => Promise<void>,
): Promise<Pick<Figures, 'kernels' | 'peakBytes' | 'peakTensors'>> {
  tf.env().set('CHECK_COMPUTATION_FOR_ERRORS', false); // otherwise tfjs reads the output of each kernel
  const { kernels, peakBytes } = await tf.profile(operation);
  const peakTensors = Math.max(...kernels.map((kernel) => kernel.totalTensorsSnapshot));
  return { kernels: kernels.length, peakBytes, peakTensors };
}

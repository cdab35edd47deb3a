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

/** The median of some times, in hundredths of a millisecond. */
export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return rounded(sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2);
}

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
  const [minMs, maxMs] = [rounded(Math.min(...times)), rounded(Math.max(...times))];
  return { medianMs: median(times), minMs, maxMs, ...(await profiled(operation)) };
}

/** Kernels, bytes and tensors of one run. tfjs tells bytes and tensors after each kernel. */
async function profiled(
  operation: () => Promise<void>,
): Promise<Pick<Figures, 'kernels' | 'peakBytes' | 'peakTensors'>> {
  tf.env().set('CHECK_COMPUTATION_FOR_ERRORS', false); // or tfjs reads what every kernel gives
  const { kernels, peakBytes } = await tf.profile(operation);
  const peakTensors = Math.max(...kernels.map((kernel) => kernel.totalTensorsSnapshot));
  return { kernels: kernels.length, peakBytes, peakTensors };
}

/** Runs programs, on any backend. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { cleanly } from './cleanly.js';
import { elsewhere, noise } from './drawing.js';
import { type Program } from './program.js';
import { useSync } from './use-sync.js';

/** A tensor that a program showed. */
export interface Shown {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: ArrayLike<number | string>;
}

/** What a program showed; an error, if it threw. */
export interface Outcome {
  readonly shown: readonly Shown[];
  readonly error?: unknown;
}

/** Runs a program on a backend. `wrap` may stand between it and tfjs. */
export function execute(
  program: Program,
  backend: string,
  wrap: (f: typeof tf) => unknown = (f) => f,
): Outcome {
  if (tf.getBackend() !== backend && !useSync(backend)) throw new Error(`backend "${backend}" is not there`);
  const shown: Shown[] = [];
  const body = program.map((line) => line.replace(/^show\((\w+)\);$/, `show($1, '$1');`)).join('\n');
  try {
    const run = () => {
      const show = (x: tf.Tensor, name: string) => {
        const values = Array.from(x.dataSync() as ArrayLike<number | string>);
        shown.push({ name, shape: x.shape, dtype: x.dtype, values });
      };
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- programs are text
      (new Function('tf', 'noise', 'elsewhere', 'show', body) as (...args: unknown[]) => void)(
        wrap(tf),
        noise,
        elsewhere,
        show,
      );
    };
    cleanly(() => tf.tidy(run));
    return { shown };
  } catch (error) {
    return { shown, error };
  } finally {
    tf.disposeVariables();
  }
}

/** Makes a backend anew: after an error nothing of it may stay. */
export function renew(name: string): void {
  tf.removeBackend(name);
  registerOnnxRuntimeBackend(ort, { name, winograd: name === 'onnxruntime' ? 'auto' : 'always' });
}

/**
 * The Worker of `connectWorker`: translates and trains, so that the page stays smooth.
 *
 * @module ts-cyclegan/browser/worker
 */
import * as tf from '@tensorflow/tfjs-core';
import { expose } from 'comlink';
import type { EngineChoice, EnginePurpose } from '../engines/engine.js';
import { type EngineOptions, useBestEngine } from '../engines/use-best-engine.js';
import type { WorkerFunctions } from './protocol.js';
import { sending } from './sent-error.js';
import { training } from './training.js';
import { translators } from './translators.js';

/**
 * Makes a Worker serve `connectWorker` of `ts-cyclegan/browser`. The file of the Worker needs nothing else.
 *
 * @example
 * ```ts
 * import { serve } from 'ts-cyclegan/browser/worker';
 * serve();
 * ```
 */
export function serve(): void {
  let engine: Promise<EngineChoice> | undefined;
  const choose = (options: EngineOptions): Promise<EngineChoice> => {
    engine = useBestEngine(options);
    engine.catch(() => (engine = undefined)); // the next call tries again
    return engine;
  };
  /** Starts an engine unless the page has chosen one. */
  const ready = (purpose: EnginePurpose) => () => engine ?? choose({ purpose });
  const functions: WorkerFunctions = {
    useBestEngine: choose,
    memory() {
      const { numTensors, numBytes } = tf.memory();
      return Promise.resolve({ numTensors, numBytes });
    },
    ...translators(ready('translation')),
    ...training(ready('training')),
  };
  const entries = Object.entries(functions) as [string, (...args: unknown[]) => Promise<unknown>][];
  expose(
    Object.fromEntries(
      entries.map(([name, run]) => [name, (...args: unknown[]) => sending(() => run(...args))]),
    ),
  );
}

/** The options of `runFolder`. */
import { flag, optional, satisfying, wholeNumber, withDefault } from '../../core/options.js';
import type { Keep } from './checkpoints.js';
import type { RunEvaluation } from './evaluation.js';
import type { RunSamples } from './samples.js';

/** Options of {@link runFolder}. */
export interface RunFolderOptions {
  /**
   * Steps between two checkpoints. A checkpoint is also written when training ends.
   * @default 500
   */
  checkpointEvery?: number;
  /**
   * How many of the newest checkpoints are kept.
   * @default 3
   */
  keep?: number;
  /**
   * Checkpoints at multiples of this number of steps are kept forever.
   * @default none
   */
  keepEvery?: number;
  /** The images of the sheets in `samples/`. Without them, only GANs write sheets. */
  samples?: RunSamples;
  /**
   * Steps between two sheets of samples.
   * @default 200
   */
  sampleEvery?: number;
  /**
   * Test pairs on which the model is measured while it is trained. `metrics.jsonl`, the event files and the page of `watch` then have
   * `test_l1`, `test_psnr`, `test_ssim` and `test_cycle`, for values from 0 to 1; of a CycleGAN with `_A` for A to B and `_B` for B to A.
   * @default nothing is measured
   */
  evaluate?: RunEvaluation;
  /**
   * Whether to write event files for TensorBoard.
   * @default true
   */
  tensorBoard?: boolean;
  /**
   * Whether the event files contain histograms of all weights, with each sheet of samples.
   * @default false
   */
  histograms?: boolean;
  /**
   * More content of `config.json`, as plain data: where the images are, for example.
   * @default nothing
   */
  info?: Readonly<Record<string, unknown>>;
}

const plainObject = <T>(phrase: string) =>
  satisfying<T>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), phrase);

/** Schemas of {@link RunFolderOptions}. */
export const runFolderEntries = {
  checkpointEvery: withDefault(wholeNumber(1), 500),
  keep: withDefault(wholeNumber(1), 3),
  keepEvery: optional(wholeNumber(1)),
  samples: optional(plainObject<RunSamples>('an object { A, B }, { pairs } or { count }')),
  sampleEvery: withDefault(wholeNumber(1), 200),
  evaluate: optional(plainObject<RunEvaluation>('an object { pairs, every, count }')),
  tensorBoard: withDefault(flag(), true),
  histograms: withDefault(flag(), false),
  info: withDefault(plainObject<Readonly<Record<string, unknown>>>('an object of plain data'), {}),
};

/** Resolved options. */
export type RunSettings = Required<Omit<RunFolderOptions, 'samples' | 'keepEvery' | 'evaluate'>> &
  Keep & { samples?: RunSamples; evaluate?: RunEvaluation };

/** The callback that writes the samples of a run folder: sheets, and the statistics of their images. */
import * as tf from '@tensorflow/tfjs-core';
import type { ImageSource } from '../../data/images.js';
import type { PairSource } from '../../data/pairs.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { writeFileAtomically } from '../files/write-file.js';
import { sheetsOfNoise } from '../sheets/generated-sheets.js';
import { sheetsOfPairs } from '../sheets/pair-sheets.js';
import { oneSidedSheets, translationSheets } from '../sheets/sample-sheets.js';
import type { OnSheet, SheetExtras } from '../sheets/sheet-callback.js';
import type { PatientWrites } from './patient-writes.js';
import { sampleStats, type SampleStats } from './sample-stats.js';

/** The images of the sheets of a run. Each sheet shows the same images. */
export interface RunSamples {
  /** CycleGAN and CUT: held-out images of A, all of the same size. */
  A?: ImageSource | readonly tf.Tensor3D[];
  /** CycleGAN: held-out images of B, likewise. */
  B?: ImageSource | readonly tf.Tensor3D[];
  /** pix2pix: held-out pairs. */
  pairs?: PairSource | readonly (readonly [input: tf.Tensor3D, target: tf.Tensor3D])[];
  /**
   * How many images of each kind are shown, from the first on; for a GAN, how many are generated.
   * @default 4; 16 for a GAN
   */
  count?: number;
  /**
   * The factor by which images are enlarged on the sheets.
   * @default 1
   */
  scale?: number;
}

/** Called with each sheet. */
type OnRunSheet = (step: number, file: string) => Promise<void>;

/** Where sheets go. */
export interface SheetTarget {
  folder: string;
  /** Steps between two sheets. */
  every: number;
  writes: PatientWrites;
  onSheet: OnRunSheet;
}

/** Writes the statistics of a sheet next to it. `of` computes those of a group of its images. */
const withStats =
  (
    { writes, onSheet }: SheetTarget,
    of: (group: readonly tf.Tensor4D[], index: number) => Promise<SampleStats>,
  ): OnSheet =>
  async (groups, { step }, file) => {
    const stats: SampleStats[] = [];
    for (const [i, group] of groups.entries()) stats.push(await of(group, i));
    const path = file.replace(/\.png$/, '.json');
    await writes.until('samples', () => writeFileAtomically(path, `${JSON.stringify({ step, stats })}\n`));
    await onSheet(step, file);
  };

/** A callback that writes sheets of a run. */
export function runSamples(
  target: SheetTarget,
  algorithm: string,
  { A, B, pairs, ...rest }: RunSamples,
): TrainerCallback {
  const { folder, every, writes } = target;
  const sheets = { ...rest, every };
  const extras = (onSheet: OnSheet): SheetExtras => ({
    onSheet,
    attempt: (write) => writes.until('samples', write),
  });
  if (pairs !== undefined) {
    const stats = withStats(target, ([inputs, fakes]) => sampleStats(inputs, fakes!));
    return sheetsOfPairs(folder, { pairs, ...sheets }, extras(stats));
  }
  if (algorithm.startsWith('gan')) {
    const stats = withStats(target, async (columns) => {
      const fakes = tf.concat([...columns]);
      return await sampleStats(undefined, fakes).finally(() => fakes.dispose());
    });
    return sheetsOfNoise(folder, sheets, extras(stats));
  }
  if (algorithm === 'cut') {
    const stats = withStats(target, ([inputs, fakes]) => sampleStats(inputs, fakes!));
    return oneSidedSheets(folder, { ...(A && { A }), ...sheets }, extras(stats));
  }
  const directions = [
    ...(A === undefined ? [] : ['AtoB' as const]),
    ...(B === undefined ? [] : ['BtoA' as const]),
  ];
  const stats = withStats(target, async ([inputs, fakes], i) => ({
    direction: directions[i]!,
    ...(await sampleStats(inputs, fakes!)),
  }));
  return translationSheets(folder, { ...(A && { A }), ...(B && { B }), ...sheets }, extras(stats));
}

/** FID, KID and nearest neighbours of translated images, from features that arrive one image at a time. */
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureExtractor } from '../../metrics/extractor.js';
import type { FeatureData } from '../../metrics/features.js';
import { fid } from '../../metrics/fid.js';
import { kid } from '../../metrics/kid.js';
import { type Neighbour, nearestNeighbours } from '../../metrics/neighbours.js';
import { FeatureStatistics } from '../../metrics/statistics.js';
import type { FeatureFigures } from './report.js';

/** KID uses at most this many images of each set: its time grows with their square. */
export const mostKidImages = 1000;
/** Images that a feature network computes at once. */
const batchSize = 16;

/** Features of a growing set of images. */
export interface FeatureSet {
  /** Adds an image, which stays the caller's. */
  add(image: tf.Tensor3D): Promise<void>;
  /** Adds the rest, which waits for a full batch. */
  finish(): Promise<void>;
  /** Disposes of images that wait. */
  dispose(): void;
  readonly statistics: FeatureStatistics;
  /** The features of the first images, one array each; of all if `keepAll`. */
  readonly kept: readonly Float32Array[];
}

/** Collects features. */
export function featureSet(extractor: FeatureExtractor, keepAll: boolean): FeatureSet {
  const statistics = new FeatureStatistics();
  const kept: Float32Array[] = [];
  let waiting: tf.Tensor3D[] = [];
  const flush = async () => {
    if (waiting.length === 0) return;
    const images = waiting;
    waiting = [];
    const batch = tf.stack(images) as tf.Tensor4D;
    tf.dispose(images);
    const rows = await extractor.extract(batch).finally(() => batch.dispose());
    await statistics.add(rows);
    const [count, size] = rows.shape;
    for (let i = 0; i < count && (keepAll || kept.length < mostKidImages); i++) {
      kept.push(Float32Array.from(rows.data.subarray(i * size, (i + 1) * size)));
    }
  };
  return {
    statistics,
    kept,
    async add(image) {
      if (waiting[0] !== undefined && waiting[0].shape.join() !== image.shape.join()) await flush();
      waiting.push(tf.clone(image));
      if (waiting.length === batchSize) await flush();
    },
    finish: flush,
    dispose: () => tf.dispose(waiting),
  };
}

/** Rows of the same size as one array. */
export function asRows(rows: readonly Float32Array[]): FeatureData {
  const size = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, i) => data.set(row, i * size));
  return { data, shape: [rows.length, size] };
}

/** FID and KID; undefined for fewer than two images of a set. */
export async function figuresOf(fakes: FeatureSet, real: FeatureSet): Promise<FeatureFigures | undefined> {
  if (fakes.statistics.count < 2 || real.statistics.count < 2) return undefined;
  const [a, b] = [real, fakes].map(({ kept }) => asRows(kept.slice(0, mostKidImages))) as [FeatureData, FeatureData]; // prettier-ignore
  return {
    fid: fid(real.statistics, fakes.statistics),
    kid: (await kid(a, b)).value,
    fakes: fakes.statistics.count,
    real: real.statistics.count,
    kidImages: Math.min(a.shape[0], b.shape[0]),
  };
}

/** The nearest references of the fakes and of real images, and the medians of their distances. */
export async function nearestOf(
  fakes: FeatureSet,
  real: FeatureSet,
  references: AsyncIterable<FeatureData>,
): Promise<{ nearest: Neighbour[]; fakes: number; real: number | null }> {
  const all = await nearestNeighbours(asRows([...fakes.kept, ...real.kept]), references);
  const [nearest, ofReal] = [all.slice(0, fakes.kept.length), all.slice(fakes.kept.length)];
  return { nearest, fakes: medianOf(nearest)!, real: medianOf(ofReal) };
}

function medianOf(neighbours: readonly Neighbour[]): number | null {
  const sorted = neighbours.map(({ distance }) => distance).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? null;
}

/** Pixels as features: images of 32 × 32 pixels, distances are root mean squares of differences from 0 to 2. */
export const pixelExtractor: FeatureExtractor = {
  name: 'pixels',
  convention: 'pixels of images resized to 32 × 32, root mean square of the differences of values in [-1, 1]',
  async extract(images) {
    const small = tf.tidy(() => {
      const resized = tf.image.resizeBilinear(images, [32, 32], false, true);
      return tf.div(resized, Math.sqrt(resized.size / images.shape[0]));
    });
    try {
      const size = small.size / images.shape[0];
      return { data: Float32Array.from(await small.data<'float32'>()), shape: [images.shape[0], size] };
    } finally {
      small.dispose();
    }
  },
};

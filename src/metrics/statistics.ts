/** Mean and covariance of features that arrive in batches. */
import { CycleGANError } from '../core/errors.js';
import { checkSameSize, type Features, featuresOf } from './features.js';
import { addGram } from './linear-algebra/products.js';

/** Rows that are added at once: few enough that their columns stay in the cache of a processor core. */
const blockRows = 127;

/**
 * Mean and covariance of the features of any number of images, in double precision. Images are added in batches; memory depends on
 * the size of the features only: 8 size² bytes, 34 MB for 2,048 features.
 *
 * Batches are joined as in Chan, Golub and LeVeque (1979), so that features far from 0 lose no precision.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { FeatureStatistics, fid } from 'ts-cyclegan/metrics';
 * const [real, fake] = [new FeatureStatistics(), new FeatureStatistics()];
 * for (let batch = 0; batch < 4; batch++) {
 *   const features = tf.randomNormal<tf.Rank.R2>([8, 16], 0, 1, 'float32', batch);
 *   await real.add(features);
 *   await fake.add(features);
 *   features.dispose();
 * }
 * console.log(fid(real, fake).toFixed(3), real.count); // 0.000 32
 * ```
 */
export class FeatureStatistics {
  #count = 0;
  #mean: Float64Array | undefined;
  /** The upper triangle of Σ (x − mean)(x − mean)ᵀ. */
  #scatter: Float64Array | undefined;

  /** How many images were added. */
  get count(): number {
    return this.#count;
  }

  /** Features of each image; 0 before the first batch. */
  get size(): number {
    return this.#mean?.length ?? 0;
  }

  /**
   * Adds a batch.
   *
   * @param features a tensor [count, size], or plain data
   * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_A_NUMBER`
   */
  async add(features: Features): Promise<void> {
    const where = 'FeatureStatistics.add';
    const { data, shape } = await featuresOf(where, 'features', features);
    const [count, size] = shape;
    this.#open(where, size);
    for (let row = 0; row < count; row += blockRows) {
      this.#addBlock(data.subarray(row * size, Math.min(row + blockRows, count) * size));
    }
  }

  /**
   * Adds all images of other statistics, which stay as they are.
   *
   * @throws CycleGANError `INVALID_SHAPE`
   */
  merge(other: FeatureStatistics): void {
    if (other.#mean === undefined || other.#scatter === undefined) return;
    this.#open('FeatureStatistics.merge', other.size);
    const scatter = this.#scatter!;
    const size = this.size;
    const { shift, weight } = this.#join(other.#mean, other.#count);
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        scatter[i * size + j]! += other.#scatter[i * size + j]! + weight * shift[i]! * shift[j]!;
      }
    }
  }

  /**
   * The mean of each feature.
   *
   * @throws CycleGANError `INVALID_DATA` before the first image
   */
  mean(): Float64Array {
    if (this.#mean === undefined || this.#count === 0) throw tooFew('mean', 1, this.#count);
    return this.#mean.slice();
  }

  /**
   * The covariance of the features, [size, size], divided by count − 1.
   *
   * @throws CycleGANError `INVALID_DATA` for fewer than two images
   */
  covariance(): Float64Array {
    if (this.#count < 2) throw tooFew('covariance', 2, this.#count);
    const size = this.size;
    const result = this.#scatter!.slice();
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        result[i * size + j]! /= this.#count - 1;
        result[j * size + i] = result[i * size + j]!;
      }
    }
    return result;
  }

  #open(where: string, size: number): void {
    if (this.#mean !== undefined) checkSameSize(where, this.size, size);
    this.#mean ??= new Float64Array(size);
    this.#scatter ??= new Float64Array(size * size);
  }

  /** The rank-one part of the joined scatter is a further row of the block. */
  #addBlock(rows: Float32Array | Float64Array): void {
    const size = this.size;
    const count = rows.length / size;
    const mean = new Float64Array(size);
    for (let i = 0; i < rows.length; i++) mean[i % size]! += rows[i]! / count;
    const { shift, weight } = this.#join(mean, count);
    const stride = count + 1;
    const columns = new Float64Array(size * stride);
    for (let i = 0; i < size; i++) {
      for (let row = 0; row < count; row++) columns[i * stride + row] = rows[row * size + i]! - mean[i]!;
      columns[i * stride + count] = Math.sqrt(weight) * shift[i]!;
    }
    addGram(this.#scatter!, columns, size, stride);
  }

  /** Joins the means. The scatter of all images has an additional `weight · shift shiftᵀ`. */
  #join(mean: Float64Array, count: number): { shift: Float64Array; weight: number } {
    const all = this.#count + count;
    const own = this.#mean!;
    const shift = mean.map((value, i) => value - own[i]!);
    const weight = all === 0 ? 0 : (this.#count * count) / all;
    if (all > 0) for (let i = 0; i < own.length; i++) own[i]! += (shift[i]! * count) / all;
    this.#count = all;
    return { shift, weight };
  }
}

const tooFew = (method: string, needed: number, count: number) =>
  new CycleGANError(
    'INVALID_DATA',
    `FeatureStatistics.${method}: expected the features of at least ${needed} image${needed === 1 ? '' : 's'}, got ${count}. Call add first.`,
  );

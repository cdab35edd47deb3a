/**
 * The history of generated pictures that discriminators learn from (Shrivastava et al. 2017; P's
 * `util/image_pool.py`): they see fakes of earlier generators too, which keeps both from chasing each other.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { resolveOptions, wholeNumber } from '../core/options.js';
import type { RandomSource } from '../core/random.js';
import { keptTensor, tensorData, type TensorData } from './tensor-data.js';

/** Plain data: what a pool holds. */
export interface ImagePoolState {
  /** The pictures, each [1, H, W, C], in their places. */
  images: TensorData[];
}

/**
 * A pool of fakes, one for each domain.
 *
 * @throws CycleGANError `INVALID_OPTION`
 */
export class ImagePool {
  readonly #size: number;
  readonly #random: RandomSource;
  #images: tf.Tensor4D[] = [];
  /** The pictures that came last, stored or not: an engine that compiles computes them in either case. */
  #last: tf.Tensor4D[] = [];

  /** @param size how many pictures it holds: 50 in P; 0 gives back what it is given */
  constructor(size: number, random: RandomSource) {
    this.#size = resolveOptions('ImagePool', { size: wholeNumber(0) }, { size }).size;
    this.#random = random;
  }

  /**
   * Picture by picture: while the pool is not full, stores the new one and returns it; then with
   * probability ½ returns a stored one and puts the new one in its place, else returns the new one.
   *
   * @param images [B, H, W, C]; they stay the caller's
   * @returns [B, H, W, C], the caller's too
   */
  query(images: tf.Tensor4D): tf.Tensor4D {
    if (this.#size === 0) return tf.clone(images);
    return tf.tidy(() => {
      const batch = images.shape[0] === 1 ? [images] : tf.split<tf.Tensor4D>(images, images.shape[0]);
      const fresh = batch.map((image) => tf.keep(tf.clone(image)));
      const returned = fresh.map((image) => this.#exchange(image));
      const old = returned.map((image) => (fresh.includes(image) ? undefined : image));
      tf.dispose(this.#last);
      this.#last = fresh.map((image) => (this.#images.includes(image) ? tf.keep(tf.clone(image)) : image));
      try {
        return choose(images, fresh, returned, old);
      } finally {
        for (const image of old) image?.dispose();
      }
    });
  }

  /** Takes a picture in, or not; gives it back, or the stored one whose place it takes. */
  #exchange(image: tf.Tensor4D): tf.Tensor4D {
    if (this.#images.length < this.#size) {
      this.#images.push(image);
      return image;
    }
    if (this.#random.uniform() <= 0.5) return image;
    const place = this.#random.index(this.#size);
    const stored = this.#images[place]!;
    this.#images[place] = image;
    return stored;
  }

  /** Copies of the pictures. */
  async state(): Promise<ImagePoolState> {
    return { images: await Promise.all(this.#images.map(tensorData)) };
  }

  /**
   * Goes on from a {@link ImagePool.state}. The random source has a state of its own.
   *
   * @throws CycleGANError `INVALID_STATE` for more pictures than it holds
   */
  restore(state: ImagePoolState): void {
    if (state.images.length > this.#size) {
      throw new CycleGANError(
        'INVALID_STATE',
        `ImagePool.restore: the pool holds ${this.#size} pictures, the state ${state.images.length}. ` +
          `Use a pool of the size that the state comes from.`,
      );
    }
    this.dispose();
    this.#images = state.images.map((image) => keptTensor(image) as tf.Tensor4D);
  }

  /** Empties the pool. */
  dispose(): void {
    tf.dispose([this.#images, this.#last]);
    this.#images = [];
    this.#last = [];
  }
}

/**
 * The returned pictures as a batch. Which these are goes in as numbers, so that an engine that compiles what it
 * computes sees the same computation whatever was drawn.
 *
 * @param fresh the pictures of `images`, one by one
 * @param old those of `returned` that are not among `fresh`
 */
function choose(
  images: tf.Tensor4D,
  fresh: readonly tf.Tensor4D[],
  returned: readonly tf.Tensor4D[],
  old: readonly (tf.Tensor4D | undefined)[],
): tf.Tensor4D {
  const [, ...size] = images.shape;
  if (old.some((image) => image !== undefined && image.shape.slice(1).join() !== size.join())) {
    return tf.concat([...returned]); // of other sizes: batches of one
  }
  const all = tf.concat([images, ...old.map((image) => image ?? tf.zeros<tf.Rank.R4>([1, ...size]))]);
  const places = returned.map((image, i) => (old[i] === undefined ? fresh.indexOf(image) : fresh.length + i));
  return tf.gather(all, tf.tensor1d(places, 'int32'));
}

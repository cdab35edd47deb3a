/**
 * A pool of earlier fakes for discriminators (Shrivastava et al. 2017; PyTorch: `util/image_pool.py`). It makes training
 * oscillate less, as discriminators also see fakes of earlier steps.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { resolveOptions, show, wholeNumber } from '../../core/options.js';
import type { RandomSource } from '../../core/random.js';
import * as v from 'valibot';
import type { Stateful } from '../engine/algorithm.js';
import { checkForm, tensor } from '../engine/state-form.js';
import { tensorData, type TensorData, tensorsOfData } from '../engine/tensor-data.js';
import { holding, type Transaction } from '../engine/transaction.js';

/** The contents of a pool, as plain data. */
export interface ImagePoolState {
  /** The images by position, each [1, H, W, C]. */
  images: TensorData[];
}

const poolState = v.object({
  images: v.array(
    v.pipe(
      tensor(),
      v.check(
        ({ shape }) => shape.length === 4 && shape[0] === 1 && !shape.includes(0),
        ({ input }) => `must have shape [1, height, width, channels], got ${show(input.shape)}.`,
      ),
    ),
  ),
});

/**
 * A pool of fakes of one domain.
 *
 * @throws CycleGANError `INVALID_OPTION`
 */
export class ImagePool {
  readonly #size: number;
  readonly #random: RandomSource;
  #images: tf.Tensor4D[] = [];
  /** The latest images, stored or not. Keeping both makes the computation the same for each draw, so it compiles once. */
  #last: tf.Tensor4D[] = [];

  /** @param size the capacity: 50 in PyTorch; with 0, `query` returns its input */
  constructor(size: number, random: RandomSource) {
    this.#size = resolveOptions('ImagePool', { size: wholeNumber(0) }, { size }).size;
    this.#random = random;
  }

  /**
   * Replaces some images of a batch by images of the pool. While the pool is not full, each new image is stored and returned.
   * Then, with probability ½, the new image replaces a random stored one, which is returned; otherwise the new one is
   * returned. If the stored image has another size and sizes must agree, it is replaced but the new one is returned.
   *
   * @param images [B, H, W, C]; they stay the caller's
   * @param sameSize whether returned images must have the size of `images`; in batches of two or more, they always must
   * @returns [B, H, W, C]; the caller disposes it
   */
  query(images: tf.Tensor4D, sameSize = false): tf.Tensor4D {
    if (this.#size === 0) return tf.clone(images);
    const stored = [...this.#images];
    const anySize = !sameSize && images.shape[0] === 1;
    const fits = (image: tf.Tensor4D) =>
      anySize || tf.util.arraysEqual(image.shape.slice(1), images.shape.slice(1));
    let fresh: tf.Tensor4D[] = [];
    try {
      return tf.tidy(() => {
        const batch = images.shape[0] === 1 ? [images] : tf.split<tf.Tensor4D>(images, images.shape[0]);
        fresh = batch.map((image) => tf.keep(tf.clone(image)));
        const returned = fresh.map((image) => this.#exchange(stored, image, fits));
        const answer = choose(images, fresh, returned, this.#images);
        const last = fresh.map((image) => (stored.includes(image) ? tf.keep(tf.clone(image)) : image));
        const gone = [...this.#last, ...this.#images.filter((image) => !stored.includes(image))];
        [this.#images, this.#last] = [stored, last];
        tf.dispose(gone);
        return answer;
      });
    } catch (error) {
      tf.dispose(fresh);
      throw error;
    }
  }

  /** May put an image into `stored`. Returns the image, or the stored one that it replaces. */
  #exchange(stored: tf.Tensor4D[], image: tf.Tensor4D, fits: (image: tf.Tensor4D) => boolean): tf.Tensor4D {
    if (stored.length < this.#size) {
      stored.push(image);
      return image;
    }
    if (this.#random.uniform() <= 0.5) return image;
    const place = this.#random.index(this.#size);
    const before = stored[place]!;
    stored[place] = image;
    return fits(before) ? before : image;
  }

  /** Returns copies of the images. */
  async state(): Promise<ImagePoolState> {
    return { images: await Promise.all(this.#images.map(tensorData)) };
  }

  /**
   * Refuses a state that this pool cannot restore.
   *
   * @throws CycleGANError `INVALID_STATE` for damaged images, or more images than the pool can hold
   */
  check(where: string, state: unknown): asserts state is ImagePoolState {
    checkForm(where, poolState, state);
    const { images } = state as ImagePoolState;
    if (images.length > this.#size) {
      throw new CycleGANError(
        'INVALID_STATE',
        `${where}: the pool can hold ${this.#size} images, the state has ${images.length}. ` +
          `Use the pool size that the state was saved with.`,
      );
    }
  }

  /**
   * This pool as a stateful part of an algorithm. States whose images have other channels are refused.
   *
   * @internal
   */
  ofChannels(channels: number): Stateful {
    return {
      state: () => this.state(),
      check: (where, state) => {
        this.check(where, state);
        const other = state.images.findIndex(({ shape }) => shape[3] !== channels);
        if (other < 0) return;
        throw new CycleGANError(
          'INVALID_STATE',
          `${where}: images.${other} must have ${channels} channels, got ${state.images[other]!.shape[3]}.`,
        );
      },
      restore: (state) => {
        this.restore(state as ImagePoolState);
      },
      begin: () => this.begin(),
      dispose: () => {
        this.dispose();
      },
    };
  }

  /**
   * Resumes from the result of {@link ImagePool.state}. The state of the random source is separate.
   *
   * @throws CycleGANError `INVALID_STATE` for damaged images, or more images than the pool can hold
   */
  restore(state: ImagePoolState): void {
    this.check('ImagePool.restore', state);
    const images = tensorsOfData(state.images) as tf.Tensor4D[];
    this.dispose();
    this.#images = images;
  }

  /**
   * Begins a transaction of the contents.
   *
   * @internal
   */
  begin(): Transaction {
    const count = this.#images.length;
    return holding([...this.#images, ...this.#last], (held) => {
      this.dispose();
      this.#images = held.slice(0, count) as tf.Tensor4D[];
      this.#last = held.slice(count) as tf.Tensor4D[];
    });
  }

  /** Empties the pool. */
  dispose(): void {
    tf.dispose([this.#images, this.#last]);
    this.#images = [];
    this.#last = [];
  }
}

/**
 * The returned images as a batch. The choice is an input of the computation (indices of a gather), so that a compiled
 * computation serves all draws. It always gets an old image for each fresh one, whether it chooses it or not.
 *
 * @param fresh the images of the batch `images`, one by one
 * @param returned images of `fresh` and stored images
 * @param stored images that may serve as old ones that are not chosen; zeros would be moved to a GPU at each step
 */
function choose(
  images: tf.Tensor4D,
  fresh: readonly tf.Tensor4D[],
  returned: readonly tf.Tensor4D[],
  stored: readonly tf.Tensor4D[],
): tf.Tensor4D {
  const [first] = returned;
  const [, ...size] = images.shape;
  if (!tf.util.arraysEqual(first!.shape.slice(1), size)) return tf.clone(first!); // a batch of one
  const unused = stored.filter(
    (image) => !returned.includes(image) && tf.util.arraysEqual(image.shape.slice(1), size),
  );
  const old = returned.map((image) =>
    fresh.includes(image) ? (unused.pop() ?? tf.zeros<tf.Rank.R4>([1, ...size])) : image,
  );
  const places = returned.map((image, i) =>
    fresh.includes(image) ? fresh.indexOf(image) : fresh.length + i,
  );
  return tf.gather(tf.concat([images, ...old]), tf.tensor1d(places, 'int32'));
}

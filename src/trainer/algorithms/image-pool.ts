/**
 * The history of generated pictures that discriminators learn from (Shrivastava et al. 2017; P's
 * `util/image_pool.py`): they see fakes of earlier generators too, which keeps both from chasing each other.
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

/** Plain data: what a pool holds. */
export interface ImagePoolState {
  /** The pictures, each [1, H, W, C], in their places. */
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
   * Image by image: while the pool is not full, stores the new one and returns it; then with
   * probability ½ puts the new one in the place of a stored one and returns that, else returns the new one.
   * A stored image of another size makes way too, but the new one is returned where sizes have to agree.
   *
   * @param images [B, H, W, C]; they stay the caller's
   * @param sameSize whether only images of the size of `images` may be returned; those of one batch always agree
   * @returns [B, H, W, C], the caller's too
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
        const answer = choose(images, fresh, returned);
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

  /** Takes an image into `stored`, or not; gives it back, or the stored one whose place it takes. */
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

  /** Copies of the pictures. */
  async state(): Promise<ImagePoolState> {
    return { images: await Promise.all(this.#images.map(tensorData)) };
  }

  /**
   * Refuses a state that this pool cannot restore.
   *
   * @throws CycleGANError `INVALID_STATE` for damaged images, and for more than it holds
   */
  check(where: string, state: unknown): asserts state is ImagePoolState {
    checkForm(where, poolState, state);
    const { images } = state as ImagePoolState;
    if (images.length > this.#size) {
      throw new CycleGANError(
        'INVALID_STATE',
        `${where}: the pool holds ${this.#size} images, the state ${images.length}. ` +
          `Use a pool of the size that the state comes from.`,
      );
    }
  }

  /**
   * This pool as a part of an algorithm, which refuses states with images of other channels.
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
   * Resumes from an {@link ImagePool.state}. The random source has a state of its own.
   *
   * @throws CycleGANError `INVALID_STATE` for damaged images, and for more than it holds
   */
  restore(state: ImagePoolState): void {
    this.check('ImagePool.restore', state);
    const images = tensorsOfData(state.images) as tf.Tensor4D[];
    this.dispose();
    this.#images = images;
  }

  /**
   * Remembers what the pool holds.
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
 * The returned images as a batch. Which these are goes in as numbers, so that an engine that compiles what it
 * computes sees the same computation whatever was drawn.
 *
 * @param fresh the images of `images`, one by one
 * @param returned some of these, and stored ones
 */
function choose(
  images: tf.Tensor4D,
  fresh: readonly tf.Tensor4D[],
  returned: readonly tf.Tensor4D[],
): tf.Tensor4D {
  const [first] = returned;
  const [, ...size] = images.shape;
  if (!tf.util.arraysEqual(first!.shape.slice(1), size)) return tf.clone(first!); // a batch of one
  const old = returned.map((image) => (fresh.includes(image) ? tf.zeros<tf.Rank.R4>([1, ...size]) : image));
  const places = returned.map((image, i) =>
    fresh.includes(image) ? fresh.indexOf(image) : fresh.length + i,
  );
  return tf.gather(tf.concat([images, ...old]), tf.tensor1d(places, 'int32'));
}

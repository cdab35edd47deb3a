/** A feature map in main memory. Tiles are read from it and written to it. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { lengthOf, type Region, type Size } from './region.js';

/** Arrays of the tiles that are being computed. They are used again, which saves half of the garbage collection. */
export class TileArrays {
  readonly #free = new Map<number, Float32Array[]>();
  #used: Float32Array[] = [];

  take(length: number): Float32Array {
    const array = this.#free.get(length)?.pop() ?? new Float32Array(length);
    this.#used.push(array);
    return array;
  }

  /** Takes all arrays back. Tensors of them must have been disposed, and their computations must have ended. */
  release(): void {
    for (const array of this.#used) {
      const free = this.#free.get(array.length);
      if (free) free.push(array);
      else this.#free.set(array.length, [array]);
    }
    this.#used = [];
  }
}

export class FeatureMap {
  readonly values: Float32Array;

  /** @throws CycleGANError `OUT_OF_MEMORY` */
  constructor(
    private readonly size: Size,
    private readonly channels: number,
    values?: Float32Array,
  ) {
    this.values = values ?? allocated(size[0] * size[1] * channels);
  }

  /** A region as a tensor [1, h, w, c], in an array of `arrays`. */
  read(region: Region, arrays: TileArrays): tf.Tensor4D {
    const [height, width] = [lengthOf(region[0]), lengthOf(region[1])];
    const part = arrays.take(height * width * this.channels);
    this.#runs(region, (from, length, at) => {
      part.set(this.values.subarray(from, from + length), at);
    });
    return tf.tensor4d(part, [1, height, width, this.channels]);
  }

  /** @param values the values of a region, [h, w, c] */
  write(region: Region, values: Float32Array): void {
    this.#runs(region, (from, length, at) => {
      this.values.set(values.subarray(at, at + length), from);
    });
  }

  /** Calls `each` for consecutive values of a region: their index and length in the map, and their index in the region. */
  #runs(
    [[top, bottom], [left, right]]: Region,
    each: (from: number, length: number, at: number) => void,
  ): void {
    const wide = this.size[1];
    const first = (top * wide + left) * this.channels;
    const length = (right - left) * this.channels;
    if (right - left === wide) {
      each(first, (bottom - top) * length, 0);
      return;
    }
    for (let y = 0; y < bottom - top; y++) each(first + y * wide * this.channels, length, y * length);
  }
}

function allocated(length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (cause) {
    throw new CycleGANError(
      'OUT_OF_MEMORY',
      `translateImage: a feature map of the image needs ${Math.ceil(length / 2 ** 28)} GiB of main memory, which cannot be ` +
        'allocated. Use a smaller image.',
      { cause },
    );
  }
}

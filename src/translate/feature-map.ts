/** A feature map in main memory. Tiles are read from it and written to it. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { lengthOf, type Region, type Size } from './region.js';

export class FeatureMap {
  readonly #values: Float32Array;

  /** @throws CycleGANError `OUT_OF_MEMORY` */
  constructor(
    private readonly size: Size,
    private readonly channels: number,
    values?: Float32Array,
  ) {
    this.#values = values ?? allocated(size[0] * size[1] * channels);
  }

  get values(): Float32Array {
    return this.#values;
  }

  /** A region as a tensor [1, h, w, c]. */
  read(region: Region): tf.Tensor4D {
    const [height, width] = [lengthOf(region[0]), lengthOf(region[1])];
    const length = width * this.channels;
    const part = new Float32Array(height * length);
    this.#rows(region, (from, row) => {
      part.set(this.#values.subarray(from, from + length), row * length);
    });
    return tf.tensor4d(part, [1, height, width, this.channels]);
  }

  /** @param values the values of a region, [h, w, c] */
  write(region: Region, values: Float32Array): void {
    const length = lengthOf(region[1]) * this.channels;
    this.#rows(region, (from, row) => {
      this.#values.set(values.subarray(row * length, (row + 1) * length), from);
    });
  }

  /** Calls `each` with the index of the first value of each row of a region. */
  #rows([[top, bottom], [left]]: Region, each: (from: number, row: number) => void): void {
    for (let y = top; y < bottom; y++) each((y * this.size[1] + left) * this.channels, y - top);
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

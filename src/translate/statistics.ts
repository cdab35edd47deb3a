/** Mean and variance of each channel of a feature map, from its tiles. */

/** Mean and biased variance of each channel. */
export interface ChannelStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** A relative deviation below this is the rounding of float32 values: convolutions of other sizes round differently. */
const ROUNDING = 1e-6;

/**
 * Collects statistics in float64. The values are shifted by those of the first pixel, so that no precision is lost if a channel
 * is far from 0, and a constant channel has exactly the variance 0.
 */
export class StatisticsCollector {
  readonly #shift: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(channels: number) {
    this.#shift = new Float64Array(channels);
    this.#sum = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /** @param values [pixels, channels] */
  add(values: Float32Array): void {
    const [shift, sum, squares] = [this.#shift, this.#sum, this.#squares];
    const channels = shift.length;
    if (this.#count === 0) shift.set(values.subarray(0, channels));
    for (let at = 0; at < values.length; at += channels) {
      for (let c = 0; c < channels; c++) {
        const centred = values[at + c]! - shift[c]!;
        sum[c]! += centred;
        squares[c]! += centred * centred;
      }
    }
    this.#count += values.length / channels;
  }

  /** The statistics of all values. The variance of a channel that differs by rounding only is 0. */
  result(): ChannelStatistics {
    const count = this.#count;
    const mean = this.#shift.map((shift, c) => shift + this.#sum[c]! / count);
    const variance = this.#squares.map((squares, c) => {
      const centre = this.#sum[c]! / count;
      const value = Math.max(0, squares / count - centre * centre);
      return value > (ROUNDING * mean[c]!) ** 2 ? value : 0;
    });
    return { mean, variance };
  }
}

/** A layer of a network as an operation that can compute a part of its output from a part of its inputs. */
import type * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { Region, Size, Span } from './region.js';
import type { ChannelStatistics } from './statistics.js';

export interface Op {
  /** Height and width of the output. */
  readonly size: Size;
  /** How many elements of the input an element of the output stands for, along an axis: 2 for a stride of 2. */
  readonly scale: number;
  /** Multiplications and additions for each element of the output. */
  readonly cost: number;
  /** Whether each element of the output depends only on the same element of the inputs. */
  readonly pointwise: boolean;
  /** Whether `run` needs the statistics of the whole input. */
  readonly normalizes: boolean;
  /** The region of each input that a region of the output depends on. */
  needs(region: Region): Region;
  /**
   * Computes a region of the output, [1, h, w, c]. The inputs are the regions that `needs` returned.
   *
   * @param statistics those of the whole input, if `normalizes`
   */
  run(inputs: tf.Tensor4D[], region: Region, statistics?: ChannelStatistics): tf.Tensor4D;
}

/** What an operation is made from. */
export interface Call {
  readonly layer: layers.Layer;
  /** Height and width of the inputs. */
  readonly size: Size;
  readonly channels: number;
  readonly config: Record<string, unknown>;
}

/** One axis of an operation that is separable. */
export interface Axis {
  readonly size: number;
  needs(span: Span): Span;
}

/** The geometry of an operation from those of its axes. */
export const geometry = <A extends Axis>([rows, columns]: readonly [A, A]) => ({
  size: [rows.size, columns.size] as Size,
  needs: (region: Region): Region => [rows.needs(region[0]), columns.needs(region[1])],
});

/** What operations have by default. */
export const plain = { scale: 1, cost: 0, pointwise: false, normalizes: false };

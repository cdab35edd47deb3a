/**
 * An orthogonal initializer (Saxe et al. 2013; PyTorch: `nn.init.orthogonal_`). `tf.initializers.orthogonal` has the same
 * distribution, but takes minutes for the kernels of a generator, because its QR decomposition runs tensor ops on single
 * columns.
 */
import * as tf from '@tensorflow/tfjs-core';
import { initializers } from '@tensorflow/tfjs-layers';
import { Random } from '../core/random.js';

interface OrthogonalConfig {
  /** Length of the vectors. */
  gain: number;
  seed: number;
  /**
   * The columns of the matrix.
   * @default the last axis of the kernel
   */
  columns?: number;
}
type BuiltIn = ReturnType<typeof initializers.zeros>;

/** `count` orthogonal vectors with `length` elements and norm `gain` (modified Gram and Schmidt). */
function orthogonalVectors(count: number, length: number, { gain, seed }: OrthogonalConfig): Float64Array[] {
  const random = new Random(seed);
  const vectors: Float64Array[] = [];
  for (let n = 0; n < count; n++) {
    const v = Float64Array.from({ length }, () => random.normal());
    for (const u of vectors) {
      let along = 0;
      for (let i = 0; i < length; i++) along += u[i]! * v[i]!;
      for (let i = 0; i < length; i++) v[i]! -= along * u[i]!;
    }
    const norm = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < length; i++) v[i]! /= norm;
    vectors.push(v);
  }
  for (const v of vectors) for (let i = 0; i < length; i++) v[i]! *= gain;
  return vectors;
}

/** [h, w, i, o] as a matrix [h·w·i, o] with orthogonal columns, or with orthogonal rows if there are fewer rows. */
function orthogonalKernel(shape: number[], config: OrthogonalConfig): tf.Tensor {
  const { columns = shape.at(-1)! } = config;
  const rows = shape.reduce((a, b) => a * b, 1) / columns;
  const values = new Float32Array(rows * columns);
  const across = columns <= rows;
  orthogonalVectors(Math.min(rows, columns), Math.max(rows, columns), config).forEach((v, n) => {
    v.forEach((value, i) => (values[across ? i * columns + n : n * columns + i] = value));
  });
  return tf.tensor(values, shape);
}

let made: (new (config: OrthogonalConfig) => BuiltIn) | undefined;

/** The class of the initializer. It is created on demand, because tfjs does not export its base class. */
export function orthogonalClass() {
  if (made !== undefined) return made;
  const Initializer = Object.getPrototypeOf(initializers.zeros().constructor) as new () => object;
  class Orthogonal extends Initializer {
    static className = 'GramSchmidtOrthogonal';
    constructor(readonly config: OrthogonalConfig) {
      super();
    }
    apply(shape: number[]) {
      return orthogonalKernel(shape, this.config);
    }
    getConfig() {
      const { gain, seed, columns } = this.config; // without the options that tfjs adds when it deserializes
      return { gain, seed, ...(columns !== undefined && { columns }) };
    }
  }
  made = Orthogonal as never;
  return made;
}

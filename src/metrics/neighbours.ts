/** Nearest neighbours: does a model copy its training images? */
import { CycleGANError } from '../core/errors.js';
import { checkSameSize, type FeatureData, type Features, featuresOf } from './features.js';
import { rowProducts } from './linear-algebra/products.js';

/** The nearest neighbour of an image. */
export interface Neighbour {
  /** The row of the neighbour, counted over all batches of references. */
  index: number;
  /** The Euclidean distance of the features. */
  distance: number;
}

/**
 * The nearest neighbour of each image among reference images, such as the training images. Features are those of a network, or the
 * pixels themselves.
 *
 * A distance says little alone. Compare the distances of fakes with those of held-out real images to the same references: if fakes
 * are much nearer, the model copies its training images.
 *
 * @param queries features [count, size]
 * @param references features [count, size], or batches of them. Tensors of batches are disposed after use, a single tensor is not
 * @returns the neighbour of each query, in order
 * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_A_NUMBER`; `INVALID_DATA` without references
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { nearestNeighbours } from 'ts-cyclegan/metrics';
 * const references = tf.tensor2d([[0, 0], [3, 4]]);
 * const [nearest] = await nearestNeighbours(tf.tensor2d([[3, 3]]), references);
 * console.log(nearest); // { index: 1, distance: 1 }
 * ```
 */
export async function nearestNeighbours(
  queries: Features,
  references: Features | Iterable<Features> | AsyncIterable<Features>,
): Promise<Neighbour[]> {
  const where = 'nearestNeighbours';
  const wanted = doubles(await featuresOf(where, 'queries', queries));
  const [count, size] = wanted.shape;
  const found: Neighbour[] = Array.from({ length: count }, () => ({ index: -1, distance: Infinity }));
  let seen = 0;
  const visit = async (batch: Features) => {
    const rows = doubles(await featuresOf(where, 'references', batch));
    checkSameSize(where, size, rows.shape[1]);
    update(found, wanted, rows, seen);
    seen += rows.shape[0];
  };
  if (isBatches(references)) {
    for await (const batch of references) {
      try {
        await visit(batch);
      } finally {
        if ('dispose' in batch) batch.dispose();
      }
    }
  } else await visit(references);
  if (seen === 0 && count > 0) {
    throw new CycleGANError('INVALID_DATA', `${where}: references must have at least one image, got none.`);
  }
  return found.map(({ index, distance }) => ({ index, distance: Math.sqrt(distance) }));
}

const isBatches = (value: unknown): value is Iterable<Features> | AsyncIterable<Features> =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);

interface Doubles {
  data: Float64Array;
  shape: readonly [number, number];
}

const doubles = ({ data, shape }: FeatureData): Doubles => ({ data: Float64Array.from(data), shape });

function squares({ data, shape: [count, size] }: Doubles): Float64Array {
  return Float64Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) sum += data[i]! ** 2;
    return sum;
  });
}

/** |q − r|² = |q|² + |r|² − 2 q·r in double precision; near 0 it is computed directly, as the difference would lose digits. */
function update(found: Neighbour[], queries: Doubles, references: Doubles, offset: number): void {
  const [ofQueries, ofReferences] = [squares(queries), squares(references)];
  const [count, size] = queries.shape;
  for (let i = 0; i < count; i += 4) {
    const end = Math.min(i + 4, count);
    rowProducts(
      queries.data,
      references.data,
      size,
      0,
      size,
      i,
      end,
      0,
      references.shape[0],
      (row, j, product) => {
        // prettier-ignore
        const scale = ofQueries[row]! + ofReferences[j]!;
        let distance = scale - 2 * product;
        if (distance < 1e-6 * scale) distance = directly(queries, references, row, j);
        const best = found[row]!;
        if (distance < best.distance) [best.index, best.distance] = [offset + j, distance];
      },
    );
  }
}

function directly(a: Doubles, b: Doubles, row: number, other: number): number {
  const size = a.shape[1];
  let sum = 0;
  for (let k = 0; k < size; k++) sum += (a.data[row * size + k]! - b.data[other * size + k]!) ** 2;
  return sum;
}

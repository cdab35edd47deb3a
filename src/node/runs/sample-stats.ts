/** Statistics of the images of a sheet. The page of `ts-cyclegan watch` uses them to find out whether training goes wrong. */
import * as tf from '@tensorflow/tfjs-core';

/** Statistics of translated or generated images, in [0, 1] units of the images. */
export interface SampleStats {
  /** The direction of the translation; absent for generated images. */
  direction?: 'AtoB' | 'BtoA';
  /** Mean correlation of the values of an input and its translation: −1 for inverted colours. */
  inputFakeCorrelation?: number;
  /** Mean absolute difference of an input and its translation. */
  inputFakeDistance?: number;
  /** Mean absolute difference of two fakes; null for a single fake. */
  fakeDiversity: number | null;
  /** Mean absolute difference of two inputs. */
  inputDiversity?: number | null;
}

/** The values of a batch [n, h, w, c] as [n, h·w·c], in [0, 1]. */
const rows = (batch: tf.Tensor4D): tf.Tensor2D =>
  tf.div<tf.Tensor2D>(tf.add(tf.reshape(batch, [batch.shape[0], -1]), 1), 2);

/** Mean absolute difference of the images of a batch, pair by pair. */
function diversity(batch: tf.Tensor2D): tf.Scalar | undefined {
  const [count] = batch.shape;
  if (count < 2) return undefined;
  const distances: tf.Scalar[] = [];
  for (let shift = 1; shift < count; shift++) {
    const others = tf.concat([tf.slice(batch, [shift, 0]), tf.slice(batch, [0, 0], [shift, -1])]);
    distances.push(tf.mean(tf.abs(tf.sub(batch, others))));
  }
  return tf.mean(tf.stack(distances));
}

/** Mean correlation of the rows of two batches. Rows of one value count as 0. */
function correlation(a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar {
  const [x, y] = [a, b].map((t) => tf.sub(t, tf.mean(t, 1, true))) as [tf.Tensor2D, tf.Tensor2D];
  const norm = tf.sqrt(tf.mul(tf.sum(tf.square(x), 1), tf.sum(tf.square(y), 1)));
  return tf.mean(tf.divNoNan(tf.sum(tf.mul(x, y), 1), norm));
}

/**
 * Statistics of one translation.
 *
 * @param inputs [n, h, w, c] in [−1, 1]; undefined for generated images
 * @param fakes [n, h, w, d] in [−1, 1]. If the channels differ, grey levels are compared
 */
export async function sampleStats(inputs: tf.Tensor4D | undefined, fakes: tf.Tensor4D): Promise<SampleStats> {
  const values = tf.tidy(() => {
    const fake = rows(fakes);
    const found: Record<string, tf.Scalar | undefined> = { fakeDiversity: diversity(fake) };
    if (inputs !== undefined) {
      const same = inputs.shape[3] === fakes.shape[3];
      const grey = (batch: tf.Tensor4D) => rows(tf.mean<tf.Tensor4D>(batch, 3, true));
      const [a, b] = same ? [rows(inputs), fake] : [grey(inputs), grey(fakes)];
      found.inputFakeCorrelation = correlation(a, b);
      found.inputFakeDistance = tf.mean(tf.abs(tf.sub(a, b)));
      found.inputDiversity = diversity(rows(inputs));
    }
    return found as Record<string, tf.Scalar>;
  });
  const read = async (name: string) => (await values[name]?.data())?.[0] ?? null;
  try {
    const stats = { fakeDiversity: await read('fakeDiversity') };
    if (inputs === undefined) return stats;
    return {
      inputFakeCorrelation: (await read('inputFakeCorrelation'))!,
      inputFakeDistance: (await read('inputFakeDistance'))!,
      ...stats,
      inputDiversity: await read('inputDiversity'),
    };
  } finally {
    tf.dispose(values);
  }
}

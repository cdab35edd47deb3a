/**
 * A forward pass that two phases of a step need: the discriminator's, which is updated first, and the generator's. No phase
 * holds the results of another's layers, so the network runs twice, and both runs give the same: the dropout masks are
 * draws of the step, and the running statistics take the pass in once.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Draws, uniformValues } from '../../core/draws.js';
import type { RandomSource } from '../../core/random.js';
import { asFunction, dropoutLayers, keepingStatistics, withDraws } from '../../layers/networks.js';
import { constantOf } from './terms.js';

/** A network on an input, twice in a step. */
export interface RepeatedForward {
  /** The draws of a step. */
  readonly draws: (batch: tf.NamedTensorMap, random: RandomSource) => tf.NamedTensorMap;
  /** Names of the tensors that both passes read. */
  readonly inputs: readonly string[];
  /** The pass as a constant to the gradient; running statistics stay as they are. */
  asConstant(x: tf.NamedTensorMap): tf.Tensor4D;
  /**
   * The pass that trains the network.
   *
   * @param apply runs the network, and may return outputs of its layers too
   */
  pass<T = tf.Tensor4D>(x: tf.NamedTensorMap, apply?: (image: tf.Tensor4D) => T): T;
}

const masks = 'masks';

/** @param input the name of the network's input */
export function repeatedForward(network: LayersModel, input: string): RepeatedForward {
  const drops = dropoutLayers([network]).some(({ rate }) => rate > 0);
  const run = <T>(x: tf.NamedTensorMap, apply: (image: tf.Tensor4D) => T): T => {
    const [image, values] = [x[input] as tf.Tensor4D, x[masks]];
    return values === undefined ? apply(image) : withDraws([network], inTurn(values), () => apply(image));
  };
  const counts = new Map<string, number>();
  const countFor = (image: tf.Tensor4D): number => {
    const size = image.shape.join();
    if (!counts.has(size)) counts.set(size, drawsOf(network, image));
    return counts.get(size)!;
  };
  return {
    draws: (batch, random) =>
      drops ? { [masks]: tf.tensor1d(uniformValues([countFor(batch[input] as tf.Tensor4D)], random)) } : {},
    inputs: drops ? [input, masks] : [input],
    asConstant: (x) => constantOf(() => keepingStatistics(network, () => run(x, asFunction(network)))),
    pass: <T = tf.Tensor4D>(x: tf.NamedTensorMap, apply?: (image: tf.Tensor4D) => T) =>
      run(x, apply ?? (asFunction(network) as unknown as (image: tf.Tensor4D) => T)),
  };
}

/** How many values the dropout of a network draws for images of this size. */
function drawsOf(network: LayersModel, image: tf.Tensor4D): number {
  let count = 0;
  const counting: Draws = {
    uniform(shape) {
      count += tf.util.sizeFromShape([...shape]);
      return tf.zeros([...shape]);
    },
  };
  tf.tidy(() => {
    keepingStatistics(network, () => withDraws([network], counting, () => asFunction(network)(image)));
  });
  return count;
}

/** The values of a tensor [n] in turn, as draws. */
function inTurn(values: tf.Tensor): Draws {
  let from = 0;
  return {
    uniform: (shape) =>
      tf.tidy(() => {
        const size = tf.util.sizeFromShape([...shape]);
        const part = tf.reshape(tf.slice(values, [from], [size]), [...shape]);
        from += size;
        return part;
      }),
  };
}

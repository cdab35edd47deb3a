/** The type of a row of the table of losses, and the function that creates a loss from a row. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { frozenCopy } from '../../core/frozen-copy.js';
import { type Entries, nearest, type Resolved, resolveOptions, show } from '../../core/options.js';
import { r1Penalty } from '../gradient-penalty.js';
import type { Balance } from './energies.js';
import type { CodeEstimates, LatentCodes } from './codes.js';
import type { AdversarialLoss } from './loss.js';
import type { GANLossNeeds } from './needs.js';

/** The paper of a loss. */
export interface Paper {
  readonly authors: string;
  readonly year: number;
  readonly title: string;
  /** Its identifier on arxiv.org. */
  readonly arxiv: string;
}

/** The documentation of a loss. */
export interface GANLossInfo {
  readonly title: string;
  readonly paper: Paper;
  /** The formulas, with r = D(x), f = D(G(z)), and E for the mean over the batch. */
  readonly formulas: {
    readonly discriminator: string;
    readonly generator: string;
    /** The meaning of other symbols. */
    readonly where?: string;
  };
  readonly needs: GANLossNeeds;
  /** The differences of public collections of GANs from the paper. */
  readonly differences?: string;
}

/** A loss of the table. */
export interface GANLoss extends AdversarialLoss {
  readonly needs: GANLossNeeds;
  /**
   * The discriminator's loss. Algorithms that halve it apply the ½ themselves.
   *
   * @param k a scalar for began only: `balance.start` in the first step, then the result of `balance.next`
   */
  discriminator(real: tf.Tensor, fake: tf.Tensor, k?: tf.Scalar): tf.Scalar;
  /**
   * ebgan and began: the scores [B] of images and their reconstructions. Gradients also flow through the images.
   *
   * @throws CycleGANError `INVALID_SHAPE`
   */
  energy?(images: tf.Tensor, reconstructions: tf.Tensor): tf.Tensor1D;
  /** ebgan: the weight of {@link pullAwayTerm} in the generator's loss. */
  readonly pullAway?: number;
  /** began: the updates of k. */
  readonly balance?: Balance;
  /**
   * acgan: a term of the discriminator's loss for real images and for fakes, and of the generator's loss for fakes. Both
   * arguments are [B, classes].
   *
   * @throws CycleGANError `INVALID_SHAPE`
   */
  classification?(logits: tf.Tensor, labels: tf.Tensor): tf.Scalar;
  /**
   * infogan: a term of the losses of both networks, for fakes.
   *
   * @throws CycleGANError `INVALID_ARGUMENT` for codes without an estimate, `INVALID_SHAPE`
   */
  information?(codes: LatentCodes, estimates: CodeEstimates): tf.Scalar;
}

type Parts = Omit<GANLoss, 'name' | 'needs' | 'relativistic' | 'pure'>;

/** A row of the table: the documentation of a loss, its options and its functions. */
export interface Row extends GANLossInfo {
  readonly options: Entries;
  readonly build: (options: never) => Parts;
}

/** Creates a frozen row. `build` receives checked options. */
export const row = <E extends Entries>(
  info: GANLossInfo,
  options: E,
  build: (options: Resolved<E>) => Parts,
): Row => Object.freeze({ ...frozenCopy(info), options, build });

/**
 * Creates the frozen loss of a row.
 *
 * @param where the function, for messages
 * @param what the name of the argument `name` in messages
 * @throws CycleGANError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function lossOf(
  where: string,
  what: string,
  table: Readonly<Record<string, Row>>,
  name: unknown,
  options: unknown,
): GANLoss {
  if (typeof name !== 'string' || !Object.hasOwn(table, name)) {
    const hint = nearest(String(name), Object.keys(table));
    throw new CycleGANError('INVALID_ARGUMENT', `${where}: unknown ${what} ${show(name)}. ${hint}`);
  }
  const { build, needs, options: entries } = table[name]!;
  const { r1 = 0, ...others } = resolveOptions(`${where}("${name}")`, entries, options) as { r1?: number };
  const { penalty, ...parts } = build(others as never);
  const penalties = [
    ...(penalty === undefined ? [] : [penalty]),
    ...(r1 > 0 ? [((discriminate, real) => r1Penalty(discriminate, real, r1)) satisfies typeof penalty] : []),
  ];
  const loss = {
    name,
    needs,
    ...parts,
    ...(needs.relativistic && { relativistic: true }),
    ...(penalties.length > 0 && {
      penalty: (...args: Parameters<(typeof penalties)[number]>) =>
        tf.tidy(() => tf.addN(penalties.map((one) => one(...args)))),
    }),
  };
  // Not enumerable: an object that spreads this loss may replace its functions, so it must declare itself pure.
  return Object.freeze(Object.defineProperty(loss, 'pure', { value: true }));
}

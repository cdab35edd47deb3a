/** The form of a row of the table of losses, and how a row becomes a loss. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { frozenCopy } from '../../core/frozen-copy.js';
import { type Entries, nearest, type Resolved, resolveOptions, show } from '../../core/options.js';
import { r1Penalty } from '../gradient-penalty.js';
import type { Balance } from './energies.js';
import type { CodeEstimates, LatentCodes } from './codes.js';
import type { AdversarialLoss } from './loss.js';
import type { GANLossNeeds } from './needs.js';

/** Where a loss comes from. */
export interface Paper {
  readonly authors: string;
  readonly year: number;
  readonly title: string;
  /** Its number on arxiv.org. */
  readonly arxiv: string;
}

/** What the table says about a loss. */
export interface GANLossInfo {
  readonly title: string;
  readonly paper: Paper;
  /** r = D(x) and f = D(G(z)), E is the mean over the batch. */
  readonly formulas: {
    readonly discriminator: string;
    readonly generator: string;
    /** The meaning of other symbols. */
    readonly where?: string;
  };
  readonly needs: GANLossNeeds;
  /** How public collections of GANs differ from the paper. */
  readonly differences?: string;
}

/** A loss of the table. */
export interface GANLoss extends AdversarialLoss {
  readonly needs: GANLossNeeds;
  /**
   * The discriminator's loss. It is whole: an algorithm that halves it does so itself.
   *
   * @param k needed by began alone: a scalar, `balance.start` at first, then what `balance.next` gives
   */
  discriminator(real: tf.Tensor, fake: tf.Tensor, k?: tf.Scalar): tf.Scalar;
  /**
   * ebgan and began: the score [B] of images, given what the auto-encoder makes of them. Both losses go through the images as well.
   *
   * @throws CycleGANError `INVALID_SHAPE`
   */
  energy?(images: tf.Tensor, reconstructions: tf.Tensor): tf.Tensor1D;
  /** ebgan: the weight of {@link pullAwayTerm} in the generator's loss. */
  readonly pullAway?: number;
  /** began: how k changes. */
  readonly balance?: Balance;
  /**
   * acgan: added to the discriminator's loss for real images and for fakes, and to the generator's for fakes. Both arguments
   * are [B, classes].
   *
   * @throws CycleGANError `INVALID_SHAPE`
   */
  classification?(logits: tf.Tensor, labels: tf.Tensor): tf.Scalar;
  /**
   * infogan: added to the losses of both networks, for fakes.
   *
   * @throws CycleGANError `INVALID_ARGUMENT` for codes without an estimate, `INVALID_SHAPE`
   */
  information?(codes: LatentCodes, estimates: CodeEstimates): tf.Scalar;
}

type Parts = Omit<GANLoss, 'name' | 'needs' | 'relativistic' | 'pure'>;

/** A row: what the table says, the options of the loss, and its functions. */
export interface Row extends GANLossInfo {
  readonly options: Entries;
  readonly build: (options: never) => Parts;
}

/** A frozen row, whose `build` gets its options checked. */
export const row = <E extends Entries>(
  info: GANLossInfo,
  options: E,
  build: (options: Resolved<E>) => Parts,
): Row => Object.freeze({ ...frozenCopy(info), options, build });

/**
 * The loss of a row, frozen.
 *
 * @param where the function, for messages
 * @param what what it calls the names of its table
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
  // Not enumerable: a loss that spreads this one may replace its functions, so it has to say for itself that it is pure.
  return Object.freeze(Object.defineProperty(loss, 'pure', { value: true }));
}

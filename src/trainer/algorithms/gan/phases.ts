/** The phases of a GAN's step: how its losses become terms of the engine, with their inputs by name. */
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from '../../../core/draws.js';
import { ganNeeds } from '../../../losses/adversarial/needs.js';
import type { GAN } from '../../../models/gan.js';
import type { Group, Phase, TermResult } from '../../engine/algorithm.js';
import type { BalanceOfEnergies } from './balance.js';
import { latentNames, penaltyDraw } from './draws.js';
import { type CriticLoss, criticLosses, type GANTrainingLoss, type TrainedLoss } from './losses.js';
import type { Latent } from './networks.js';

/** The parts of a GAN's training step. */
export interface GANTraining {
  readonly loss: TrainedLoss;
  /** Updates of D for each update of G. */
  readonly criticSteps: number;
  readonly groups: Readonly<Record<'generator' | 'discriminator', Pick<Group, 'optimizer' | 'ema'>>>;
  /** BEGAN's k. */
  readonly balance: BalanceOfEnergies | undefined;
}

/** The parts of a network's loss, which are added. Parts that a loss does not have are undefined. */
type Parts<Name extends string> = Record<'adversarial', tf.Scalar> & Record<Name, tf.Scalar | undefined>;

export type DiscriminatorObjective = (
  real: tf.Tensor4D,
  latent: Latent,
  k: tf.Scalar | undefined,
  draws: Draws,
) => { scores: tf.Tensor; parts: Parts<Exclude<CriticLoss, 'D'>> };

/** @param real logits of real images, for relativistic losses */
export type GeneratorObjective = (
  latent: Latent,
  real: { images: tf.Tensor4D; labels: tf.Tensor2D | undefined } | undefined,
) => { weights: Record<string, number | undefined>; parts: Parts<'class_G' | 'info_G' | 'pull_away'> };

type Scalars = Record<string, tf.Scalar>;

/** The parts that are defined. */
const present = (parts: Record<string, tf.Scalar | undefined>): Scalars =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) as Scalars;

const isLabelled = ({ structure }: GAN): boolean => ganNeeds[structure.loss].labels !== undefined;

/** The j-th of n parts of a batch. */
function partOf<T extends tf.Tensor>(x: T, j: number, n: number): T {
  if (n === 1) return x;
  const size = x.shape[0] / n;
  return tf.slice(x, [(j - 1) * size], [size]);
}

const namesOf = (names: ReturnType<typeof latentNames>): string[] =>
  Object.values(names).filter((name) => name !== undefined);

/** The generator's inputs, from the inputs of a term. */
function latentOf(
  x: tf.NamedTensorMap,
  names: ReturnType<typeof latentNames>,
  labels: tf.Tensor2D | undefined,
): Latent {
  const { categorical, continuous } = names;
  return {
    z: x[names.z]!,
    labels: names.labels === undefined ? labels : (x[names.labels] as tf.Tensor2D),
    ...(categorical !== undefined && { categorical: x[categorical]! }),
    ...(continuous !== undefined && { continuous: x[continuous]! }),
  };
}

/** Draws that return a tensor that exists already. */
const withGiven = (given: tf.Tensor, draws: Draws): Draws => ({
  uniform: (shape) => (tf.util.arraysEqual(given.shape, [...shape]) ? tf.clone(given) : draws.uniform(shape)),
});

/** The j-th update of D. */
export function discriminatorPhase(
  j: number,
  model: GAN,
  { loss, criticSteps, balance }: GANTraining,
  objective: DiscriminatorObjective,
): Phase<GANTrainingLoss> {
  const name = `D-${j}`;
  const names = latentNames(model.structure, name);
  const labels = isLabelled(model) ? ['labels'] : [];
  const random = penaltyDraw(loss, j);
  const means = j === 1 ? [] : criticLosses(loss).map((each) => `mean ${each}`);
  const head = model.head === undefined ? [] : ['head'];
  return {
    name,
    group: 'discriminator',
    ...(balance && { inputs: () => ({ k: balance.k }) }),
    terms: [
      {
        name,
        uses: ['generator', 'discriminator', ...head],
        trains: ['discriminator', ...head],
        inputs: [
          'images',
          ...labels,
          ...namesOf(names),
          ...(random === undefined ? [] : [random]),
          ...(balance ? ['k'] : []),
          ...means,
        ],
        pure: loss.pure === true,
        compute(x, draws) {
          const own = x.labels && partOf(x.labels as tf.Tensor2D, j, criticSteps);
          const latent = latentOf(x, names, own);
          const given = random === undefined ? draws : withGiven(x[random]!, draws);
          const real = partOf(x.images as tf.Tensor4D, j, criticSteps);
          const { scores, parts } = objective(real, latent, x.k as tf.Scalar | undefined, given);
          const { adversarial, ...others } = present(parts);
          const D = tf.addN([adversarial!, ...Object.values(others)]);
          const result = reported({ D, ...others }, j, criticSteps, x);
          return {
            ...result,
            minimise: D,
            outputs: { ...result.outputs, ...(balance && { 'energy of real images': tf.mean(scores) }) },
          };
        },
      },
    ],
  };
}

/** The losses of update j of n, and their sums over the updates so far, divided by n. After the last update, these are the means. */
function reported(
  losses: Scalars,
  j: number,
  n: number,
  x: tf.NamedTensorMap,
): Pick<TermResult<GANTrainingLoss>, 'losses' | 'outputs'> {
  if (n === 1) return { losses };
  const sums = Object.entries(losses).map(([name, value]) => {
    const share = tf.mul<tf.Scalar>(value, 1 / n);
    return [name, j === 1 ? share : tf.add<tf.Scalar>(x[`mean ${name}`]!, share)] as const;
  });
  return {
    losses: Object.fromEntries([
      ...sums,
      ...Object.entries(losses).map(([name, value]) => [`${name}_${j}`, value] as const),
    ]),
    outputs: Object.fromEntries(sums.map(([name, sum]) => [`mean ${name}`, tf.clone(sum)])),
  };
}

/** The update of G. */
export function generatorPhase(
  model: GAN,
  { loss, criticSteps, balance }: GANTraining,
  objective: GeneratorObjective,
): Phase<GANTrainingLoss> {
  const names = latentNames(model.structure, 'G');
  const compared = loss.relativistic ? ['images', ...(isLabelled(model) ? ['labels'] : [])] : [];
  return {
    name: 'G',
    group: 'generator',
    terms: [
      {
        name: 'G',
        uses: ['generator', 'discriminator', ...(model.head ? ['head'] : [])],
        trains: ['generator'],
        inputs: [...namesOf(names), ...compared, ...(balance ? ['k', 'energy of real images'] : [])],
        pure: loss.pure === true,
        compute(x) {
          const last = <T extends tf.Tensor>(t: T) => partOf(t, criticSteps, criticSteps);
          const real = loss.relativistic && {
            images: last(x.images as tf.Tensor4D),
            labels: x.labels && last(x.labels as tf.Tensor2D),
          };
          const { weights, parts } = objective(latentOf(x, names, undefined), real || undefined);
          const { adversarial, ...others } = present(parts);
          const weighted = Object.entries(others).map(([name, part]) => tf.mul(part, weights[name] ?? 1));
          const G = tf.addN([adversarial!, ...weighted]) as tf.Scalar;
          if (balance === undefined) return { losses: { G, ...others }, minimise: G };
          const [k, energy] = [x.k as tf.Scalar, x['energy of real images'] as tf.Scalar];
          const next = loss.balance!.next(k, energy, adversarial!);
          const M = loss.balance!.convergence(energy, adversarial!);
          return {
            losses: { G, ...others, k: next, M },
            minimise: G,
            outputs: { 'next k': tf.clone(next) },
          };
        },
      },
    ],
  };
}

/** Keeps BEGAN's new k for the next step. */
export const balancePhase = (balance: BalanceOfEnergies): Phase<GANTrainingLoss> => ({
  name: 'balance',
  group: 'generator',
  terms: [],
  inputs(given) {
    balance.take(given['next k']!);
    return {};
  },
});

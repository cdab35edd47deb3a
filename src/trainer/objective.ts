/**
 * The objective: what one training step minimises, and its gradients. P's and K's differ in one point.
 *
 * P (and the paper): one joint loss for both generators, through both of them: the cycle A → B → A trains
 * G and F. K: F alone is trained by it, as the picture on the way, G(a), counts as given.
 * (K's four optimizers and P's two are the same numbers, as Adam treats every weight by itself.)
 */
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from '../core/gradients.js';
import { drawFrom } from '../core/draws.js';
import type { RandomSource } from '../core/random.js';
import type { AdversarialLoss } from '../losses/adversarial/loss.js';
import { cycleConsistency, identityLoss } from '../losses/reconstruction.js';
import type { CycleGANNetworks } from '../models/cyclegan-options.js';
import { asFunction, trainableVariables } from '../models/networks.js';

/** What the losses are made of. */
export interface Objective {
  adversarial: AdversarialLoss;
  /** Weights of the cycles A → B → A and B → A → B. */
  lambdaA: number;
  lambdaB: number;
  /** Weight of the identity losses, relative to λ_B and λ_A. */
  lambdaIdentity: number;
  /** Whether a cycle trains both generators (P) or the one that closes it (K). */
  wholeCycle: boolean;
}

/** Scalars by the names of `Losses`. */
export type LossTensors = Record<string, tf.Scalar>;

/**
 * Terms of the generators' loss, which may be differentiated one by one: their gradients add up to the whole's. `cycle_A` is
 * A → B → A with the fake on its way, `cycle_B` the other, `idt_A` and `idt_B` are the identity losses of G and F. In P's
 * order, on which the running statistics of batch norm depend.
 */
export const generatorTerms = ['cycle_A', 'cycle_B', 'idt_A', 'idt_B'] as const;
export type GeneratorTerm = (typeof generatorTerms)[number];

/** Everything here is the caller's to dispose of. */
export interface GeneratorPass {
  losses: LossTensors;
  /** Of G's trainable variables, and of F's; none where no term trains a generator. */
  gradients: [G: tf.Tensor[], F: tf.Tensor[]];
  /** What the cycles went over, of those that were asked for. */
  fakes: Partial<Record<'fakeA' | 'fakeB', tf.Tensor4D>>;
}

type Network = (x: tf.Tensor4D) => tf.Tensor4D;

/** x, as a constant to the gradient. */
function constant(x: tf.Tensor4D): tf.Tensor4D {
  const op = tf.customGrad((t) => ({
    value: tf.clone(t as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return op(x) as tf.Tensor4D;
}

/** network(x) and network(y) in one call. Right where the network treats each picture by itself. */
export function inOneCall(network: Network, x: tf.Tensor4D, y: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D] {
  const both = network(tf.concat([x, y]));
  const [first, second] = tf.split(both, [x.shape[0], y.shape[0]]);
  return [first!, second!] as [tf.Tensor4D, tf.Tensor4D];
}

/** Tensors that were kept, as such that the caller's scope holds. */
function released<T extends Partial<Record<string, tf.Tensor>>>(kept: T): T {
  return Object.fromEntries(
    Object.entries(kept as Record<string, tf.Tensor>).map(([name, t]) => {
      const copy = tf.clone(t);
      t.dispose();
      return [name, copy];
    }),
  ) as T;
}

/**
 * The generators' losses and gradients; the discriminators are only looked through.
 *
 * @param shared whether fake and identity of a generator come from one call, where both are asked for
 * @param terms the terms of the loss
 */
export function generatorPass(
  networks: CycleGANNetworks,
  a: tf.Tensor4D,
  b: tf.Tensor4D,
  objective: Objective,
  shared: boolean,
  terms: readonly GeneratorTerm[] = generatorTerms,
): GeneratorPass {
  const { adversarial, lambdaA, lambdaB, lambdaIdentity, wholeCycle } = objective;
  const [G, F] = [asFunction(networks.generatorG), asFunction(networks.generatorF)];
  const [X, Y] = [asFunction(networks.discriminatorX), asFunction(networks.discriminatorY)];
  const between = wholeCycle ? (x: tf.Tensor4D) => x : constant;
  const wants = (term: GeneratorTerm) =>
    terms.includes(term) && (lambdaIdentity > 0 || !term.startsWith('idt'));
  const kept: tf.Tensor[] = [];
  const keep = <T extends tf.Tensor>(t: T): T => {
    kept.push(tf.keep(t));
    return t;
  };
  const losses: LossTensors = {};
  const fakes: GeneratorPass['fakes'] = {};

  const loss = () => {
    let sameA: tf.Tensor4D | undefined;
    let sameB: tf.Tensor4D | undefined;
    if (shared && wants('cycle_A') && wants('idt_A')) [fakes.fakeB, sameB] = inOneCall(G, a, b);
    if (shared && wants('cycle_B') && wants('idt_B')) [fakes.fakeA, sameA] = inOneCall(F, b, a);
    if (wants('cycle_A')) {
      const fakeB = keep((fakes.fakeB ??= G(a)));
      losses.G_A = adversarial.generator(Y(fakeB), adversarial.relativistic ? Y(b) : undefined);
      losses.cycle_A = tf.mul(cycleConsistency(F(between(fakeB)), a), lambdaA);
    }
    if (wants('cycle_B')) {
      const fakeA = keep((fakes.fakeA ??= F(b)));
      losses.G_B = adversarial.generator(X(fakeA), adversarial.relativistic ? X(a) : undefined);
      losses.cycle_B = tf.mul(cycleConsistency(G(between(fakeA)), b), lambdaB);
    }
    if (wants('idt_A')) losses.idt_A = tf.mul(identityLoss((sameB ??= G(b)), b), lambdaB * lambdaIdentity);
    if (wants('idt_B')) losses.idt_B = tf.mul(identityLoss((sameA ??= F(a)), a), lambdaA * lambdaIdentity);
    const all = Object.values(losses);
    all.forEach(keep);
    // regularizers, which no name of P's stands for, count once
    const generators = wants('cycle_A') ? [networks.generatorG, networks.generatorF] : [];
    const weights = generators.flatMap((network) => network.calculateLosses());
    return tf.addN<tf.Scalar>([...all, ...weights]);
  };

  try {
    const trained = (generator: CycleGANNetworks['generatorG'], others: GeneratorTerm) =>
      terms.some((term) => term !== others) ? trainableVariables(generator) : [];
    const ofG = trained(networks.generatorG, 'idt_B');
    const ofF = trained(networks.generatorF, 'idt_A');
    const { value, gradients } = valueAndGradients(loss, [...ofG, ...ofF]);
    value.dispose();
    return {
      losses: released(losses),
      gradients: [gradients.slice(0, ofG.length), gradients.slice(ofG.length)],
      fakes: released(fakes),
    };
  } catch (error) {
    tf.dispose(kept);
    throw error;
  }
}

/** Everything here is the caller's to dispose of. */
export interface DiscriminatorPass {
  /** Half of the losses on real and fake pictures, and the penalty. */
  loss: tf.Scalar;
  penalty: tf.Scalar | undefined;
  /** In the order of the trainable variables. */
  gradients: tf.Tensor[];
}

/**
 * A discriminator's loss, ½·(real + fake) + penalty, and gradients.
 *
 * @param shared whether real and fake go through in one call
 */
export function discriminatorPass(
  network: CycleGANNetworks['discriminatorX'],
  real: tf.Tensor4D,
  fake: tf.Tensor4D,
  adversarial: AdversarialLoss,
  random: RandomSource,
  shared: boolean,
): DiscriminatorPass {
  const D = asFunction(network);
  let penalty: tf.Scalar | undefined;
  const loss = () => {
    // a fake out of the pool may be of another size
    const sameSize = tf.util.arraysEqual(real.shape.slice(1), fake.shape.slice(1));
    const [ofReal, ofFake] = shared && sameSize ? inOneCall(D, real, fake) : [D(real), D(fake)];
    const sum = adversarial.discriminator(ofReal, ofFake);
    const half = tf.mul<tf.Scalar>(sum, 0.5);
    const parts = [half, ...network.calculateLosses()];
    if (adversarial.penalty !== undefined) {
      penalty = tf.keep(adversarial.penalty(D, real, fake, drawFrom(random)));
      parts.push(penalty);
    }
    return tf.addN<tf.Scalar>(parts);
  };
  try {
    const { value, gradients } = valueAndGradients(loss, trainableVariables(network));
    return { loss: value, penalty: penalty && released({ penalty }).penalty, gradients };
  } catch (error) {
    penalty?.dispose();
    throw error;
  }
}

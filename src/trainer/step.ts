/**
 * One step of training, in a few parts: the generators' terms and update, then the discriminators'. Each part is a
 * computation of tensors and variables alone, so that an engine that can do computations again (`core/replaying.ts`) need not be
 * told the same kernels at every step.
 *
 * To take less memory the generators' terms are parts of their own, whose gradients are added up: what one term
 * keeps for its gradient is free before the next one begins.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomSource } from '../core/random.js';
import { Replayer } from '../core/replaying.js';
import { isKnownLoss } from '../losses/adversarial.js';
import type { CycleGAN } from '../models/cyclegan.js';
import { networkNames } from '../models/cyclegan-options.js';
import { allVariables, isDeterministic, isPerSample, trainableVariables } from '../models/networks.js';
import type { AdamNumbers } from './adam.js';
import type { ImagePool } from './image-pool.js';
import type { MovingAverage } from './moving-average.js';
import { discriminatorPass, generatorPass, type GeneratorTerm, generatorTerms } from './objective.js';
import type { TrainerSettings } from './options.js';
import type { Player } from './player.js';

/** Up to so many pixels a picture, few kernels count more than memory. */
const small = 128 * 128;

/** What a step changes and depends on. */
export interface StepContext {
  readonly model: CycleGAN;
  readonly settings: TrainerSettings;
  readonly random: RandomSource;
  readonly generators: Player;
  readonly discriminators: Player;
  readonly pools: { readonly A: ImagePool; readonly B: ImagePool };
  readonly averages: readonly MovingAverage[];
}

/** What both parts of a step work on. */
interface Turn {
  readonly a: tf.Tensor4D;
  readonly b: tf.Tensor4D;
  /** Whether what a network is given one after another goes through it in one call. */
  readonly shared: boolean;
  readonly key: string | undefined;
}

/** The losses of a step; `values` is [names]. */
export interface StepLosses {
  readonly names: readonly string[];
  readonly values: tf.Tensor;
}

type Rates = Readonly<Record<'generator' | 'discriminator', number>>;

const byName = (gradients: readonly tf.Tensor[]): tf.NamedTensorMap =>
  Object.fromEntries(gradients.map((gradient, i) => [`gradient ${i}`, gradient]));

export class TrainingStep {
  readonly #context: StepContext;
  readonly #replayer = new Replayer();
  readonly #perSample: boolean;
  /** Whether what the networks compute depends on nothing but what they are given. */
  readonly #deterministic: boolean;

  constructor(context: StepContext) {
    this.#context = context;
    const networks = networkNames.map((name) => context.model[name]);
    this.#perSample = networks.every(isPerSample);
    this.#deterministic = networks.every(isDeterministic) && isKnownLoss(context.settings.loss.adversarial);
  }

  /**
   * Computes and applies all gradients, within the tidy of the caller.
   *
   * @returns the names of all losses, and their values as one tensor to read
   */
  run(a: tf.Tensor4D, b: tf.Tensor4D, rates: Rates): StepLosses {
    const sameSize = tf.util.arraysEqual(a.shape.slice(1), b.shape.slice(1));
    const { memory = a.shape[1] * a.shape[2] <= small ? 'fast' : 'low' } = this.#context.settings;
    const shared = memory === 'fast' && sameSize && this.#perSample;
    const turn: Turn = { a, b, shared, key: this.#key(a, b, shared) };
    const { fakeA, fakeB, ...losses } = this.#trainGenerators(turn, rates.generator, memory === 'low');
    return this.#trainDiscriminators(turn, [fakeA, fakeB] as tf.Tensor4D[], losses, rates.discriminator);
  }

  /** The generators' losses, and both fakes. */
  #trainGenerators({ a, b, shared, key }: Turn, rate: number, apart: boolean): tf.NamedTensorMap {
    const { model, settings, generators, averages } = this.#context;
    const { loss, accumulate } = settings;
    const terms = generatorTerms.filter((term) => term !== 'identity' || loss.lambdaIdentity > 0);
    const parts: (readonly GeneratorTerm[])[] = apart ? terms.map((term) => [term]) : [terms];
    const variables = [
      ...allVariables(...networkNames.map((name) => model[name])),
      ...generators.slots,
      ...averages.flatMap((average) => average.variables),
    ];
    const found: tf.NamedTensorMap = {};
    let sums: tf.Tensor[] = [];
    for (const [i, part] of parts.entries()) {
      const learns = accumulate === 1 && i === parts.length - 1;
      const numbers = learns ? generators.numbers(rate) : undefined;
      const shares = learns ? averages.map((average) => average.nextShare()) : [];
      const given = this.#replayer.run(part.join(), {
        key,
        inputs: [a, b, ...sums, ...list(numbers), ...shares],
        variables,
        compute: () => {
          const { losses, fakes, gradients } = generatorPass(model, a, b, loss, shared, part);
          const all = sums.length === 0 ? gradients : gradients.map((g, i) => tf.add(sums[i]!, g));
          if (sums.length > 0) tf.dispose(gradients);
          if (numbers === undefined) return { ...losses, ...fakes, ...byName(all) };
          generators.update(all, numbers);
          averages.forEach((average, i) => {
            average.take(shares[i]!);
          });
          tf.dispose(all);
          return { ...losses, ...fakes };
        },
      });
      tf.dispose(sums);
      sums = split(given, found);
    }
    if (accumulate > 1 && generators.learn(sums, rate)) averages.forEach((average) => average.update());
    return found;
  }

  /**
   * All losses, the generators' before. D_A, which judges B's pictures, learns first, as in P.
   *
   * @param before the generators' losses
   */
  #trainDiscriminators(
    { a, b, shared, key }: Turn,
    [fakeA, fakeB]: readonly tf.Tensor4D[],
    before: tf.NamedTensorMap,
    rate: number,
  ): StepLosses {
    const { model, settings, discriminators, pools, random } = this.#context;
    const { adversarial } = settings.loss;
    const { discriminatorX, discriminatorY } = model;
    const games = [
      { name: 'D_A', network: discriminatorY, real: b, fake: pools.B.query(fakeB!) },
      { name: 'D_B', network: discriminatorX, real: a, fake: pools.A.query(fakeA!) },
    ];
    const fakes = games.map(({ fake }) => fake);
    const numbers = settings.accumulate === 1 ? discriminators.numbers(rate) : undefined;
    const hasPenalty = adversarial.penalty !== undefined;
    const { values, ...named } = this.#replayer.run('discriminators', {
      // penalties draw at random; pools may give fakes of other sizes
      key: key && !hasPenalty ? key + JSON.stringify(fakes.map(({ shape }) => shape)) : undefined,
      inputs: [a, b, ...fakes, ...Object.values(before), ...list(numbers)],
      variables: [...allVariables(discriminatorY, discriminatorX), ...discriminators.slots],
      compute: () => {
        const passes = games.map(({ network, real, fake }) =>
          discriminatorPass(network, real, fake, adversarial, random, shared),
        );
        const losses = passes.flatMap(({ loss, penalty }) =>
          penalty === undefined ? [loss] : [loss, penalty],
        );
        const values = tf.stack([...Object.values(before), ...losses]);
        const gradients = passes.flatMap((pass) => pass.gradients);
        if (numbers === undefined) return { values, ...byName(gradients) };
        discriminators.update(gradients, numbers);
        tf.dispose(gradients);
        this.#clip();
        return { values };
      },
    });
    if (settings.accumulate > 1 && discriminators.learn(Object.values(named), rate)) this.#clip();
    const names = games.flatMap(({ name }) => (hasPenalty ? [name, `gp_${name}`] : [name]));
    return { names: [...Object.keys(before), ...names], values: values! };
  }

  /** Keeps the discriminators' weights small, where the loss wants that. */
  #clip(): void {
    const { clip } = this.#context.settings.loss.adversarial;
    if (clip === undefined) return;
    tf.tidy(() => {
      for (const w of this.#context.discriminators.variables) w.assign(tf.clipByValue(w, -clip, clip));
    });
  }

  /** Everything that what is computed depends on beside tensors and variables; nothing where that is not known. */
  #key(a: tf.Tensor4D, b: tf.Tensor4D, shared: boolean): string | undefined {
    if (!this.#deterministic) return undefined;
    const { model, settings } = this.#context;
    const { adversarial: _, ...weights } = settings.loss;
    const trained = trainableVariables(...networkNames.map((name) => model[name])).map(({ id }) => id);
    return JSON.stringify([a.shape, b.shape, shared, weights, trained]);
  }
}

const list = (numbers: AdamNumbers | undefined): tf.Scalar[] =>
  numbers === undefined ? [] : [numbers.rate, numbers.epsilon];

/** Puts losses and pictures into `found`, and gives the gradients. */
function split(given: tf.NamedTensorMap, found: tf.NamedTensorMap): tf.Tensor[] {
  const gradients: tf.Tensor[] = [];
  for (const [name, t] of Object.entries(given)) {
    if (name.startsWith('gradient ')) gradients.push(t);
    else found[name] = t;
  }
  return gradients;
}

/**
 * One step of training, in a few parts: the generators' terms and update, then the discriminators'. Each part is a
 * computation of tensors and variables alone, so that an engine that can do computations again (`core/capture.ts`) need not be
 * told the same kernels at every step.
 *
 * To take less memory the generators' terms are parts of their own, whose gradients are added up: what one term
 * keeps for its gradient is free before the next one begins.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomSource } from '../core/random.js';
import { type Computation, Capture } from '../core/capture.js';
import type { CycleGAN } from '../models/cyclegan.js';
import { networkNames } from '../models/cyclegan-options.js';
import { allVariables, isDeterministic, isPerSample, trainableVariables } from '../models/networks.js';
import type { ImagePool } from './image-pool.js';
import type { MovingAverage } from './moving-average.js';
import { discriminatorPass, generatorPass, type GeneratorTerm, generatorTerms } from './objective.js';
import type { TrainerSettings } from './options.js';
import type { Player } from './player.js';

/** Up to so many pixels a picture, few kernels count more than memory. */
const small = 128 * 128;

/**
 * With so many weights for each pixel of a picture, as U-Nets have, gradients and new weights that go from thread to thread
 * cost more than computing at the same time brings. Measured on two cores: 80 instead of 69 ms for a U-Net of 5 levels at 64 pixels,
 * 88 instead of 105 for the resnet of 32 filters and 6 blocks (475 weights a pixel), the same at 48 pixels (845).
 */
const mostWeights = 750;

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
  /** Whether what A's pictures begin is computed at the same time as what B's begin. */
  readonly sideBySide: boolean;
  readonly key: string | undefined;
}

/** The losses of a step; `values` is [number of names]. */
export interface StepLosses {
  readonly names: readonly string[];
  readonly values: tf.Tensor;
}

type Rates = Readonly<Record<'generator' | 'discriminator', number>>;

/** Gradients of several networks as named tensors. */
const byName = (gradients: readonly (readonly tf.Tensor[])[]): tf.NamedTensorMap =>
  Object.fromEntries(
    gradients.flatMap((own, i) => own.map((gradient, k) => [`gradient ${i} ${k}`, gradient])),
  );

/** Which of the generators' terms are computed together. */
const partsOf = {
  whole: [generatorTerms],
  /** Either generator's with the picture that it began with: the same work twice, with one graph for both where graphs are compiled. */
  sides: [
    ['cycle_A', 'idt_A'],
    ['cycle_B', 'idt_B'],
  ],
  /** As P has them one after another: running statistics depend on that. */
  terms: generatorTerms.map((term) => [term]),
} satisfies Record<string, readonly (readonly GeneratorTerm[])[]>;

export class TrainingStep {
  readonly #context: StepContext;
  readonly #capture = new Capture();
  readonly #perSample: boolean;
  /** Whether what the networks compute depends on nothing but what they are given. */
  readonly #deterministic: boolean;

  constructor(context: StepContext) {
    this.#context = context;
    const networks = networkNames.map((name) => context.model[name]);
    this.#perSample = networks.every(isPerSample);
    this.#deterministic = networks.every(isDeterministic) && context.settings.loss.adversarial.pure === true;
  }

  /**
   * Computes and applies all gradients, within the tidy of the caller.
   *
   * @returns the names of all losses, and their values as one tensor to read
   */
  run(a: tf.Tensor4D, b: tf.Tensor4D, rates: Rates): StepLosses {
    const sameSize = tf.util.arraysEqual(a.shape.slice(1), b.shape.slice(1));
    const { memory = a.shape[1] * a.shape[2] <= small ? 'fast' : 'low' } = this.#context.settings;
    const fast = memory === 'fast' && this.#perSample;
    const shared = fast && sameSize;
    const key = this.#key(a, b, shared);
    const fewWeights = this.#context.model.generatorG.countParams() < mostWeights * a.shape[1] * a.shape[2];
    const sideBySide = fast && fewWeights && key !== undefined && this.#capture.concurrency > 1;
    const parts: readonly (readonly GeneratorTerm[])[] =
      memory === 'low' && !this.#perSample
        ? partsOf.terms.filter(
            ([term]) => !term!.startsWith('idt') || this.#context.settings.loss.lambdaIdentity > 0,
          )
        : memory === 'low' || sideBySide
          ? partsOf.sides
          : partsOf.whole;
    const turn: Turn = { a, b, shared, key, sideBySide };
    const { fakeA, fakeB, ...losses } = this.#trainGenerators(turn, parts, rates.generator);
    return this.#trainDiscriminators(turn, [fakeA, fakeB] as tf.Tensor4D[], losses, rates.discriminator);
  }

  /** The generators' losses, and both fakes. */
  #trainGenerators(
    { a, b, shared, sideBySide, key }: Turn,
    parts: readonly (readonly GeneratorTerm[])[],
    rate: number,
  ): tf.NamedTensorMap {
    const { model, settings, generators, averages } = this.#context;
    const variables = allVariables(...networkNames.map((name) => model[name]));
    const terms = parts.map((part): Computation => ({
      inputs: [a, b],
      variables,
      compute: () => {
        const { losses, fakes, gradients } = generatorPass(model, a, b, settings.loss, shared, part);
        return { ...losses, ...fakes, ...byName(gradients) };
      },
    }));
    const found: tf.NamedTensorMap = {};
    const gradients: tf.Tensor[][][] = [[], []]; // by generator and part
    for (const given of this.#capture.run(parts.join(' '), key, terms, sideBySide)) {
      for (const [i, own] of split(given, found).entries()) if (own.length > 0) gradients[i]!.push(own);
    }
    const sums = ([first, ...others]: tf.Tensor[][]) =>
      first!.map((gradient, k) => others.reduce((sum, list) => tf.add(sum, list[k]!), tf.clone(gradient)));
    if (settings.accumulate > 1) {
      if (generators.learn(gradients.flatMap(sums), rate)) averages.forEach((average) => average.update());
    } else {
      const learning = generators.learners.map((learner, i): Computation => {
        const numbers = learner.numbers(rate);
        const average = averages[i];
        const share = average?.nextShare();
        return {
          inputs: [
            ...gradients[i]!.flat(),
            numbers.rate,
            numbers.epsilon,
            ...(share === undefined ? [] : [share]),
          ],
          variables: [...learner.all, ...(average?.variables ?? [])],
          compute: () => {
            learner.update(sums(gradients[i]!), numbers);
            if (share !== undefined) average!.take(share);
            return {};
          },
        };
      });
      this.#capture.run('generators', key, learning, sideBySide);
    }
    tf.dispose(gradients);
    return found;
  }

  /**
   * All losses, the generators' before. D_A, which judges B's pictures, learns first, as in P.
   *
   * @param before the generators' losses
   */
  #trainDiscriminators(
    { a, b, shared, sideBySide, key }: Turn,
    [fakeA, fakeB]: readonly tf.Tensor4D[],
    before: tf.NamedTensorMap,
    rate: number,
  ): StepLosses {
    const { model, settings, discriminators, pools, random } = this.#context;
    const { adversarial } = settings.loss;
    const hasPenalty = adversarial.penalty !== undefined;
    const networks = [model.discriminatorY, model.discriminatorX];
    const pictures = [
      // a penalty and a relativistic loss may compare real and fake element by element
      { real: b, fake: pools.B.query(fakeB!, hasPenalty || adversarial.relativistic) },
      { real: a, fake: pools.A.query(fakeA!, hasPenalty || adversarial.relativistic) },
    ];
    const games = networks.map((network, i): Computation => {
      const { real, fake } = pictures[i]!;
      const learner = discriminators.learners[i]!;
      const numbers = settings.accumulate === 1 ? learner.numbers(rate) : undefined;
      return {
        inputs: [real, fake, ...Object.values<tf.Tensor>({ ...numbers })],
        variables: learner.all,
        compute: () => {
          const { loss, penalty, gradients } = discriminatorPass(
            network,
            real,
            fake,
            adversarial,
            random,
            shared,
          );
          const losses = { loss, ...(penalty !== undefined && { penalty }) };
          if (numbers === undefined) return { ...losses, ...byName([gradients]) };
          learner.update(gradients, numbers);
          this.#clip(learner.variables);
          return losses;
        },
      };
    });
    // penalties draw at random; pools may give fakes of other sizes
    const known =
      key && !hasPenalty ? key + JSON.stringify(pictures.map(({ fake }) => fake.shape)) : undefined;
    const losses = { ...before };
    const gradients = this.#capture.run('discriminators', known, games, sideBySide).map((given, i) => {
      const name = i === 0 ? 'D_A' : 'D_B';
      const { loss, penalty, ...others } = given;
      losses[name] = loss!;
      if (penalty !== undefined) losses[`gp_${name}`] = penalty;
      return Object.values(others);
    });
    if (settings.accumulate > 1 && discriminators.learn(gradients.flat(), rate)) {
      this.#clip(discriminators.variables);
    }
    return { names: Object.keys(losses), values: tf.stack(Object.values(losses)) };
  }

  /** Keeps a discriminator's weights small, where the loss wants that. */
  #clip(variables: readonly tf.Variable[]): void {
    const { clip } = this.#context.settings.loss.adversarial;
    if (clip === undefined) return;
    tf.tidy(() => {
      for (const w of variables) w.assign(tf.clipByValue(w, -clip, clip));
    });
  }

  /** Everything that what is computed depends on beside tensors and variables; nothing where that is not known. */
  #key(a: tf.Tensor4D, b: tf.Tensor4D, shared: boolean): string | undefined {
    if (!this.#deterministic) return undefined;
    const { model } = this.#context;
    const trained = trainableVariables(...networkNames.map((name) => model[name])).map(({ id }) => id);
    return JSON.stringify([a.shape, b.shape, shared, trained]);
  }
}

/** Puts losses and pictures into `found`, and gives the gradients of the two generators. */
function split(given: tf.NamedTensorMap, found: tf.NamedTensorMap): [G: tf.Tensor[], F: tf.Tensor[]] {
  const gradients: [tf.Tensor[], tf.Tensor[]] = [[], []];
  for (const [name, t] of Object.entries(given)) {
    const [, network] = /^gradient (\d)/.exec(name) ?? [];
    if (network === undefined) found[name] = t;
    else gradients[network === '0' ? 0 : 1].push(t);
  }
  return gradients;
}

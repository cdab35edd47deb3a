/** A loss of the table on given tensors: its scalars, outputs, and the gradients that the case wants. */
import * as tf from '@tensorflow/tfjs';
import {
  appendLabels,
  classificationLoss,
  drawFrom,
  ganLoss,
  gaussianCodeLoss,
  oneHotLabels,
  pullAwayTerm,
  Random,
} from 'ts-cyclegan';
import * as v from 'valibot';
import { scalar, type Results } from '../compare.js';
import { tensorOf, type GoldenCase } from '../format.js';
import { given, images, inLayout, numbers } from '../layout.js';

const number = v.number();
const schema = v.variant('loss', [
  v.strictObject({ loss: v.picklist(['gan', 'wgan', 'hinge', 'rsgan', 'ralsgan', 'acgan']) }),
  v.strictObject({ loss: v.literal('lsgan'), a: number, b: number, c: number }),
  v.strictObject({ loss: v.literal('wgan-gp'), lambda_gp: number }),
  v.strictObject({ loss: v.literal('dragan'), lambda_gp: number, k: number }),
  v.strictObject({ loss: v.literal('cgan'), classes: number }),
  v.strictObject({ loss: v.literal('infogan'), lambda_categorical: number, lambda_continuous: number }),
  v.strictObject({ loss: v.literal('ebgan'), margin: number, pt_weight: number }),
  v.strictObject({ loss: v.literal('began'), k: number, gamma: number, lambda_k: number }),
]);
type Config = v.InferOutput<typeof schema>;

/** The tensors of a case by name. */
type Inputs = Record<string, tf.Tensor>;

/** What a case may ask for, as functions of its tensors. */
type Computed = Record<string, (x: Inputs) => tf.Tensor>;

/** Names of tensors are those of the case, so `x.real!` and the like are in its file. */
function computed(config: Config, golden: GoldenCase): Computed {
  const labels = (name: string, classes: number) => oneHotLabels(tensorOf(golden, name).data, classes);
  const { loss: name } = config;
  if (name === 'ebgan') {
    const loss = ganLoss(name, { margin: config.margin, pullAway: config.pt_weight });
    const energy = (x: Inputs, of: string) => loss.energy!(x[of]!, x[`${of}-reconstruction`]!);
    const pullAway = (x: Inputs) => pullAwayTerm(x.codes!);
    return {
      discriminator: (x) => loss.discriminator(energy(x, 'real'), energy(x, 'fake')),
      generator: (x) => tf.add(loss.generator(energy(x, 'fake')), tf.mul(pullAway(x), loss.pullAway!)),
      'pull-away': pullAway,
      'out/energy-real': (x) => energy(x, 'real'),
      'out/energy-fake': (x) => energy(x, 'fake'),
    };
  }
  if (name === 'began') {
    const loss = ganLoss(name, { gamma: config.gamma, lambdaK: config.lambda_k, k: config.k });
    const balance = loss.balance!;
    const energy = (x: Inputs, of: string) => loss.energy!(x[of]!, x[`${of}-reconstruction`]!);
    const real = (x: Inputs) => tf.mean<tf.Scalar>(energy(x, 'real'));
    const generator = (x: Inputs) => loss.generator(energy(x, 'fake-G'));
    const nextFrom = (k: number) => (x: Inputs) => balance.next(tf.scalar(k), real(x), generator(x));
    return {
      discriminator: (x) =>
        loss.discriminator(energy(x, 'real'), energy(x, 'fake-D'), tf.scalar(balance.start)),
      generator,
      k: nextFrom(balance.start),
      'k-from-0': nextFrom(0),
      'k-from-1': nextFrom(1),
      M: (x) => balance.convergence(real(x), generator(x)),
    };
  }
  const loss = ganLoss(name, optionsOf(config));
  const logits: Computed = {
    discriminator: (x) => loss.discriminator(x.real!, x.fake!),
    generator: (x) => loss.generator(x.fake!, loss.relativistic ? x.real! : undefined),
  };
  /** The same with a part more. */
  const plus =
    (part: keyof typeof logits, ...more: Computed[string][]) =>
    (x: Inputs) =>
      tf.addN([logits[part]!(x), ...more.map((one) => one(x))]);
  switch (name) {
    case 'wgan-gp':
    case 'dragan': {
      const penalty = (x: Inputs) => {
        const gradient = x.gradient as tf.Tensor4D; // that of this discriminator, wherever it is taken
        const discriminate = (image: tf.Tensor4D) => tf.sum(tf.mul(gradient, image), [1, 2, 3]);
        const anywhere = tf.zerosLike(gradient);
        return loss.penalty!(discriminate, anywhere, anywhere, drawFrom(new Random(1)));
      };
      return { ...logits, penalty, discriminator: plus('discriminator', penalty) };
    }
    case 'cgan':
      return {
        ...logits,
        'out/z-and-labels': (x) => appendLabels(x.z as tf.Tensor2D, labels('labels', config.classes)),
        'out/images-and-labels': (x) =>
          appendLabels(x.images as tf.Tensor4D, labels('labels', config.classes)),
      };
    case 'acgan': {
      const classes = (of: string) => (x: Inputs) =>
        loss.classification!(x[of]!, labels('labels', x[of]!.shape[1]!));
      const [real, fake] = [classes('real-classes'), classes('fake-classes')];
      return {
        discriminator: plus('discriminator', real, fake),
        generator: plus('generator', fake),
        'class-real': real,
        'class-fake': fake,
      };
    }
    case 'infogan': {
      const categorical = (x: Inputs) => labels('categorical', x['class-logits']!.shape[1]!);
      const information = (x: Inputs) =>
        loss.information!(
          { categorical: categorical(x), continuous: x.continuous! },
          { logits: x['class-logits']!, mean: x['q-mean']!, logVariance: x['q-log-variance']! },
        );
      return {
        discriminator: plus('discriminator', information),
        generator: plus('generator', information),
        info: information,
        'info-categorical': (x) => classificationLoss(x['class-logits']!, categorical(x)),
        'info-continuous': (x) => gaussianCodeLoss(x.continuous!, x['q-mean']!, x['q-log-variance']),
      };
    }
    default:
      return logits;
  }
}

/** The options of a loss of logits under our names. */
function optionsOf(config: Config) {
  switch (config.loss) {
    case 'lsgan':
      return { a: config.a, b: config.b, c: config.c };
    case 'wgan-gp':
      return { lambda: config.lambda_gp };
    case 'dragan':
      return { lambda: config.lambda_gp, constant: config.k };
    case 'infogan':
      return { lambdaCategorical: config.lambda_categorical, lambdaContinuous: config.lambda_continuous };
    default:
      return {};
  }
}

const isImages = (x: tf.Tensor): boolean => x.rank === 4;

export async function ganLosses(golden: GoldenCase): Promise<Results> {
  const all = computed(v.parse(schema, golden.config), golden);
  const inputs: Inputs = {};
  for (const name of golden.inputs) {
    const x = given(golden, name);
    inputs[name] = isImages(x) ? images(golden, name) : x;
  }
  const numbersOf = (x: tf.Tensor) => (isImages(x) ? inLayout(golden, x) : numbers(x));
  const results: Results = new Map();
  for (const [name, compute] of Object.entries(all)) {
    if (name in golden.scalars) results.set(name, scalar((await compute(inputs).data())[0]!));
    else results.set(name, await numbersOf(compute(inputs)));
    const start = `grad/${name}/`;
    const sought = Object.keys(golden.expected)
      .filter((one) => one.startsWith(start))
      .map((one) => one.slice(start.length));
    if (sought.length === 0) continue;
    const gradients = tf.grads((...moved: tf.Tensor[]) =>
      compute({ ...inputs, ...Object.fromEntries(sought.map((of, i) => [of, moved[i]!])) }),
    )(sought.map((of) => inputs[of]!));
    for (const [i, gradient] of gradients.entries()) {
      results.set(start + sought[i]!, await numbersOf(gradient));
    }
  }
  return results;
}

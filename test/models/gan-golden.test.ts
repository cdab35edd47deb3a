/** Networks of noise-to-image GANs as `GAN` builds them, with PyTorch's weights: the loss of the discriminator's first update. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  appendLabels,
  autoencoderDiscriminator,
  type CodeOptions,
  dcganGenerator,
  GAN,
  type GANLossName,
  loadStateDict,
} from 'ts-cyclegan';
import { expect, it } from 'vitest';
import { withInnerOutput } from '../../src/models/inner-output.js';
import { latentTensor } from '../../src/models/latent.js';
import { type GoldenCase, readCase, tensorOf } from '../golden/format.js';
import { images } from '../golden/layout.js';
import { withoutLeaks } from '../support/leaks.js';

interface Layer {
  layer: string;
  in: number;
  out: number;
  stride?: number;
}
type Networks = Record<'G' | 'D' | 'C' | 'Q', Layer[] | undefined>;

/** The options under which `GAN` builds the networks of a case. */
function modelOf({ config, tensors }: GoldenCase): GAN {
  const { gan: loss, classes, continuous, networks } = config as {
    gan: GANLossName; classes?: number; continuous?: number; networks: Networks;
  }; // prettier-ignore
  const [, , height, width] = tensors.get('step-1/real-1')!.shape as [number, number, number, number];
  const [g, d] = [networks.G!, networks.D!];
  const last = g.filter(({ layer }) => layer.startsWith('conv')).at(-1)!;
  const halvings = (list: Layer[]) =>
    list.filter(({ layer, stride }) => layer === 'conv' && stride === 2).length;
  const codes: CodeOptions | undefined =
    loss === 'infogan' ? { categorical: classes!, continuous: continuous! } : undefined;
  const isLabelled = loss === 'cgan' || loss === 'acgan';
  const isAutoencoder = loss === 'began';
  const levels = halvings(d);
  const latentSize = g[0]!.in - (isLabelled || codes ? classes! : 0) - (codes ? continuous! : 0);
  const imageShape = [height, width, last.out] as const;
  const codeSize = d.find(({ layer }) => layer === 'linear')!.out;
  if (loss === 'ebgan') {
    // its generator halves the image more often than its discriminator, so both are handed in
    const generator = dcganGenerator({ latentSize, outputShape: imageShape, filters: last.in, levels: 2 });
    const discriminator = autoencoderDiscriminator({
      inputShape: imageShape,
      codeSize,
      filters: d[0]!.out,
      levels,
    });
    return new GAN({ loss, generator, discriminator, code: 'main.3' });
  }
  return new GAN({
    loss,
    imageShape,
    latentSize,
    filters: last.in,
    discriminatorFilters: d[0]!.out,
    levels,
    ...(isLabelled && { classes: classes! }),
    ...(codes && { codes }),
    ...(isAutoencoder && { codeSize }),
    seed: 1,
  });
}

const numbersOf = (golden: GoldenCase, name: string): number[] => [...tensorOf(golden, name).data];
const softplus = (x: tf.Tensor) => tf.softplus(x);
const meanOf = (x: tf.Tensor) => tf.mean(x);
const crossEntropy = (labels: tf.Tensor, logits: tf.Tensor) => tf.losses.softmaxCrossEntropy(labels, logits);

/** The discriminator's loss by the paper, without penalty, given logits or energies. */
const losses: Record<GANLossName, (r: tf.Tensor, f: tf.Tensor, config: Record<string, number>) => tf.Tensor> =
  {
    ...(Object.fromEntries(
      ['gan', 'dragan', 'cgan', 'acgan', 'infogan'].map((name) => [
        name,
        (r: tf.Tensor, f: tf.Tensor) => tf.add(meanOf(softplus(tf.neg(r))), meanOf(softplus(f))),
      ]),
    ) as Record<'gan' | 'dragan' | 'cgan' | 'acgan' | 'infogan' | 'hinge' | 'rsgan' | 'ralsgan', never>),
    lsgan: (r, f) => tf.mul(0.5, tf.add(meanOf(tf.square(tf.sub(r, 1))), meanOf(tf.square(f)))),
    wgan: (r, f) => tf.sub(meanOf(f), meanOf(r)),
    'wgan-gp': (r, f) => tf.sub(meanOf(f), meanOf(r)),
    ebgan: (r, f, { margin }) => tf.add(meanOf(r), meanOf(tf.relu(tf.sub(margin!, f)))),
    began: (r, f, { k }) => tf.sub(meanOf(r), tf.mul(k!, meanOf(f))),
  };

it.each<GANLossName>([
  'gan', 'lsgan', 'wgan', 'wgan-gp', 'dragan', 'cgan', 'acgan', 'infogan', 'ebgan', 'began',
])('%s', (loss) =>
  withoutLeaks(async () => {
    const golden = readCase(join(import.meta.dirname, '../golden/cases'), `gan-training-${loss}`);
    using model = modelOf(golden);
    const { head, structure } = model;
    const named = { G: model.generator, D: model.discriminator, C: head, Q: head };
    for (const [key, weights] of Object.entries(golden.weights)) {
      const entries = weights.map((name) => [`main.${name.slice(2)}`, tensorOf(golden, name)] as const);
      loadStateDict(named[key as keyof typeof named]!, Object.fromEntries(entries));
    }
    const { config } = golden;
    const count = config.batch as number;
    const labelled = golden.tensors.get('step-1/labels-1') ?? golden.tensors.get('step-1/categorical-D-1');
    const labels = labelled === undefined ? [] : [...labelled.data].map(Number);
    const codes = Float32Array.from(golden.tensors.has('step-1/continuous-D-1') ? numbersOf(golden, 'step-1/continuous-D-1') : []);
    const noise = Float32Array.from(numbersOf(golden, 'step-1/z-D-1'));
    const got = tf.tidy(() => {
      const input = latentTensor(structure.latent, count, { noise, labels, codes });
      const fake = model.generator.apply(input, { training: true }) as tf.Tensor4D;
      const real = images(golden, 'step-1/real-1');
      const oneHot = () => tf.cast(tf.oneHot(labels, structure.latent.classes), 'float32') as tf.Tensor2D;
      const inner = structure.headInput ?? structure.code;
      const judge = (x: tf.Tensor4D) => {
        const input = loss === 'cgan' ? appendLabels(x, oneHot()) : x;
        if (inner === undefined) return [model.discriminator.apply(input, { training: true }) as tf.Tensor];
        return withInnerOutput(model.discriminator, inner).apply(input, { training: true }) as tf.Tensor[];
      };
      const [r, featuresOfReal] = judge(real);
      const [f, featuresOfFake] = judge(fake);
      const energy = (x: tf.Tensor, y: tf.Tensor) => {
        const difference = tf.reshape(tf.sub(y, x), [count, -1]);
        return loss === 'ebgan' ? tf.norm(difference, 2, 1) : tf.mean(tf.abs(difference), 1);
      };
      const scores = loss === 'ebgan' || loss === 'began' ? [energy(real, r!), energy(fake, f!)] : [r!, f!];
      const total = losses[loss](scores[0]!, scores[1]!, config as Record<string, number>);
      const estimate = (features: tf.Tensor) => head!.apply(features, { training: true }) as tf.Tensor;
      const results: Record<string, tf.Tensor> = { 'D-1': total };
      if (loss === 'acgan') {
        results['class-real-1'] = crossEntropy(oneHot(), estimate(featuresOfReal!));
        results['class-fake-1'] = crossEntropy(oneHot(), estimate(featuresOfFake!));
      }
      if (loss === 'infogan') {
        const { classes, continuous } = structure.latent;
        const [logits, mean] = tf.split(estimate(featuresOfFake!), [classes, continuous], 1) as [tf.Tensor, tf.Tensor];
        const squares = tf.sum(tf.square(tf.sub(tf.tensor2d(codes, [count, continuous]), mean)), 1);
        results['info-1'] = tf.add(
          crossEntropy(oneHot(), logits),
          tf.add(meanOf(tf.mul(0.5, squares)), 0.5 * continuous * Math.log(2 * Math.PI)),
        );
      }
      return results;
    });
    const values = Object.fromEntries(
      await Promise.all(Object.entries(got).map(async ([name, t]) => [name, (await t.data())[0]!] as const)),
    );
    tf.dispose(got);
    const scalar = (name: string) => golden.scalars[`step-1/${name}`]?.value ?? 0;
    const added = ['penalty-1', 'class-real-1', 'class-fake-1', 'info-1'].reduce((sum, name) => sum + scalar(name), 0);
    for (const [name, value] of Object.entries(values)) {
      const expected = name === 'D-1' ? scalar(name) - added : scalar(name);
      const { atol } = golden.scalars[`step-1/${name}`]!;
      expect(Math.abs(value - expected), name).toBeLessThanOrEqual(atol);
    }
    if (model.options === undefined) for (const network of [model.generator, model.discriminator]) network.dispose();
  }),
); // prettier-ignore

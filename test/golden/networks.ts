/**
 * The networks of the cases: P's and K's option names → our builders, and weights by the names of the
 * cases. P's names and layouts come from the library's own `loadStateDict` and `stateDict`; numbers
 * that belong to weights (gradients, moments of Adam) are written into the network and exported
 * like weights, so that they come out named and laid out alike.
 */
import * as tf from '@tensorflow/tfjs';
import {
  adversarialLoss,
  loadStateDict,
  patchDiscriminator,
  pixelDiscriminator,
  resnetGenerator,
  type SeparableLoss,
  type SeparableMode,
  stateDict,
  unetGenerator,
} from 'ts-cyclegan';
import * as v from 'valibot';
import type { Numbers, Results } from './compare.js';
import { tensorOf, type GoldenCase } from './format.js';
import { given, images, inLayout, numbers } from './layout.js';

const pytorch = v.strictObject({
  network: v.picklist(['resnet', 'unet', 'patch', 'pixel']),
  input_nc: v.optional(v.number(), 3),
  output_nc: v.optional(v.number(), 3),
  ngf: v.optional(v.number(), 64),
  ndf: v.optional(v.number(), 64),
  n_blocks: v.optional(v.number(), 9),
  num_downs: v.optional(v.number(), 8),
  n_layers: v.optional(v.number(), 3),
  norm: v.optional(v.picklist(['instance', 'batch', 'none']), 'instance'),
  use_dropout: v.optional(v.boolean(), false),
  no_antialias: v.optional(v.boolean(), true),
  no_antialias_up: v.optional(v.boolean(), true),
  padding_type: v.optional(v.picklist(['reflect', 'replicate', 'zero']), 'reflect'),
  mode: v.optional(v.picklist(['train', 'eval']), 'train'),
});

const keras = v.strictObject({
  network: v.picklist(['resnet', 'patch']),
  channels: v.optional(v.number(), 3),
  filters: v.optional(v.number(), 64),
  num_residual_blocks: v.optional(v.number(), 9),
});

/** Builds the network of a `config`. */
export function buildNetwork(layout: GoldenCase['layout'], config: unknown): tf.LayersModel {
  return layout === 'keras' ? buildKeras(v.parse(keras, config)) : buildPyTorch(v.parse(pytorch, config));
}

function buildPyTorch(config: v.InferOutput<typeof pytorch>): tf.LayersModel {
  const { norm, use_dropout: dropout, output_nc: outputChannels } = config;
  const convention = 'pytorch' as const;
  const inputShape: [null, null, number] = [null, null, config.input_nc];
  const generator = { convention, inputShape, outputChannels, filters: config.ngf, norm, dropout };
  const discriminator = { convention, inputShape, filters: config.ndf, norm };
  switch (config.network) {
    case 'resnet':
      return resnetGenerator({
        ...generator,
        residualBlocks: config.n_blocks,
        border: config.padding_type,
        antialias: !config.no_antialias,
        upsampling: config.no_antialias_up ? 'transposed' : 'smooth',
      });
    case 'unet':
      return unetGenerator({ ...generator, levels: config.num_downs });
    case 'patch':
      return patchDiscriminator({
        ...discriminator,
        layers: config.n_layers,
        antialias: !config.no_antialias,
      });
    case 'pixel':
      return pixelDiscriminator(discriminator);
  }
}

function buildKeras({ network, channels, filters, num_residual_blocks }: v.InferOutput<typeof keras>) {
  const inputShape: [null, null, number] = [null, null, channels];
  if (network === 'patch') return patchDiscriminator({ inputShape, filters });
  return resnetGenerator({
    inputShape,
    outputChannels: channels,
    filters,
    residualBlocks: num_residual_blocks,
  });
}

/** A mode of the adversarial loss as P has it, without weight clipping. */
export function adversarialMode(mode: SeparableMode): SeparableLoss {
  const { clip: _, ...loss } = adversarialLoss(mode);
  return loss;
}

/** Gives a network the weights that a case has under `name`. */
export function setWeights(golden: GoldenCase, name: string, network: tf.LayersModel): void {
  const names = golden.weights[name] ?? [];
  if (golden.layout === 'keras') {
    network.setWeights(names.map((weight) => given(golden, weight)));
  } else if (names.length > 0) {
    const entries = names.map((weight) => [weight.slice(name.length + 1), tensorOf(golden, weight)] as const);
    loadStateDict(network, Object.fromEntries(entries));
  }
}

/** A network's weights by the names of the cases, `<name>/<weight>`. */
export async function weightsOf(
  golden: GoldenCase,
  name: string,
  network: tf.LayersModel,
): Promise<Map<string, Numbers>> {
  const named = new Map<string, Numbers>();
  if (golden.layout === 'keras') {
    const values = network.getWeights();
    for (const [i, weight] of kerasNames(network).entries()) {
      named.set(`${name}/${weight}`, await numbers(values[i]!));
    }
  } else {
    for (const [weight, { shape, data }] of Object.entries(await stateDict(network))) {
      if (data instanceof Float32Array) named.set(`${name}/${weight}`, { shape, data });
    }
  }
  return named;
}

/** Values that belong to the trainable weights of a network, named like them. The weights are lost. */
export async function named(
  golden: GoldenCase,
  name: string,
  network: tf.LayersModel,
  values: readonly tf.Tensor[],
): Promise<Map<string, Numbers>> {
  for (const [i, weight] of network.trainableWeights.entries()) weight.write(values[i]!);
  return weightsOf(golden, name, network);
}

/** K's names: `<index in model.weights>/<kernel|bias|gamma|beta>`. */
export const kerasNames = (network: tf.LayersModel): string[] =>
  network.weights.map((weight, i) => `${i}/${weight.originalName.split('/').at(-1)!}`);

/** The trainable weights of a network as variables, which `tf.variableGrads` wants. */
export const variablesOf = (network: tf.LayersModel): tf.Variable[] =>
  network.trainableWeights.map((weight) => weight.read()).filter(isVariable);

const isVariable = (weight: tf.Tensor): weight is tf.Variable => weight instanceof tf.Variable;

/** y = network(input), the gradients of sum(y · r), and the statistics after this pass. */
export async function pass(
  golden: GoldenCase,
  name: string,
  network: tf.LayersModel,
  training: boolean,
): Promise<Results> {
  const input = tf.variable(images(golden, 'input'));
  const r = golden.inputs.includes('r') ? images(golden, 'r') : tf.scalar(1);
  const variables = variablesOf(network);
  let y: tf.Tensor | undefined;
  const { grads } = tf.variableGrads(() => {
    y = tf.keep(network.apply(input, { training }) as tf.Tensor);
    return tf.sum(tf.mul(y, r));
  }, [input, ...variables]);
  const gradientOf = (variable: tf.Variable) => grads[variable.name] ?? tf.zerosLike(variable);

  const results: Results = new Map();
  results.set('out/y', await inLayout(golden, y!));
  y!.dispose();
  results.set('grad/input', await inLayout(golden, gradientOf(input)));
  for (const [weight, value] of await weightsOf(golden, name, network)) results.set(`after/${weight}`, value);
  const gradients = await named(golden, name, network, variables.map(gradientOf));
  for (const [weight, value] of gradients) results.set(`grad/${weight}`, value);
  return results;
}

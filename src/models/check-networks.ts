/** Checks that networks fit together as a model that translates images. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { CUTNetworks } from './cut-options.js';
import { type CycleGANNetworks, networkNames } from './cyclegan-options.js';
import { type FeatureLayer, featuresOf } from './feature-layers.js';
import type { Pix2PixNetworks } from './pix2pix-options.js';

const refuse = (where: string, message: string): never => {
  throw new CycleGANError('INVALID_MODEL', `${where}: ${message}`);
};

/** Refuses a network that does not have one batch of images as input and one as output. */
function checkOnImages(where: string, name: string, { inputs, outputs }: LayersModel): void {
  const shapes = [...inputs, ...outputs].map((t) => t.shape);
  if (inputs.length === 1 && outputs.length === 1 && shapes.every((shape) => shape.length === 4)) return;
  refuse(
    where,
    `${name} must have one input and one output, batches of images [batch, height, width, channels], ` +
      `got inputs and outputs of shape ${shapes.map(show).join(', ')}.`,
  );
}

type Shape = readonly (number | null)[];
const input = (network: LayersModel): Shape => network.inputs[0]!.shape;
const output = (network: LayersModel): Shape => network.outputs[0]!.shape;

/** Whether all known sizes are equal. */
const meet = (given: Shape, taken: Shape): boolean =>
  given.every((size, i) => size === null || taken[i] === null || size === taken[i]);

/** Every network must have one batch of images as input and output. Channels and known sizes must match. */
export function checkFit(where: string, networks: CycleGANNetworks): void {
  for (const name of networkNames) checkOnImages(where, name, networks[name]);
  const { generatorG, generatorF, discriminatorX, discriminatorY } = networks;
  const meetings = [
    ['generatorG returns', output(generatorG), 'generatorF expects', input(generatorF)],
    ['generatorF returns', output(generatorF), 'generatorG expects', input(generatorG)],
    ['generatorF returns', output(generatorF), 'discriminatorX expects', input(discriminatorX)],
    ['generatorG returns', output(generatorG), 'discriminatorY expects', input(discriminatorY)],
  ] as const;
  for (const [from, given, to, taken] of meetings) {
    if (meet(given, taken)) continue;
    refuse(where, `${from} images of shape ${show(given)}, but ${to} ${show(taken)}. They must be the same.`);
  }
}

/** The discriminator must expect the generator's input and output, concatenated along the channels. */
export function checkConditional(where: string, { generator, discriminator }: Pix2PixNetworks): void {
  checkOnImages(where, 'generator', generator);
  checkOnImages(where, 'discriminator', discriminator);
  const [taken, given] = [input(generator), output(generator)];
  const joined = [null, taken[1] ?? given[1]!, taken[2] ?? given[2]!, taken[3]! + given[3]!];
  if (meet(taken.slice(0, 3), given.slice(0, 3)) && meet(joined, input(discriminator))) return;
  refuse(
    where,
    `the discriminator must expect the generator's input and output, concatenated along the channels, ${show(joined)}, ` +
      `got ${show(input(discriminator))}. The generator expects ${show(taken)} and returns ${show(given)}.`,
  );
}

/**
 * The generator must return images that it accepts, and that the discriminator accepts. The head must expect the channels of the
 * features.
 */
export function checkContrastive(
  where: string,
  { generator, discriminator, head }: CUTNetworks,
  layers: readonly FeatureLayer[],
): void {
  checkOnImages(where, 'generator', generator);
  checkOnImages(where, 'discriminator', discriminator);
  const [taken, given] = [input(generator), output(generator)];
  for (const [to, wanted] of [
    ['itself', taken],
    ['the discriminator', input(discriminator)],
  ] as const) {
    if (meet(given, wanted)) continue;
    refuse(
      where,
      `the generator returns images of shape ${show(given)}, but ${to} expects ${show(wanted)}. They must be the same.`,
    );
  }
  const wanted = featuresOf(where, generator, layers).map(({ shape }) => [null, shape[3]!]);
  const got = head.inputs.map(({ shape }) => shape);
  if (
    wanted.length === got.length &&
    head.outputs.length === got.length &&
    wanted.every((shape, i) => got[i]!.length === 2 && meet(shape, got[i]!))
  )
    return;
  refuse(
    where,
    `the head must have one input and one output for each of the layers ${show(layers)}, with inputs of shape ` +
      `${wanted.map(show).join(', ')}, got ${got.map(show).join(', ')}. Build it with featureHead(generator, { nceLayers }).`,
  );
}

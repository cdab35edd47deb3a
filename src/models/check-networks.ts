/** Whether networks fit together as a model that translates images. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { type CycleGANNetworks, networkNames } from './cyclegan-options.js';
import type { Pix2PixNetworks } from './pix2pix-options.js';

const refuse = (where: string, message: string): never => {
  throw new CycleGANError('INVALID_MODEL', `${where}: ${message}`);
};

/** Refuses a network that does not take one batch of images and give one. */
function checkOnImages(where: string, name: string, { inputs, outputs }: LayersModel): void {
  const shapes = [...inputs, ...outputs].map((t) => t.shape);
  if (inputs.length === 1 && outputs.length === 1 && shapes.every((shape) => shape.length === 4)) return;
  refuse(
    where,
    `${name} must take one batch of images [batch, height, width, channels] and give one, ` +
      `got inputs and outputs of shape ${shapes.map(show).join(', ')}.`,
  );
}

type Shape = readonly (number | null)[];
const input = (network: LayersModel): Shape => network.inputs[0]!.shape;
const output = (network: LayersModel): Shape => network.outputs[0]!.shape;

/** Whether known sizes are the same. */
const meet = (given: Shape, taken: Shape): boolean =>
  given.every((size, i) => size === null || taken[i] === null || size === taken[i]);

/** Every network takes one batch of images and gives one; channels and known sizes must meet. */
export function checkFit(where: string, networks: CycleGANNetworks): void {
  for (const name of networkNames) checkOnImages(where, name, networks[name]);
  const { generatorG, generatorF, discriminatorX, discriminatorY } = networks;
  const meetings = [
    ['generatorG gives', output(generatorG), 'generatorF takes', input(generatorF)],
    ['generatorF gives', output(generatorF), 'generatorG takes', input(generatorG)],
    ['generatorF gives', output(generatorF), 'discriminatorX takes', input(discriminatorX)],
    ['generatorG gives', output(generatorG), 'discriminatorY takes', input(discriminatorY)],
  ] as const;
  for (const [from, given, to, taken] of meetings) {
    if (meet(given, taken)) continue;
    refuse(where, `${from} images of shape ${show(given)}, but ${to} ${show(taken)}. They must be the same.`);
  }
}

/** The discriminator must take the generator's input and output, joined along the channels. */
export function checkConditional(where: string, { generator, discriminator }: Pix2PixNetworks): void {
  checkOnImages(where, 'generator', generator);
  checkOnImages(where, 'discriminator', discriminator);
  const [taken, given] = [input(generator), output(generator)];
  const joined = [null, taken[1] ?? given[1]!, taken[2] ?? given[2]!, taken[3]! + given[3]!];
  if (meet(taken.slice(0, 3), given.slice(0, 3)) && meet(joined, input(discriminator))) return;
  refuse(
    where,
    `the generator takes images of shape ${show(taken)} and gives ${show(given)}, but the discriminator takes ` +
      `${show(input(discriminator))}. It must take both, joined along the channels: ${show(joined)}.`,
  );
}

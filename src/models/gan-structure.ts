/** What one must know of a GAN's networks to run and train them, whether they were built here or handed in. */
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { type GANLossName, ganNeeds } from '../losses/adversarial/needs.js';
import type { FixedShape } from './gan-network-options.js';
import { type CodeOptions, codesOf, type GANNetworks, headOutputs, latentParts } from './gan-options.js';
import { layerName } from './inner-output.js';
import type { LatentParts } from './latent.js';

export interface GANStructure {
  readonly loss: GANLossName;
  readonly imageShape: FixedShape;
  /** The parts of the generator's input. */
  readonly latent: LatentParts;
  /** InfoGAN's codes. */
  readonly codes?: Required<CodeOptions>;
  /** The discriminator's layer that the head reads. */
  readonly headInput?: string;
  /** Length of the head's output; 0 if there is no head. */
  readonly headOutputs: number;
  /** The layer of an auto-encoder that gives its codes. */
  readonly code?: string;
}

/** What is said of networks that were handed in, and what is saved of them. */
export interface OwnStructure {
  loss: GANLossName;
  classes?: number;
  codes?: CodeOptions;
  headInput?: string | number;
  code?: string | number;
}

/** The structure of networks, some of whose sizes are read off them. */
export function structureOf(where: string, own: OwnStructure, networks: GANNetworks): GANStructure {
  const { loss } = own;
  const needs = ganNeeds[loss];
  if (needs.labels !== undefined && own.classes === undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "classes" must be a whole number from 2 with loss "${loss}", got ${show(own.classes)}.`,
    );
  }
  const codes = needs.codes ? codesOf(where, own.codes) : undefined;
  const { generator, discriminator } = networks;
  const sizes = { classes: own.classes, codes };
  const rest = latentParts(0, sizes);
  const latentSize = (generator.inputs[0]!.shape[1] ?? 0) - rest.classes - rest.continuous;
  const [, height, width, channels] = generator.outputs[0]!.shape as [null, number, number, number];
  return {
    loss,
    imageShape: [height, width, channels],
    latent: latentParts(latentSize, sizes),
    ...(codes && { codes }),
    headOutputs: headOutputs(loss, sizes),
    ...(own.headInput !== undefined && {
      headInput: layerName(where, 'headInput', discriminator, own.headInput),
    }),
    ...(own.code !== undefined && { code: layerName(where, 'code', discriminator, own.code) }),
  };
}

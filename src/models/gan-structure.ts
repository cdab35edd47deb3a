/** The structure of a GAN's networks, for generating and training: the sizes of the latent parts, the head and its input. */
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { type GANLossName, ganNeeds } from '../losses/adversarial/needs.js';
import type { FixedShape } from './gan-network-options.js';
import { type CodeOptions, codesOf, type GANNetworks, headOutputs, latentParts } from './gan-options.js';
import { layerName } from './inner-output.js';
import type { LatentParts } from './latent.js';

/** The structure of a GAN's networks. */
export interface GANStructure {
  readonly loss: GANLossName;
  readonly imageShape: FixedShape;
  /** The parts of the input of the generator. */
  readonly latent: LatentParts;
  /** InfoGAN's codes. */
  readonly codes?: Required<CodeOptions>;
  /** The layer of the discriminator that the head reads. */
  readonly headInput?: string;
  /** The length of the head's output; 0 if there is no head. */
  readonly headOutputs: number;
  /** The layer that returns the codes of an auto-encoder. */
  readonly code?: string;
}

/** The description of your own networks, as given and as saved. */
export interface OwnStructure {
  loss: GANLossName;
  classes?: number;
  codes?: CodeOptions;
  headInput?: string | number;
  code?: string | number;
}

/** Derives the structure from a description and from the shapes of the networks. */
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

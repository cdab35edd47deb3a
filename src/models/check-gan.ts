/** Checks that networks fit together as a GAN that generates images from noise. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { ganNeeds } from '../losses/adversarial/needs.js';
import type { GANNetworks } from './gan-options.js';
import type { GANStructure } from './gan-structure.js';
import { innerShape } from './inner-output.js';
import { latentLength } from './latent.js';

type Shape = readonly (number | null)[];

const meet = (given: Shape, taken: Shape): boolean =>
  given.length === taken.length &&
  given.every((size, i) => size === null || taken[i] === null || size === taken[i]);

/** @throws CycleGANError `INVALID_MODEL` */
export function checkGAN(where: string, networks: GANNetworks, structure: GANStructure): void {
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_MODEL', `${where}: ${message}`);
  };
  /** Returns the shape of the only input or output of a network, which must match `wanted`. */
  const expectShape = (what: string, ends: LayersModel['inputs'], wanted: Shape, why: string): Shape => {
    const shapes = ends.map(({ shape }) => shape);
    if (shapes.length === 1 && meet(wanted, shapes[0]!)) return shapes[0]!;
    return refuse(`the ${what} must be ${show(wanted)}, ${why}, got ${shapes.map(show).join(', ')}.`);
  };
  const { generator, discriminator, head } = networks;
  const { loss, latent, imageShape, headInput, headOutputs, code } = structure;
  const { autoencoder, labels } = ganNeeds[loss];
  const image: Shape = [null, ...imageShape];

  if (latent.latentSize < 1 || generator.inputs[0]!.shape.length !== 2) {
    const parts = latent.classes + latent.continuous;
    refuse(
      `the generator's input must be [null, size] with a size of at least ${parts + 1}: noise` +
        `${parts > 0 ? ` and ${parts} for labels and codes` : ''}, got ${show(generator.inputs[0]!.shape)}.`,
    );
  }
  expectShape("generator's input", generator.inputs, [null, latentLength(latent)], 'noise, labels and codes');
  expectShape("generator's output", generator.outputs, [null, null, null, null], 'a batch of images');
  const channels = imageShape[2] + (labels === 'input' ? latent.classes : 0);
  const taken: Shape = [null, imageShape[0], imageShape[1], channels];
  const what = labels === 'input' ? 'images with a channel for each class' : 'images of the generator';
  expectShape("discriminator's input", discriminator.inputs, taken, what);
  const given: Shape = autoencoder === undefined ? [null, 1] : image;
  const gives = autoencoder === undefined ? 'one logit for each image' : 'reconstructed images';
  expectShape("discriminator's output", discriminator.outputs, given, gives);

  if (loss === 'ebgan' && code === undefined) {
    refuse('loss "ebgan" needs code, the layer of the discriminator that returns the codes of images.');
  }
  if (headOutputs === 0) {
    if (head !== undefined) refuse(`loss "${loss}" has no head, got a model.`);
    return;
  }
  if (head === undefined || headInput === undefined) {
    refuse(`loss "${loss}" needs a head and headInput, the layer of the discriminator that the head reads.`);
  }
  const features = innerShape(discriminator, headInput!);
  expectShape(
    "head's input",
    head!.inputs,
    features,
    `the output of the discriminator's layer ${show(headInput)}`,
  );
  expectShape("head's output", head!.outputs, [null, headOutputs], 'estimates of classes or codes');
}

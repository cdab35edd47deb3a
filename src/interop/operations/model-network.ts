/** The network of a model that is exported. */
import { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../../core/errors.js';
import { oneOf, optional, show } from '../../core/options.js';
import { twoCopies } from '../../core/two-copies.js';
import { CUT } from '../../models/cut.js';
import { CycleGAN } from '../../models/cyclegan.js';
import { GAN } from '../../models/gan.js';
import { isNetwork } from '../../models/network-model.js';
import { Pix2Pix } from '../../models/pix2pix.js';
import { type Direction, generatorOf } from '../../models/saved-cyclegan.js';
import { Translator } from '../../models/translator.js';

/** A model with a generator, or a single network. */
export type ExportableModel = CycleGAN | Translator | Pix2Pix | CUT | GAN | LayersModel;

/** Schema of the direction of a CycleGAN. */
export const directionEntry = optional(oneOf('AtoB', 'BtoA'));

/** The network to export, and facts about it. */
export interface Exported {
  network: LayersModel;
  /** Facts as texts by name, for the file. */
  facts: Record<string, string>;
}

/** @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_OPTION`, `DISPOSED`, `UNSUPPORTED` */
export function exportedNetwork(
  where: string,
  model: ExportableModel,
  direction: Direction | undefined,
): Exported {
  if (isNetwork(model)) {
    if (!(model instanceof LayersModel)) throw twoCopies(where, 'the network is a model');
    refuseDirection(where, direction, 'a single network');
    return { network: model, facts: {} };
  }
  const isModel = [CycleGAN, Translator, Pix2Pix, CUT, GAN].some(
    (kind) => (model as unknown) instanceof kind,
  );
  if (!isModel) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: model must be a CycleGAN, Translator, Pix2Pix, CUT, GAN or tf.LayersModel, got ${show(model)}.`,
    );
  }
  const alive = model as Exclude<ExportableModel, LayersModel>;
  if (alive.disposed) {
    throw new CycleGANError('DISPOSED', `${where}: the model has been disposed. Build or load a new one.`);
  }
  if (alive instanceof CycleGAN) {
    if (direction === undefined) {
      throw new CycleGANError(
        'INVALID_OPTION',
        `${where}: option "direction" must be "AtoB" or "BtoA" for a CycleGAN, got undefined.`,
      );
    }
    return { network: alive[generatorOf[direction]], facts: { model: 'CycleGAN', direction } };
  }
  if (alive instanceof Translator) {
    if (direction !== undefined && direction !== alive.direction) {
      throw new CycleGANError(
        'INVALID_OPTION',
        `${where}: option "direction" must be "${alive.direction}", the direction of the translator, got "${direction}".`,
      );
    }
    return { network: alive.generator, facts: { model: 'CycleGAN', direction: alive.direction } };
  }
  const name = alive instanceof GAN ? 'GAN' : alive instanceof CUT ? 'CUT' : 'Pix2Pix';
  refuseDirection(where, direction, `a ${name}`);
  return { network: alive.generator, facts: { model: name } };
}

function refuseDirection(where: string, direction: Direction | undefined, what: string): void {
  if (direction === undefined) return;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: option "direction" is for a CycleGAN, ${what} has none. Leave it out.`,
  );
}

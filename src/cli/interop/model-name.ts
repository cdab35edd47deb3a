/** The class of a model, for output. Bundlers may change the names of classes. */
import { CUT } from '../../models/cut.js';
import { CycleGAN } from '../../models/cyclegan.js';
import { Pix2Pix } from '../../models/pix2pix.js';
import type { ImageModel } from './formats.js';

export function modelName(model: ImageModel): string {
  if (model instanceof CycleGAN) return 'CycleGAN';
  if (model instanceof Pix2Pix) return 'Pix2Pix';
  return model instanceof CUT ? 'CUT' : 'Translator';
}

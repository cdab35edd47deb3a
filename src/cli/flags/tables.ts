/** The library's own tables of options, from which the flags of `train` are made and by which their values are checked. */
import type { Entries } from '../../core/options.js';
import { preprocessEntries } from '../../data/plan.js';
import { cutEntries } from '../../models/cut-options.js';
import { imageToImageEntries } from '../../models/image-to-image-options.js';
import { ganEntries } from '../../models/gan-options.js';
import { pix2pixEntries } from '../../models/pix2pix-options.js';
import { decodeEntries } from '../../data/image-file.js';
import { cutTrainerEntries } from '../../trainer/algorithms/cut/options.js';
import { cutFitEntries } from '../../trainer/algorithms/cut/trainer.js';
import { cycleGANTrainerEntries } from '../../trainer/algorithms/cyclegan/options.js';
import { cycleGANFitEntries } from '../../trainer/algorithms/cyclegan/trainer.js';
import { ganTrainerEntries } from '../../trainer/algorithms/gan/options.js';
import { ganFitEntries } from '../../trainer/algorithms/gan/trainer.js';
import { pix2pixTrainerEntries } from '../../trainer/algorithms/pix2pix/options.js';
import { pix2pixFitEntries } from '../../trainer/algorithms/pix2pix/trainer.js';
import type { Algorithm, Part } from './generated-option.js';

/** Options that are objects of a program, not values that can be typed. */
const ofPrograms = ['callbacks', 'labels', 'training'];

const without = (entries: Entries, names: readonly string[]): Entries =>
  Object.fromEntries(Object.entries(entries).filter(([name]) => !names.includes(name)));

const images = { ...preprocessEntries, ...decodeEntries };
const tables: Record<Algorithm, Record<Part, Entries>> = {
  cyclegan: { model: imageToImageEntries, trainer: cycleGANTrainerEntries, fit: cycleGANFitEntries, images },
  pix2pix: { model: pix2pixEntries, trainer: pix2pixTrainerEntries, fit: pix2pixFitEntries, images },
  cut: { model: cutEntries, trainer: cutTrainerEntries, fit: cutFitEntries, images },
  gan: { model: ganEntries, trainer: ganTrainerEntries, fit: ganFitEntries, images },
};

/** The schemas of the options of an algorithm, by part. */
export function entriesOf(algorithm: Algorithm): Record<Part, Entries> {
  const { model, trainer, fit, images } = tables[algorithm];
  return {
    model,
    trainer: without(trainer, ofPrograms),
    fit: without(fit, ofPrograms),
    images: without(images, ofPrograms),
  };
}

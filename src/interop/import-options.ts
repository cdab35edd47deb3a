/** The options of `importModel`: what weights do not show. */
import { flag, listOf, oneOf, optional, wholeNumber } from '../core/options.js';
import { type FeatureLayer, featureLayers } from '../models/feature-layers.js';
import type { Direction } from '../models/saved-cyclegan.js';

/** Options of `importModel`. An option that does not apply to the networks of the files is refused. */
export interface ImportOptions {
  /**
   * Height and width of the images that the model will be trained on.
   * @default any
   */
  size?: readonly [height: number, width: number];
  /**
   * The direction of a single generator.
   * @default 'BtoA' if its name is `G_B`, else 'AtoB'
   */
  direction?: Direction;
  /**
   * The kind of border of a ResNet whose weights show that it is not `zero`.
   * @default 'reflect'
   */
  border?: 'reflect' | 'replicate';
  /**
   * Whether a U-Net or a separable ResNet has dropout, which its weights do not show.
   * @default true for pix2pix, as in PyTorch, else false
   */
  dropout?: boolean;
  /**
   * The layers of the generator that a CUT compares, which its weights do not show.
   * @default those of `CUT`
   */
  nceLayers?: readonly FeatureLayer[];
}

const side = wholeNumber(1);
/** Schemas of {@link ImportOptions}. */
export const importEntries = {
  size: optional(listOf(side, 2, '[height, width], whole numbers from 1')),
  direction: optional(oneOf('AtoB', 'BtoA')),
  border: optional(oneOf('reflect', 'replicate')),
  dropout: optional(flag()),
  nceLayers: optional(featureLayers),
};

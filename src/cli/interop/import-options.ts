/** The options of `importModel` as flags. */
import { oneOf, wholeNumber } from '../../core/options.js';
import type { ImportOptions } from '../../interop/import-options.js';
import { featureLayers } from '../../models/feature-layers.js';
import { checkValue, parseNumber } from '../flags/check.js';

/** The values of the flags, as text. */
export interface ImportFlags {
  size?: string;
  direction?: string;
  border?: string;
  dropout?: boolean;
  nceLayers?: string;
}

/** A layer by its index or its name. */
const layerOf = (text: string): number | string => parseNumber(text.trim());

/** @throws CycleGANError `INVALID_OPTION` */
export function importOptions({ size, direction, border, dropout, nceLayers }: ImportFlags): ImportOptions {
  const side = size === undefined ? undefined : checkValue('--size', wholeNumber(1), parseNumber(size));
  return {
    ...(side !== undefined && { size: [side, side] as const }),
    ...(direction !== undefined && {
      direction: checkValue('--direction', oneOf('AtoB', 'BtoA'), direction),
    }),
    ...(border !== undefined && { border: checkValue('--border', oneOf('reflect', 'replicate'), border) }),
    ...(dropout !== undefined && { dropout }),
    ...(nceLayers !== undefined && {
      nceLayers: checkValue('--nce-layers', featureLayers, nceLayers.split(',').map(layerOf)),
    }),
  };
}

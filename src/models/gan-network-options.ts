/** The options and helpers of the builders of noise-to-image networks. */
import * as v from 'valibot';
import { CycleGANError } from '../core/errors.js';
import { optional, satisfying, wholeNumber, withDefault } from '../core/options.js';
import type { KernelInitializer, LayerFactory } from '../blocks/block.js';
import { ingredients, networkEntries, type NetworkOptions, type Norm } from './options.js';
import { Sequence } from './sequence.js';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

/** The height, width and channels of images of a fixed size. */
export type FixedShape = readonly [height: number, width: number, channels: number];

/** Options of all noise-to-image networks. */
export interface GANNetworkOptions extends Pick<
  NetworkOptions,
  'filters' | 'initializer' | 'initializerGain' | 'seed' | 'name'
> {
  /**
   * The number of times that the network halves or doubles the image.
   * @default as many as keep height and width whole and at least 4, but at least 1
   */
  levels?: number;
}

/** Schema of a {@link FixedShape}. */
export const fixedShape = satisfying<FixedShape>(
  (value) =>
    Array.isArray(value) && v.is(v.strictTuple([wholeNumber(1), wholeNumber(1), wholeNumber(1)]), value),
  '[height, width, channels], whole numbers from 1',
);

const { filters, initializer, initializerGain, seed, name } = networkEntries;

/** Schemas of {@link GANNetworkOptions}. */
export const ganNetworkEntries = {
  filters,
  initializer,
  initializerGain,
  seed,
  name,
  levels: optional(wholeNumber(1, 8)),
};

/** Schema of an image shape. The default is that of handwritten digits. */
export const imageShapeEntry = withDefault(fixedShape, [28, 28, 1]);

/** The levels of a network for images of this shape, and the size of its smallest feature maps. */
export function levelsOf(
  where: string,
  option: string,
  [height, width]: FixedShape,
  levels = mostLevels(height, width),
): { levels: number; smallest: readonly [height: number, width: number] } {
  const multiple = 2 ** levels;
  for (const [side, size] of [
    ['height', height],
    ['width', width],
  ] as const) {
    if (size % multiple === 0) continue;
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: the ${side} of option "${option}" must be a multiple of ${multiple}, as the network ` +
        `halves it ${levels === 1 ? 'once' : `${levels} times`}, got ${size}. ` +
        `Use images of another size${levels === 1 ? '' : ', or fewer levels'}.`,
    );
  }
  return { levels, smallest: [height / multiple, width / multiple] };
}

function mostLevels(height: number, width: number): number {
  const fits = (levels: number) =>
    [height, width].every((size) => size % 2 ** levels === 0 && size >> levels >= 4);
  let levels = 1;
  while (levels < 8 && fits(levels + 1)) levels++;
  return levels;
}

/** The filters at a level. They double at each level, up to a factor of 8. Level 0 is next to the image. */
export const widthAt = (filters: number, level: number): number => filters * Math.min(2 ** level, 8);

interface Settings {
  initializer?: NetworkOptions['initializer'];
  initializerGain: number;
  seed?: number | undefined;
  norm: Norm;
}

/** The ingredients of the layers of one network. */
export interface Layering {
  sequence: Sequence;
  normLayer: LayerFactory | null;
  /** Whether convolutions before a norm have a bias. */
  useBias: boolean;
  kernelInitializer: KernelInitializer;
}

/** Starts a network at its input, with PyTorch's norms. */
export function layeringOf(x: SymbolicTensor, settings: Settings): Layering {
  const { normLayer, kernelInitializer } = ingredients({ ...settings, convention: 'pytorch' });
  const sequence = new Sequence(x, kernelInitializer);
  return { sequence, normLayer, kernelInitializer, useBias: settings.norm !== 'batch' };
}

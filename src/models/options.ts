/** The options that the builders of networks share, and what the two conventions make of them. */
import { initializers, input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import * as v from 'valibot';
import type { KernelInitializer, LayerFactory } from '../blocks/block.js';
import type { Convention } from '../core/convention.js';
import { CycleGANError } from '../core/errors.js';
import {
  finiteNumber,
  oneOf,
  optional,
  satisfying,
  show,
  text,
  wholeNumber,
  withDefault,
} from '../core/options.js';
import { anySeed, Random } from '../core/random.js';
import { withCopiesNamed } from '../core/two-copies.js';
import { BatchNormalization } from '../layers/batch-normalization.js';
import { InstanceNormalization } from '../layers/instance-normalization.js';
import { registerOwn } from '../layers/register.js';
import { type InitializerKind, kernelInitializers } from './initializers.js';

/** How activations are normalised: `instance` (each picture by itself), `batch`, or `none`. */
export type Normalization = 'instance' | 'batch' | 'none';

/** Height, width and channels of a picture. A size may be null: then it is open. */
export type ImageShape = readonly [height: number | null, width: number | null, channels: number];

/** Options that every network has. */
export interface NetworkOptions {
  /**
   * @default 'keras'
   */
  convention?: Convention;
  /**
   * Height, width and channels of the pictures that come in.
   * @default [256, 256, 3]
   */
  inputShape?: ImageShape;
  /**
   * Filters of the first convolution; P: `ngf`, `ndf`.
   * @default 64
   */
  filters?: number;
  /**
   * @default 'instance'
   */
  norm?: Normalization;
  /**
   * How initial kernels are drawn. In the convention `keras` the generator's last kernel is Glorot
   * uniform, as in K, unless this is given.
   * @default 'normal'
   */
  initializer?: InitializerKind;
  /**
   * Standard deviation of `normal`, factor of `xavier` and `orthogonal`.
   * @default 0.02
   */
  initializerGain?: number;
  /**
   * Seed of initial weights and dropout masks: the same seed gives the same network.
   * @default drawn at random
   */
  seed?: number;
  /** Name of the model. */
  name?: string;
}

const size = v.nullable(wholeNumber(1));
const shapePhrase = '[height, width, channels], whole numbers from 1 (height and width may be null)';

/** Schemas of {@link NetworkOptions}. */
export const networkEntries = {
  convention: withDefault(oneOf('keras', 'pytorch'), 'keras'),
  inputShape: withDefault(
    satisfying<ImageShape>(
      (value) => Array.isArray(value) && v.is(v.strictTuple([size, size, wholeNumber(1)]), value),
      shapePhrase,
    ),
    [256, 256, 3],
  ),
  filters: withDefault(wholeNumber(1), 64),
  norm: withDefault(oneOf('instance', 'batch', 'none'), 'instance'),
  initializer: optional(oneOf('normal', 'xavier', 'kaiming', 'orthogonal')),
  initializerGain: withDefault(finiteNumber(0), 0.02),
  seed: optional(wholeNumber(0)),
  name: optional(text()),
};

/** Refuses pictures that the network cannot halve as often as it does. */
export function checkMultiple(where: string, shape: ImageShape, multiple: number): void {
  shape.slice(0, 2).forEach((size, i) => {
    if (size !== null && size % multiple !== 0) {
      const near = Math.max(1, Math.round(size / multiple)) * multiple;
      throw new CycleGANError(
        'INVALID_SHAPE',
        `${where}: the ${i === 0 ? 'height' : 'width'} of the pictures must be a multiple of ${multiple}, ` +
          `got ${size}. Resize or crop them, to ${near} for example.`,
      );
    }
  });
}

/** A convention's choices for one network, drawn from the network's seed. */
export interface Ingredients {
  random: Random;
  normalization: LayerFactory | null;
  kernelInitializer: KernelInitializer;
  lastKernelInitializer: KernelInitializer;
  /** Whether convolutions before a normalisation have a bias. */
  useBias: boolean;
  /** Padding of a convolution of stride 2; see the blocks. */
  stridedPadding: 'same' | 1;
}

interface ResolvedNetworkOptions {
  convention: Convention;
  norm: Normalization;
  initializer?: InitializerKind | undefined;
  initializerGain: number;
  seed?: number | undefined;
}

/** What a convention and the options make of each kind of layer. */
export function ingredients(options: ResolvedNetworkOptions): Ingredients {
  const { convention, norm, initializer, initializerGain, seed } = options;
  const keras = convention === 'keras';
  const random = new Random(seed ?? anySeed());
  const kernelInitializer = kernelInitializers(initializer ?? 'normal', initializerGain, random);
  const around = (mean: number) =>
    initializers.randomNormal({ mean, stddev: initializerGain, seed: random.seed() });
  const factories: Record<Normalization, LayerFactory | null> = {
    none: null,
    instance: keras
      ? (args) => new InstanceNormalization({ epsilon: 1e-3, gammaInitializer: around(0), ...args })
      : (args) => new InstanceNormalization({ epsilon: 1e-5, center: false, scale: false, ...args }),
    batch: (args) =>
      new BatchNormalization({ epsilon: keras ? 1e-3 : 1e-5, gammaInitializer: around(1), ...args }),
  };
  return {
    random,
    normalization: factories[norm],
    kernelInitializer,
    lastKernelInitializer:
      keras && initializer === undefined
        ? () => initializers.glorotUniform({ seed: random.seed() })
        : kernelInitializer,
    useBias: !keras && norm === 'instance',
    stridedPadding: keras ? 'same' : 1,
  };
}

/** What a checked set of options turns into a network. */
export type Build = () => LayersModel;

/** Builds a model of one input and one output from a function on symbolic tensors. */
export function buildNetwork(
  shape: ImageShape,
  name: string,
  network: (x: SymbolicTensor) => SymbolicTensor,
): LayersModel {
  registerOwn();
  const inputs = input({ shape: [...shape], name: 'input' });
  return withCopiesNamed(name, () => model({ inputs, outputs: network(inputs), name }));
}

/** Refuses a picture size under which a convolution of the network would have nothing to see. */
export function checkSmallest(where: string, shape: ImageShape, smallest: number): void {
  if (shape.slice(0, 2).some((size) => size !== null && size < smallest)) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: pictures must be at least ${smallest} pixels high and wide, got ${show(shape.slice(0, 2))}.`,
    );
  }
}

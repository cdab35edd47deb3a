/** The options of all network builders, and their meaning in the two conventions. */
import { initializers, input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import * as v from 'valibot';
import type { KernelInitializer, LayerFactory } from '../blocks/block.js';
import { type Convention, conventionEntry } from '../core/convention.js';
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
import { initialValues, type InitializerKind, kernelInitializers } from './initializers.js';

/** The norm of a network's activations: `instance` (each image by itself), `batch`, or `none`. */
export type Norm = 'instance' | 'batch' | 'none';

/** The height, width and channels of an image. Height and width may be null, if they are unknown. */
export type ImageShape = readonly [height: number | null, width: number | null, channels: number];

/** Options of all networks. */
export interface NetworkOptions {
  /**
   * @default 'keras'
   */
  convention?: Convention;
  /**
   * The height, width and channels of the input images.
   * @default [256, 256, 3]
   */
  inputShape?: ImageShape;
  /**
   * The filters of the first convolution. PyTorch: `ngf`, `ndf`.
   * @default 64
   */
  filters?: number;
  /**
   * @default 'instance'
   */
  norm?: Norm;
  /**
   * The initializer of the kernels. If it is not given, the last kernel of the generator is Glorot uniform in the convention
   * `keras`.
   * @default 'normal'
   */
  initializer?: InitializerKind;
  /**
   * The standard deviation of `normal`, and the factor of `xavier` and `orthogonal`.
   * @default 0.02
   */
  initializerGain?: number;
  /**
   * The seed of the initial weights and of the dropout masks. The same seed builds the same network.
   * @default random
   */
  seed?: number;
  /** The name of the network. */
  name?: string;
}

const size = v.nullable(wholeNumber(1));
const shapePhrase = '[height, width, channels], whole numbers from 1 (height and width may be null)';

/** Schemas of {@link NetworkOptions}. */
export const networkEntries = {
  convention: conventionEntry('keras'),
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

/** Refuses images that the network cannot halve often enough. */
export function checkMultiple(where: string, shape: ImageShape, multiple: number): void {
  shape.slice(0, 2).forEach((size, i) => {
    if (size !== null && size % multiple !== 0) {
      const near = Math.max(1, Math.round(size / multiple)) * multiple;
      throw new CycleGANError(
        'INVALID_SHAPE',
        `${where}: the ${i === 0 ? 'height' : 'width'} of the images must be a multiple of ${multiple}, ` +
          `got ${size}. Resize or crop them, to ${near} for example.`,
      );
    }
  });
}

/** The parts of a network that depend on its convention and its seed. */
export interface Ingredients {
  random: Random;
  normLayer: LayerFactory | null;
  kernelInitializer: KernelInitializer;
  lastKernelInitializer: KernelInitializer;
  /** Whether convolutions before a norm have a bias. */
  useBias: boolean;
  /** The padding of convolutions of stride 2; see the blocks. */
  stridedPadding: 'same' | 1;
}

interface ResolvedNetworkOptions {
  convention: Convention;
  norm: Norm;
  initializer?: InitializerKind | undefined;
  initializerGain: number;
  seed?: number | undefined;
}

/** The ingredients for a convention and the other options. */
export function ingredients(options: ResolvedNetworkOptions): Ingredients {
  const { convention, norm, initializer, initializerGain, seed } = options;
  const keras = convention === 'keras';
  const random = new Random(seed ?? anySeed());
  const kernelInitializer = kernelInitializers(initializer ?? 'normal', initializerGain, random);
  const around = (mean: number) =>
    initializers.randomNormal({ mean, stddev: initializerGain, seed: random.seed() });
  const factories: Record<Norm, LayerFactory | null> = {
    none: null,
    instance: keras
      ? (args) => new InstanceNormalization({ epsilon: 1e-3, gammaInitializer: around(0), ...args })
      : (args) => new InstanceNormalization({ epsilon: 1e-5, center: false, scale: false, ...args }),
    batch: (args) =>
      new BatchNormalization({ epsilon: keras ? 1e-3 : 1e-5, gammaInitializer: around(1), ...args }),
  };
  return {
    random,
    normLayer: factories[norm],
    kernelInitializer,
    lastKernelInitializer:
      keras && initializer === undefined
        ? () => initialValues(initializers.glorotUniform({ seed: random.seed() }))
        : kernelInitializer,
    useBias: !keras && norm === 'instance',
    stridedPadding: keras ? 'same' : 1,
  };
}

/** A function that builds a network from checked options. */
export type Build = () => LayersModel;

/** Builds a network with one input and one output from a function on symbolic tensors. */
export function buildNetwork(
  shape: ImageShape,
  name: string,
  network: (x: SymbolicTensor) => SymbolicTensor,
): LayersModel {
  registerOwn();
  const inputs = input({ shape: [...shape], name: 'input' });
  return withCopiesNamed(name, () => model({ inputs, outputs: network(inputs), name }));
}

/** Refuses images that are too small for the convolutions of the network. */
export function checkSmallest(where: string, shape: ImageShape, smallest: number): void {
  if (shape.slice(0, 2).some((size) => size !== null && size < smallest)) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: images must be at least ${smallest} pixels high and wide, got ${show(shape.slice(0, 2))}.`,
    );
  }
}

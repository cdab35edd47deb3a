/**
 * A CycleGAN model (Zhu et al. 2017, arXiv:1703.10593): four networks, built from options or given, which can translate, be
 * saved and be loaded. Training is in `src/trainer`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Convention, conventionEntry } from '../core/convention.js';
import { CycleGANError } from '../core/errors.js';
import { oneOf, optional, resolveOptions, satisfying, show, withDefault } from '../core/options.js';
import { translateEntries, type TranslateOptions } from './any-size.js';
import { saveBundle, type WeightsDtype } from './bundle.js';
import {
  type CycleGANNetworks,
  type CycleGANOptions,
  networkNames,
  prepareNetworks,
  type ResolvedCycleGANOptions,
  resolveCycleGANOptions,
} from './cyclegan-options.js';
import { checkFit } from './check-networks.js';
import { ioHandler } from './io-handler.js';
import { buildAll, isNetwork, NetworkModel, resolveOwnNetworks } from './network-model.js';
import { readBundle, type SavedModel } from './read-bundle.js';
import { type Direction, generatorOf, type SavedCycleGAN, savedCycleGAN } from './saved-cyclegan.js';
import { translateWith } from './translate.js';

/** Your own networks for {@link CycleGAN}, and the convention that they are trained with. */
export interface OwnNetworks extends CycleGANNetworks {
  /**
   * @default 'keras'
   */
  convention?: Convention;
}

const ownNetworks = {
  ...Object.fromEntries(
    networkNames.map((name) => [
      name,
      satisfying<LayersModel>(isNetwork, 'a tf.LayersModel, given together with the other three networks'),
    ]),
  ),
  convention: conventionEntry('keras'),
};

/** Options of {@link CycleGAN.save}. */
export interface SaveOptions {
  /**
   * Saves only the generator of this direction, for deployment. `Translator.load` reads it.
   * @default all four networks, which `CycleGAN.load` needs
   */
  direction?: Direction;
  /**
   * `float16` halves the size and rounds each weight to 11 bits. Use it for translation, not to continue training.
   * @default 'float32'
   */
  dtype?: WeightsDtype;
}

const saveEntries = {
  direction: optional(oneOf('AtoB', 'BtoA')),
  dtype: withDefault(oneOf('float32', 'float16'), 'float32'),
};

/**
 * A CycleGAN: generators G: A → B and F: B → A, discriminator X for images of A and Y for images of B.
 *
 * @see [Overview](../../docs/overview.md)
 * @see [Names: ours, the paper's, PyTorch's and Keras'](../../docs/naming.md)
 * @see [Memory](../../docs/memory.md)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { CycleGAN } from 'ts-cyclegan';
 * const model = new CycleGAN({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 7 });
 * const horse = tf.zeros([32, 32, 3]) as tf.Tensor3D;
 * const zebra = model.translate(horse, 'AtoB'); // [32, 32, 3], from -1 to 1
 * console.log(zebra.shape);
 * model.dispose();
 * ```
 */
export class CycleGAN extends NetworkModel<CycleGANNetworks> implements CycleGANNetworks {
  /** Translates A → B. PyTorch: G_A. */
  readonly generatorG: LayersModel;
  /** Translates B → A. PyTorch: G_B. */
  readonly generatorF: LayersModel;
  /** Judges images of A. PyTorch: D_B. */
  readonly discriminatorX: LayersModel;
  /** Judges images of B. PyTorch: D_A. */
  readonly discriminatorY: LayersModel;
  /** The convention of the networks. */
  readonly convention: Convention;
  #options: ResolvedCycleGANOptions | undefined;

  /**
   * @param options the options of the networks, or the four networks
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`, `INVALID_MODEL`, before
   * anything is allocated
   */
  constructor(options: CycleGANOptions | OwnNetworks = {}) {
    const { networks, convention, built } = networksOf(options);
    super('CycleGAN', networks, built !== undefined);
    this.convention = convention;
    this.#options = built;
    this.generatorG = networks.generatorG;
    this.generatorF = networks.generatorF;
    this.discriminatorX = networks.discriminatorX;
    this.discriminatorY = networks.discriminatorY;
  }

  /** All options, if the networks were built from options. */
  get options(): ResolvedCycleGANOptions | undefined {
    return this.#options;
  }

  /**
   * Translates images.
   *
   * @param image [H, W, C] or [B, H, W, C], float32 in [−1, 1]. H and W need not be those of `inputShape`: any size that the
   * generator accepts works, and with `anySize` any size at all
   * @returns images of the same size and rank, in [−1, 1]; dispose of them when done
   * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `DISPOSED`, `UNKNOWN_OPTION`, `INVALID_OPTION`;
   * `UNSUPPORTED` for `anySize` with your own networks, whose accepted sizes are unknown
   */
  translate<T extends tf.Tensor3D | tf.Tensor4D>(
    image: T,
    direction: Direction,
    options: TranslateOptions = {},
  ): T {
    this.checkAlive('translate');
    if (!['AtoB', 'BtoA'].includes(direction)) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `CycleGAN.translate: direction must be "AtoB" or "BtoA", got ${show(direction)}.`,
      );
    }
    const where = 'CycleGAN.translate';
    const { anySize } = resolveOptions(where, translateEntries, options);
    return translateWith(where, this[generatorOf[direction]], this.#options, image, anySize);
  }

  /**
   * Saves the four networks and the options, or one generator. The file holds SHA-256 hashes, which `load` checks.
   *
   * @param target a URL such as `indexeddb://horse2zebra`, or an IO handler such as `fileSystem(folder)`
   * of `ts-cyclegan/node`
   * @throws CycleGANError `INVALID_ARGUMENT` if no handler knows the URL, `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`;
   * `NOT_A_NUMBER` if a weight is NaN or infinite; then nothing is saved
   */
  async save(target: string | tf.io.IOHandler, options: SaveOptions = {}): Promise<tf.io.SaveResult> {
    this.checkAlive('save');
    const { direction, dtype } = resolveOptions('CycleGAN.save', saveEntries, options);
    const handler = ioHandler('CycleGAN.save', target, 'save');
    const names = direction === undefined ? networkNames : [generatorOf[direction]];
    const networks = Object.fromEntries(names.map((name) => [name, this[name]]));
    const saved = {
      kind: 'cyclegan' as const,
      options: this.#options ?? { convention: this.convention },
      networks,
    };
    return await saveBundle('CycleGAN.save', handler, saved, dtype);
  }

  /**
   * Loads the four networks of a saved model.
   *
   * @param source a URL such as `https://…/model.json`, or an IO handler
   * @throws CycleGANError `INVALID_MODEL` if the file is not a CycleGAN, holds only one generator, has another version, is
   * modified or truncated, or holds weights that are not finite; `NOT_FOUND` if there is no file; `INVALID_ARGUMENT` if no
   * handler knows the URL
   */
  static async load(source: string | tf.io.IOHandler): Promise<CycleGAN> {
    const where = 'CycleGAN.load';
    const saved = await readBundle(where, savedCycleGAN, source);
    const networks = buildSavedNetworks(saved);
    const model = new CycleGAN({ ...networks, convention: saved.options.convention });
    model.own();
    model.#options = saved.options.built;
    return model;
  }
}

/** The given networks, or new ones. */
function networksOf(options: CycleGANOptions | OwnNetworks): SavedCycleGAN & { networks: CycleGANNetworks } {
  if (networkNames.some((name) => (options as Partial<OwnNetworks> | null)?.[name] !== undefined)) {
    const { convention, ...networks } = resolveOwnNetworks<Required<OwnNetworks>>(
      'CycleGAN', ownNetworks, networkNames, options,
    ); // prettier-ignore
    checkFit('CycleGAN', networks);
    return { networks, convention, built: undefined };
  }
  const built = resolveCycleGANOptions(options);
  const builds = prepareNetworks(built);
  const networks = buildAll(networkNames, (name) => builds[name]());
  return { networks, convention: built.convention, built };
}

/** The four networks of a saved model. */
function buildSavedNetworks({ names, build }: SavedModel<keyof CycleGANNetworks, SavedCycleGAN>) {
  const where = 'CycleGAN.load';
  if (names.length === 1) {
    throw new CycleGANError(
      'INVALID_MODEL',
      `${where}: the file holds only one network, ${names[0]}. Load it with Translator.load.`,
    );
  }
  return buildAll(names, build, (networks) => checkFit(where, networks));
}

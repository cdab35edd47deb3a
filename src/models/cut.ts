/**
 * CUT, contrastive unpaired translation (Park et al. 2020): one generator from A to B, a discriminator of B, and a head that
 * compares patches of an image with the same patches of its translation. Unlike a CycleGAN, it has no way back.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Convention, conventionEntry } from '../core/convention.js';
import { resolveOptions, satisfying } from '../core/options.js';
import { translateEntries, type TranslateOptions } from './any-size.js';
import { saveBundle } from './bundle.js';
import { checkContrastive } from './check-networks.js';
import {
  cutNames,
  type CUTNetworks,
  type CUTOptions,
  prepareCUT,
  type ResolvedCUTOptions,
  resolveCUTOptions,
} from './cut-options.js';
import { type FeatureLayer, featureLayers } from './feature-layers.js';
import { ioHandler } from './io-handler.js';
import { buildAll, isNetwork, NetworkModel, resolveOwnNetworks } from './network-model.js';
import { readBundle, type SavedKind } from './read-bundle.js';
import { saveEntries, type SaveModelOptions } from './save-options.js';
import { translateWith } from './translate.js';

/** Your own networks for {@link CUT}. `featureHead` builds a head for a generator. */
export interface OwnCUTNetworks extends CUTNetworks {
  /** The layers of the generator whose outputs the head expects, in the order of its inputs. */
  nceLayers: readonly FeatureLayer[];
  /**
   * @default 'pytorch'
   */
  convention?: Convention;
}

const convention = conventionEntry('pytorch');
const network = satisfying<LayersModel>(
  isNetwork,
  'a tf.LayersModel, given together with the other networks',
);
const ownEntries = {
  generator: network,
  discriminator: network,
  head: network,
  nceLayers: featureLayers,
  convention,
};

interface Saved {
  convention: Convention;
  nceLayers: readonly FeatureLayer[];
  built: ResolvedCUTOptions | undefined;
}

const savedCUT: SavedKind<keyof CUTNetworks, Saved> = {
  kind: 'cut',
  networks: cutNames,
  alone: [],
  options: (saved) => {
    const built = 'filters' in saved ? resolveCUTOptions(saved as object) : undefined;
    if (built !== undefined) return { built, convention: built.convention, nceLayers: built.nceLayers };
    return { built, ...resolveOptions('CUT', { convention, nceLayers: featureLayers }, saved) };
  },
};

/**
 * A CUT model: a generator, a discriminator and a feature head.
 *
 * @see [CUT](../../docs/cut.md)
 * @see [Overview](../../docs/overview.md)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { CUT } from 'ts-cyclegan';
 * const model = new CUT({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, nceUnits: 8, seed: 7 });
 * const horse = tf.zeros([32, 32, 3]) as tf.Tensor3D;
 * const zebra = model.translate(horse); // [32, 32, 3], from -1 to 1
 * console.log(zebra.shape);
 * model.dispose();
 * ```
 */
export class CUT extends NetworkModel<CUTNetworks> implements CUTNetworks {
  /** Translates images of A to images of B. PyTorch: netG. */
  readonly generator: LayersModel;
  /** Judges images of B. PyTorch: netD. */
  readonly discriminator: LayersModel;
  /** Turns features of the generator into vectors. Only training uses it. PyTorch: netF. */
  readonly head: LayersModel;
  /** The layers of the generator whose outputs are compared. */
  readonly nceLayers: readonly FeatureLayer[];
  /** The convention of the networks. */
  readonly convention: Convention;
  #options: ResolvedCUTOptions | undefined;

  /**
   * @param options the options of the networks, or all three networks
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`, `INVALID_MODEL`
   */
  constructor(options: CUTOptions | OwnCUTNetworks = {}) {
    const { networks, convention, nceLayers, built } = networksOf(options);
    super('CUT', networks, built !== undefined);
    this.generator = networks.generator;
    this.discriminator = networks.discriminator;
    this.head = networks.head;
    this.nceLayers = nceLayers;
    this.convention = convention;
    this.#options = built;
  }

  /** All options, if the networks were built from options. */
  get options(): ResolvedCUTOptions | undefined {
    return this.#options;
  }

  /**
   * Translates images of A to images of B.
   *
   * @param image [H, W, C] or [B, H, W, C], float32 in [−1, 1]. H and W need not be those of `inputShape`: any size that the
   * generator accepts works, and with `anySize` any size at all
   * @returns images of the same size and rank, in [−1, 1]; dispose of them when done
   * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `DISPOSED`, `UNKNOWN_OPTION`, `INVALID_OPTION`;
   * `UNSUPPORTED` for `anySize` with your own networks, whose accepted sizes are unknown
   */
  translate<T extends tf.Tensor3D | tf.Tensor4D>(image: T, options: TranslateOptions = {}): T {
    this.checkAlive('translate');
    const where = 'CUT.translate';
    const { anySize } = resolveOptions(where, translateEntries, options);
    return translateWith(where, this.generator, this.#options, image, anySize);
  }

  /**
   * Saves all networks and the options. The file holds SHA-256 hashes, which `load` checks.
   *
   * @param target a URL such as `indexeddb://horse2zebra`, or an IO handler such as `fileSystem(folder)` of `ts-cyclegan/node`
   * @throws CycleGANError `INVALID_ARGUMENT` if no handler knows the URL, `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`;
   * `NOT_A_NUMBER` if a weight is NaN or infinite; then nothing is saved
   */
  async save(target: string | tf.io.IOHandler, options: SaveModelOptions = {}): Promise<tf.io.SaveResult> {
    this.checkAlive('save');
    const where = 'CUT.save';
    const { dtype } = resolveOptions(where, saveEntries, options);
    const handler = ioHandler(where, target, 'save');
    const saved = this.#options ?? { convention: this.convention, nceLayers: this.nceLayers };
    const { generator, discriminator, head } = this;
    const networks = { generator, discriminator, head };
    return await saveBundle(where, handler, { kind: 'cut', options: saved, networks }, dtype);
  }

  /**
   * Loads a saved model.
   *
   * @param source a URL such as `https://…/model.json`, or an IO handler
   * @throws CycleGANError `INVALID_MODEL` if the file is not a CUT, has another version, is modified or truncated, or holds
   * weights that are not finite; `NOT_FOUND` if there is no file; `INVALID_ARGUMENT` if no handler knows the URL
   */
  static async load(source: string | tf.io.IOHandler): Promise<CUT> {
    const where = 'CUT.load';
    const saved = await readBundle(where, savedCUT, source);
    const { convention, nceLayers, built } = saved.options;
    const networks = buildAll(saved.names, saved.build, (all) => checkContrastive(where, all, nceLayers));
    const model = new CUT({ ...networks, nceLayers, convention });
    model.own();
    model.#options = built;
    return model;
  }
}

/** The given networks, or new ones. */
function networksOf(options: CUTOptions | OwnCUTNetworks): Saved & { networks: CUTNetworks } {
  const given = options as Partial<Record<keyof CUTNetworks, unknown>> | null;
  if (cutNames.some((name) => typeof given?.[name] === 'object')) {
    const { convention, nceLayers, ...networks } = resolveOwnNetworks<Required<OwnCUTNetworks>>(
      'CUT', ownEntries, cutNames, options,
    ); // prettier-ignore
    checkContrastive('CUT', networks, nceLayers);
    return { networks, convention, nceLayers, built: undefined };
  }
  const built = resolveCUTOptions(options as CUTOptions);
  const builds = prepareCUT(built);
  const made: Partial<CUTNetworks> = {};
  const networks = buildAll(cutNames, (name) => {
    made[name] = name === 'head' ? builds.head(made.generator!) : builds[name]();
    return made[name];
  });
  return { networks, convention: built.convention, nceLayers: built.nceLayers, built };
}

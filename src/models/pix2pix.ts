/**
 * A pix2pix model (Isola et al. 2017, arXiv:1611.07004): two networks, built from options or given, which can translate, be
 * saved and be loaded. Training is in `src/trainer`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Convention, conventionEntry } from '../core/convention.js';
import { oneOf, resolveOptions, satisfying, wholeNumber, withDefault } from '../core/options.js';
import { Random } from '../core/random.js';
import { translateEntries, type TranslateOptions } from './any-size.js';
import { saveBundle } from './bundle.js';
import { checkConditional } from './check-networks.js';
import { ioHandler } from './io-handler.js';
import { buildAll, isNetwork, NetworkModel, resolveOwnNetworks } from './network-model.js';
import { applyAsInTraining } from '../layers/networks.js';
import {
  pix2pixNames,
  type Pix2PixNetworks,
  type Pix2PixOptions,
  preparePix2Pix,
  type ResolvedPix2PixOptions,
  resolvePix2PixOptions,
} from './pix2pix-options.js';
import { withBorder } from './image-to-image-options.js';
import { readBundle, type SavedKind } from './read-bundle.js';
import { saveEntries, type SaveModelOptions } from './save-options.js';
import { translateWith } from './translate.js';

/** Your own networks for {@link Pix2Pix}. */
export interface OwnPix2PixNetworks extends Pix2PixNetworks {
  /**
   * @default 'pytorch'
   */
  convention?: Convention;
}

/** Options of {@link Pix2Pix.translate}. */
export interface Pix2PixTranslateOptions extends TranslateOptions {
  /**
   * `'train'` uses dropout, and batch norm with the statistics of the given images, as PyTorch's `test.py` and the paper do.
   * `'eval'` uses no dropout, and batch norm with its running statistics. PyTorch: `--eval`.
   * @default 'train'
   */
  mode?: 'train' | 'eval';
  /**
   * The seed of the dropout masks. The same seed returns the same image.
   * @default 0
   */
  seed?: number;
}

const convention = conventionEntry('pytorch');
const network = satisfying<LayersModel>(isNetwork, 'a tf.LayersModel, given together with the other network');
const ownEntries = { generator: network, discriminator: network, convention };

interface Saved {
  convention: Convention;
  built: ResolvedPix2PixOptions | undefined;
}

const savedPix2Pix: SavedKind<keyof Pix2PixNetworks, Saved> = {
  kind: 'pix2pix',
  networks: pix2pixNames,
  alone: [],
  options: (saved) => {
    const built = 'filters' in saved ? resolvePix2PixOptions(withBorder(saved)) : undefined;
    if (built !== undefined) return { built, convention: built.convention };
    return { built, ...resolveOptions('Pix2Pix', { convention: conventionEntry('keras') }, saved) };
  },
};

/**
 * A pix2pix model: a generator from input to output images, and a discriminator that sees both.
 *
 * @see [Overview](../../docs/overview.md)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { Pix2Pix } from 'ts-cyclegan';
 * const model = new Pix2Pix({ inputShape: [32, 32, 1], outputChannels: 3, levels: 5, filters: 4, seed: 7 });
 * const drawing = tf.zeros([32, 32, 1]) as tf.Tensor3D;
 * const coloured = model.translate(drawing); // [32, 32, 3], from -1 to 1
 * const smooth = model.translate(drawing, { mode: 'eval' }); // without dropout
 * console.log(coloured.shape, smooth.shape);
 * model.dispose();
 * ```
 */
export class Pix2Pix extends NetworkModel<Pix2PixNetworks> implements Pix2PixNetworks {
  /** Translates input images to output images. PyTorch: netG. */
  readonly generator: LayersModel;
  /** Judges pairs of images. PyTorch: netD. */
  readonly discriminator: LayersModel;
  /** The convention of the networks. */
  readonly convention: Convention;
  #options: ResolvedPix2PixOptions | undefined;

  /**
   * @param options the options of the networks, or both networks
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`, `INVALID_MODEL`, before anything is allocated
   */
  constructor(options: Pix2PixOptions | OwnPix2PixNetworks = {}) {
    const { networks, convention, built } = networksOf(options);
    super('Pix2Pix', networks, built !== undefined);
    this.generator = networks.generator;
    this.discriminator = networks.discriminator;
    this.convention = convention;
    this.#options = built;
  }

  /** All options, if the networks were built from options. */
  get options(): ResolvedPix2PixOptions | undefined {
    return this.#options;
  }

  /**
   * Translates images. This does not change the running statistics of the model or the dropout of a training run.
   *
   * @param image [H, W, C] or [B, H, W, C], float32 in [−1, 1]. H and W need not be those of `inputShape`: any size that the
   * generator accepts works, and with `anySize` any size at all
   * @returns images of the same size and rank, in [−1, 1]; dispose of them when done
   * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `DISPOSED`, `UNKNOWN_OPTION`, `INVALID_OPTION`;
   * `UNSUPPORTED` for `anySize` with your own networks, whose accepted sizes are unknown
   */
  translate<T extends tf.Tensor3D | tf.Tensor4D>(image: T, options: Pix2PixTranslateOptions = {}): T {
    this.checkAlive('translate');
    const where = 'Pix2Pix.translate';
    const { anySize, mode, seed } = resolveOptions(
      where,
      {
        ...translateEntries,
        mode: withDefault(oneOf('train', 'eval'), 'train'),
        seed: withDefault(wholeNumber(0), 0),
      },
      options,
    );
    const { generator } = this;
    const run = (x: tf.Tensor4D) => applyAsInTraining(generator, x, new Random(seed)) as tf.Tensor4D;
    return translateWith(where, generator, this.#options, image, anySize, mode === 'train' ? run : undefined);
  }

  /**
   * Saves both networks and the options. The file holds SHA-256 hashes, which `load` checks.
   *
   * @param target a URL such as `indexeddb://facades`, or an IO handler such as `fileSystem(folder)` of `ts-cyclegan/node`
   * @throws CycleGANError `INVALID_ARGUMENT` if no handler knows the URL, `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`;
   * `NOT_A_NUMBER` if a weight is NaN or infinite; then nothing is saved
   */
  async save(target: string | tf.io.IOHandler, options: SaveModelOptions = {}): Promise<tf.io.SaveResult> {
    this.checkAlive('save');
    const where = 'Pix2Pix.save';
    const { dtype } = resolveOptions(where, saveEntries, options);
    const handler = ioHandler(where, target, 'save');
    const saved = this.#options ?? { convention: this.convention };
    const networks = { generator: this.generator, discriminator: this.discriminator };
    return await saveBundle(where, handler, { kind: 'pix2pix', options: saved, networks }, dtype);
  }

  /**
   * Loads a saved model.
   *
   * @param source a URL such as `https://…/model.json`, or an IO handler
   * @throws CycleGANError `INVALID_MODEL` if the file is not a Pix2Pix, has another version, is modified or truncated, or holds
   * weights that are not finite; `NOT_FOUND` if there is no file; `INVALID_ARGUMENT` if no handler knows the URL
   */
  static async load(source: string | tf.io.IOHandler): Promise<Pix2Pix> {
    const where = 'Pix2Pix.load';
    const saved = await readBundle(where, savedPix2Pix, source);
    const networks = buildAll(saved.names, saved.build, (all) => checkConditional(where, all));
    const model = new Pix2Pix({ ...networks, convention: saved.options.convention });
    model.own();
    model.#options = saved.options.built;
    return model;
  }
}

/** The given networks, or new ones. */
function networksOf(options: Pix2PixOptions | OwnPix2PixNetworks): Saved & { networks: Pix2PixNetworks } {
  const given = options as Partial<Record<keyof Pix2PixNetworks, unknown>> | null;
  if (pix2pixNames.some((name) => typeof given?.[name] === 'object')) {
    const { convention, ...networks } = resolveOwnNetworks<Required<OwnPix2PixNetworks>>(
      'Pix2Pix', ownEntries, pix2pixNames, options,
    ); // prettier-ignore
    checkConditional('Pix2Pix', networks);
    return { networks, convention, built: undefined };
  }
  const built = resolvePix2PixOptions(options as Pix2PixOptions);
  const builds = preparePix2Pix(built);
  return { networks: buildAll(pix2pixNames, (name) => builds[name]()), convention: built.convention, built };
}

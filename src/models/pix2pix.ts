/**
 * The two networks of pix2pix (Isola et al. 2017, arXiv:1611.07004), built from options or taken as they are, and what one
 * does with them but train: translate, save, load.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Convention } from '../core/convention.js';
import { oneOf, resolveOptions, satisfying, wholeNumber, withDefault } from '../core/options.js';
import { Random } from '../core/random.js';
import { translateEntries, type TranslateOptions } from './any-size.js';
import { toArtifacts } from './bundle.js';
import { checkConditional } from './check-networks.js';
import { ioHandler, loadArtifacts } from './io-handler.js';
import { buildAll, isNetwork, NetworkModel, resolveOwnNetworks } from './network-model.js';
import { applyAsInTraining } from '../layers/networks.js';
import { networkEntries } from './options.js';
import {
  pix2pixNames,
  type Pix2PixNetworks,
  type Pix2PixOptions,
  preparePix2Pix,
  type ResolvedPix2PixOptions,
  resolvePix2PixOptions,
} from './pix2pix-options.js';
import { readArtifacts, type SavedKind } from './read-bundle.js';
import { saveEntries, type SaveModelOptions } from './save-options.js';
import { translateWith } from './translate.js';

/** Networks of your own for {@link Pix2Pix}. */
export interface OwnPix2PixNetworks extends Pix2PixNetworks {
  /**
   * @default 'pytorch'
   */
  convention?: Convention;
}

/** Options of {@link Pix2Pix.translate}. */
export interface Pix2PixTranslateOptions extends TranslateOptions {
  /**
   * `'train'`: dropout drops and batch norm uses the statistics of the images given, as PyTorch's `test.py` and the paper do.
   * `'eval'`: no dropout, batch norm uses its running statistics; PyTorch: `--eval`.
   * @default 'train'
   */
  mode?: 'train' | 'eval';
  /**
   * Seed of the dropout masks: the same seed gives the same image, another one may give another.
   * @default 0
   */
  seed?: number;
}

const convention = withDefault(oneOf('keras', 'pytorch'), 'pytorch');
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
    const built = 'filters' in saved ? resolvePix2PixOptions(saved as Pix2PixOptions) : undefined;
    if (built !== undefined) return { built, convention: built.convention };
    return { built, ...resolveOptions('Pix2Pix', { convention: networkEntries.convention }, saved) };
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
  /** Input to output images; PyTorch: netG. */
  readonly generator: LayersModel;
  /** Judges pairs; PyTorch: netD. */
  readonly discriminator: LayersModel;
  /** Whose definitions the networks follow. */
  readonly convention: Convention;
  #options: ResolvedPix2PixOptions | undefined;

  /**
   * @param options what to build, or both networks
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
   * Translates images. The model stays as it is: running statistics and the dropout of a training run do not change.
   *
   * @param image [H, W, C] or [B, H, W, C], float32 in [−1, 1]; H and W of any size that the generator can take, not only
   * that of `inputShape`; with `anySize`, of any size
   * @returns images of the same size and rank, in [−1, 1]; dispose of them when done
   * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `DISPOSED`, `UNKNOWN_OPTION`, `INVALID_OPTION`,
   * `UNSUPPORTED` for `anySize` with networks that were handed in: nobody knows which sizes they take
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
   * `NOT_A_NUMBER` if a weight is NaN or infinite: then nothing is saved
   */
  async save(target: string | tf.io.IOHandler, options: SaveModelOptions = {}): Promise<tf.io.SaveResult> {
    this.checkAlive('save');
    const where = 'Pix2Pix.save';
    const { dtype } = resolveOptions(where, saveEntries, options);
    const handler = ioHandler(where, target, 'save');
    const saved = this.#options ?? { convention: this.convention };
    const networks = { generator: this.generator, discriminator: this.discriminator };
    return await handler.save!(
      await toArtifacts(where, { kind: 'pix2pix', options: saved, networks }, dtype),
    );
  }

  /**
   * Loads what `save` has saved.
   *
   * @param source a URL such as `https://…/model.json`, or an IO handler
   * @throws CycleGANError `INVALID_MODEL` if it is not a Pix2Pix, is of another version, changed or cut, or holds weights
   * that are not finite; `NOT_FOUND` if there is no file; `INVALID_ARGUMENT` if no handler knows the URL
   */
  static async load(source: string | tf.io.IOHandler): Promise<Pix2Pix> {
    const where = 'Pix2Pix.load';
    const saved = await readArtifacts(where, savedPix2Pix, await loadArtifacts(where, source));
    const networks = buildAll(saved.names, saved.build, (all) => checkConditional(where, all));
    const model = new Pix2Pix({ ...networks, convention: saved.options.convention });
    model.own();
    model.#options = saved.options.built;
    return model;
  }
}

/** Networks that were handed in, or new ones. */
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

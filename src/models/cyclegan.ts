/**
 * The four networks of a CycleGAN (Zhu et al. 2017, arXiv:1703.10593), built from options or taken as
 * they are, and what one does with them but train: translate, save, load.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { oneOf, optional, resolveOptions, satisfying, show, withDefault } from '../core/options.js';
import { twoCopies } from '../core/two-copies.js';
import type { TranslateOptions } from './any-size.js';
import { toArtifacts, type WeightsDtype } from './artifacts.js';
import {
  type CycleGANNetworks,
  type CycleGANOptions,
  networkNames,
  prepareNetworks,
  type ResolvedCycleGANOptions,
  resolveCycleGANOptions,
} from './cyclegan-options.js';
import { checkFit } from './check-networks.js';
import { ioHandler, loadArtifacts } from './io-handler.js';
import { disposeNetwork } from '../layers/networks.js';
import type { Convention } from './options.js';
import { readArtifacts, type SavedModel } from './read-artifacts.js';
import { type Direction, generatorOf, translateWith } from './translator.js';

/** K's four arguments: networks of your own, and whose objective they are trained with. */
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
      satisfying<LayersModel>(
        (value) => Array.isArray((value as LayersModel | undefined)?.inputs),
        'a tf.LayersModel, given together with the other three networks',
      ),
    ]),
  ),
  convention: withDefault(oneOf('keras', 'pytorch'), 'keras'),
};

/** Options of {@link CycleGAN.save}. */
export interface SaveOptions {
  /**
   * Saves the generator of one direction alone, to ship it: `Translator.load` reads it.
   * @default all four networks, as `CycleGAN.load` needs them
   */
  direction?: Direction;
  /**
   * `float16` takes half of the space and rounds each weight to 11 bits: for translating, not for training on.
   * @default 'float32'
   */
  dtype?: WeightsDtype;
}

const saveEntries = {
  direction: optional(oneOf('AtoB', 'BtoA')),
  dtype: withDefault(oneOf('float32', 'float16'), 'float32'),
};

/**
 * A CycleGAN: generators G: A → B and F: B → A, discriminator X for A's pictures and Y for B's.
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
export class CycleGAN implements CycleGANNetworks {
  /** A → B; P: G_A. */
  readonly generatorG: LayersModel;
  /** B → A; P: G_B. */
  readonly generatorF: LayersModel;
  /** Judges A's pictures; P: D_B. */
  readonly discriminatorX: LayersModel;
  /** Judges B's pictures; P: D_A. */
  readonly discriminatorY: LayersModel;
  /** Whose definitions the networks follow. */
  readonly convention: Convention;
  #options: ResolvedCycleGANOptions | undefined;
  /** Whether `dispose` disposes of the networks: not of those that were handed in. */
  #owned: boolean;
  #disposed = false;

  /**
   * @param options what to build, or the four networks
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`, `INVALID_MODEL`, before
   * anything is allocated
   */
  constructor(options: CycleGANOptions | OwnNetworks = {}) {
    let networks: CycleGANNetworks;
    if (networkNames.some((name) => (options as Partial<OwnNetworks> | null)?.[name] !== undefined)) {
      const own = resolveOptions('CycleGAN', ownNetworks, options) as unknown as Required<OwnNetworks>;
      const foreign = networkNames.find((name) => !(own[name] instanceof LayersModel));
      if (foreign !== undefined) throw twoCopies('CycleGAN', `${foreign} is a model`);
      checkFit('CycleGAN', own);
      networks = own;
      this.convention = own.convention;
      this.#owned = false;
    } else {
      const resolved = resolveCycleGANOptions(options);
      const builds = prepareNetworks(resolved);
      networks = {
        generatorG: builds.generatorG(),
        generatorF: builds.generatorF(),
        discriminatorX: builds.discriminatorX(),
        discriminatorY: builds.discriminatorY(),
      };
      this.convention = resolved.convention;
      this.#options = resolved;
      this.#owned = true;
    }
    this.generatorG = networks.generatorG;
    this.generatorF = networks.generatorF;
    this.discriminatorX = networks.discriminatorX;
    this.discriminatorY = networks.discriminatorY;
  }

  /** All options, where the networks were built from options. */
  get options(): ResolvedCycleGANOptions | undefined {
    return this.#options;
  }

  /**
   * Translates images.
   *
   * @param image [H, W, C] or [B, H, W, C], float32 in [−1, 1]; H and W of any size that the generator can
   * take, not only that of `inputShape`; with `anySize`, of any size
   * @returns pictures of the same size and rank, in [−1, 1]; dispose of them when done
   * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `DISPOSED`, `UNKNOWN_OPTION`, `INVALID_OPTION`,
   * `UNSUPPORTED` for `anySize` with networks that were handed in: nobody knows which sizes they take
   */
  translate<T extends tf.Tensor3D | tf.Tensor4D>(
    image: T,
    direction: Direction,
    options: TranslateOptions = {},
  ): T {
    this.#checkAlive('translate');
    if (!['AtoB', 'BtoA'].includes(direction)) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `CycleGAN.translate: direction must be "AtoB" or "BtoA", got ${show(direction)}.`,
      );
    }
    return translateWith('CycleGAN.translate', this[generatorOf[direction]], this.#options, image, options);
  }

  /**
   * Saves the four networks and the options, so that nothing has to be repeated at load time; or one generator alone.
   * The file holds SHA-256 hashes, which `load` checks.
   *
   * @param target a URL such as `indexeddb://horse2zebra`, or an IO handler such as `fileSystem(folder)`
   * of `ts-cyclegan/node`
   * @throws CycleGANError `INVALID_ARGUMENT` if no handler knows the URL, `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`;
   * `NOT_A_NUMBER` if a weight is NaN or infinite: then nothing is saved
   */
  async save(target: string | tf.io.IOHandler, options: SaveOptions = {}): Promise<tf.io.SaveResult> {
    this.#checkAlive('save');
    const { direction, dtype } = resolveOptions('CycleGAN.save', saveEntries, options);
    const handler = ioHandler('CycleGAN.save', target, 'save');
    const names = direction === undefined ? networkNames : [generatorOf[direction]];
    return await handler.save!(await toArtifacts(this, names, dtype));
  }

  /**
   * Loads what `save` has saved, all four networks.
   *
   * @param source a URL such as `https://…/model.json`, or an IO handler
   * @throws CycleGANError `INVALID_MODEL` if it is not a CycleGAN, is one generator alone, of another version, changed or
   * cut, or holds weights that are not finite; `NOT_FOUND` if there is no file; `INVALID_ARGUMENT` if no handler knows
   * the URL
   */
  static async load(source: string | tf.io.IOHandler): Promise<CycleGAN> {
    const saved = await readArtifacts('CycleGAN.load', await loadArtifacts('CycleGAN.load', source));
    const networks = buildAll(saved);
    const model = new CycleGAN({ ...networks, convention: saved.convention });
    model.#owned = true;
    model.#options = saved.options;
    return model;
  }

  /** Prints the layers of the four networks. */
  summary(lineLength?: number, positions?: number[], print?: (line: string) => void): void {
    this.#checkAlive('summary');
    for (const name of networkNames) this[name].summary(lineLength, positions, print);
  }

  /** Whether `dispose` was called. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Frees the networks that were built or loaded here; may be called twice. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#owned) for (const name of networkNames) disposeNetwork(this[name]);
  }

  /** `using model = …` disposes of the model at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkAlive(method: string): void {
    if (this.#disposed) {
      throw new CycleGANError(
        'DISPOSED',
        `CycleGAN.${method}: the model was disposed of. Build or load another.`,
      );
    }
  }
}

/** The four networks of a saved model; what is built is disposed if they do not fit together. */
function buildAll({ names, build }: SavedModel): CycleGANNetworks {
  const where = 'CycleGAN.load';
  if (names.length === 1) {
    throw new CycleGANError(
      'INVALID_MODEL',
      `${where}: the file holds one network alone, ${names[0]}. Load it with Translator.load.`,
    );
  }
  const networks: Partial<CycleGANNetworks> = {};
  try {
    for (const name of names) networks[name] = build(name);
    checkFit(where, networks as CycleGANNetworks);
    return networks as CycleGANNetworks;
  } catch (error) {
    for (const network of Object.values(networks)) disposeNetwork(network);
    throw error;
  }
}

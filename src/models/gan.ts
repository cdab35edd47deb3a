/** A GAN model that generates images from noise, and can be saved and loaded. Training is in `src/trainer`. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { oneOf, optional, resolveOptions, satisfying, wholeNumber } from '../core/options.js';
import { anySeed, Random } from '../core/random.js';
import { type GANLossName, ganLossNames } from '../losses/adversarial/needs.js';
import { saveBundle } from './bundle.js';
import { checkGAN } from './check-gan.js';
import { checkGenerate } from './check-generate.js';
import {
  checkBelonging,
  classesEntry,
  type CodeOptions,
  codesEntry,
  type GANNetworks,
  type GANOptions,
  lossEntry,
  prepareGAN,
  type ResolvedGANOptions,
  resolveGANOptions,
} from './gan-options.js';
import { type GANStructure, type OwnStructure, structureOf } from './gan-structure.js';
import { ioHandler } from './io-handler.js';
import { drawLatent, latentTensor } from './latent.js';
import { buildAll, isNetwork, NetworkModel, resolveOwnNetworks } from './network-model.js';
import { saveEntries, type SaveModelOptions } from './save-options.js';
import { readBundle, type SavedKind } from './read-bundle.js';

/** Your own networks for {@link GAN}. */
export interface OwnGANNetworks extends GANNetworks {
  /**
   * The loss that the networks are made for.
   * @default 'gan'
   */
  loss?: GANLossName;
  /** `cgan`, `acgan`: the count of classes. */
  classes?: number;
  /** `infogan`: the codes, {@link CodeOptions}. */
  codes?: CodeOptions;
  /** The layer of the discriminator that the head reads: its name, or its index in `discriminator.layers`. */
  headInput?: string | number;
  /** `ebgan`: the layer of the discriminator that returns the codes of images: its name or index. */
  code?: string | number;
}

/** Options of {@link GAN.generate}. */
export interface GenerateOptions {
  /**
   * The count of images.
   * @default the count of labels or codes, else 1
   */
  count?: number;
  /**
   * `cgan`, `acgan`: the class of each image. `infogan`: the categorical code of each image.
   * @default random
   */
  labels?: readonly number[];
  /**
   * `infogan`: a list of continuous codes for each image.
   * @default random, in [−1, 1]
   */
  codes?: readonly (readonly number[])[];
  /**
   * The seed of the random values. The same seed generates the same images. The first images do not depend on `count`.
   * @default random
   */
  seed?: number;
}

const generateEntries = {
  count: optional(wholeNumber(1)),
  labels: optional(satisfying<readonly number[]>(Array.isArray, 'an array of one class for each image')),
  codes: optional(
    satisfying<readonly (readonly number[])[]>(Array.isArray, 'an array of one list of codes for each image'),
  ),
  seed: optional(wholeNumber(0)),
};

const network = satisfying<LayersModel>(
  isNetwork,
  'a tf.LayersModel, given together with the other networks',
);
const networkNames = ['generator', 'discriminator', 'head'] as const;
const layerEntry = optional(
  satisfying<string | number>(
    (value) => typeof value === 'string' || (Number.isInteger(value) && (value as number) >= 0),
    'the name or the index of a layer of the discriminator',
  ),
);
const structureEntries = {
  loss: lossEntry,
  classes: classesEntry,
  codes: codesEntry,
  headInput: layerEntry,
  code: layerEntry,
};
const ownEntries = {
  ...structureEntries,
  generator: network,
  discriminator: network,
  head: optional(network),
};

/** The options of built networks, or the description of your own networks. */
type Saved = { built: ResolvedGANOptions } | { built: undefined; own: OwnStructure };

const savedGAN: SavedKind<keyof GANNetworks, Saved> = {
  kind: 'gan',
  networks: networkNames,
  alone: [],
  optional: ['head'],
  options: (saved) =>
    'filters' in saved
      ? { built: resolveGANOptions(saved as GANOptions) }
      : {
          built: undefined,
          own: resolveOptions(
            'GAN',
            { ...structureEntries, loss: oneOf(...ganLossNames) },
            saved,
          ) as OwnStructure,
        },
};

/**
 * A GAN that generates images from noise: a generator, a discriminator, and for some losses a head of the discriminator.
 *
 * @see [Overview](../../docs/overview.md)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { GAN } from 'ts-cyclegan';
 * const model = new GAN({ loss: 'cgan', classes: 10, imageShape: [28, 28, 1], filters: 8, seed: 7 });
 * const images = model.generate({ labels: [0, 1, 2], seed: 1 }); // one image per class
 * console.log(images.shape); // [3, 28, 28, 1]
 * tf.dispose(images);
 * model.dispose();
 * ```
 */
export class GAN extends NetworkModel<GANNetworks> implements GANNetworks {
  /** Generates images from noise, labels and codes. */
  readonly generator: LayersModel;
  /** Judges images. */
  readonly discriminator: LayersModel;
  /** Estimates classes or codes, if the loss needs it. */
  readonly head?: LayersModel;
  /** The loss of the networks, and their sizes. */
  readonly structure: GANStructure;
  #options: ResolvedGANOptions | undefined;

  /**
   * @param options the options of the networks, or your own networks
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_SHAPE`, `INVALID_MODEL`, before anything is allocated
   */
  constructor(options: GANOptions | OwnGANNetworks = {}) {
    const { networks, structure, built } = networksOf(options);
    super('GAN', networks, built !== undefined);
    this.generator = networks.generator;
    this.discriminator = networks.discriminator;
    if (networks.head !== undefined) this.head = networks.head;
    this.structure = Object.freeze(structure);
    this.#options = built;
  }

  /** All options, if the networks were built from options. */
  get options(): ResolvedGANOptions | undefined {
    return this.#options;
  }

  /** The loss that the networks are made for. */
  get loss(): GANLossName {
    return this.structure.loss;
  }

  /**
   * Generates images from noise, using the running statistics of batch norm.
   *
   * @returns [count, H, W, C] in [−1, 1]; dispose of them when done
   * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`, before anything is allocated
   */
  generate(options: GenerateOptions = {}): tf.Tensor4D {
    this.checkAlive('generate');
    const where = 'GAN.generate';
    const { labels, codes, seed, ...rest } = resolveOptions(where, generateEntries, options);
    const { latent } = this.structure;
    const count = rest.count ?? labels?.length ?? codes?.length ?? 1;
    checkGenerate(where, latent, count, labels, codes);
    const values = drawLatent(latent, count, new Random(seed ?? anySeed()), { labels, codes });
    return tf.tidy(() => {
      const input = latentTensor(latent, count, values);
      const images = this.generator.apply(input, { training: false }) as tf.Tensor4D;
      return tf.clipByValue(images, -1, 1);
    });
  }

  /**
   * Saves the networks and the options. The file holds SHA-256 hashes, which `load` checks.
   *
   * @param target a URL such as `indexeddb://digits`, or an IO handler such as `fileSystem(folder)` of `ts-cyclegan/node`
   * @throws CycleGANError `INVALID_ARGUMENT` if no handler knows the URL, `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`;
   * `NOT_A_NUMBER` if a weight is NaN or infinite; then nothing is saved
   */
  async save(target: string | tf.io.IOHandler, options: SaveModelOptions = {}): Promise<tf.io.SaveResult> {
    this.checkAlive('save');
    const where = 'GAN.save';
    const { dtype } = resolveOptions(where, saveEntries, options);
    const handler = ioHandler(where, target, 'save');
    const bundle = {
      kind: 'gan' as const,
      options: this.#options ?? this.#ownStructure(),
      networks: { ...this.networks },
    };
    return await saveBundle(where, handler, bundle, dtype);
  }

  /**
   * Loads a saved model.
   *
   * @param source a URL such as `https://…/model.json`, or an IO handler
   * @throws CycleGANError `INVALID_MODEL` if the file is not a GAN, has another version, is modified or truncated, or holds
   * weights that are not finite; `NOT_FOUND` if there is no file; `INVALID_ARGUMENT` if no handler knows the URL
   */
  static async load(source: string | tf.io.IOHandler): Promise<GAN> {
    const where = 'GAN.load';
    const { options, names, build } = await readBundle(where, savedGAN, source);
    const own = options.built === undefined ? options.own : ownOf(options.built);
    const networks = buildAll(names, build, (all) =>
      checkGAN(where, all, structureOf(where, own, all)),
    ) as GANNetworks;
    const model = new GAN({ ...networks, ...own });
    model.own();
    model.#options = options.built;
    return model;
  }

  /** The description that is saved with your own networks. */
  #ownStructure(): OwnStructure {
    const { loss, latent, codes, headInput, code } = this.structure;
    return {
      loss,
      ...(codes === undefined && latent.classes > 0 && { classes: latent.classes }),
      ...(codes && { codes }),
      ...(headInput !== undefined && { headInput }),
      ...(code !== undefined && { code }),
    };
  }
}

/** The description of networks that were built from options. */
function ownOf(built: ResolvedGANOptions): OwnStructure {
  const { headInput, code } = prepareGAN(built);
  const { loss, classes, codes } = built;
  return {
    loss,
    ...(classes !== undefined && { classes }),
    ...(codes && { codes }),
    ...(headInput !== undefined && { headInput }),
    ...(code !== undefined && { code }),
  };
}

/** The given networks, or new ones. */
function networksOf(options: GANOptions | OwnGANNetworks): {
  networks: GANNetworks;
  structure: GANStructure;
  built: ResolvedGANOptions | undefined;
} {
  const where = 'GAN';
  if (networkNames.some((name) => (options as Partial<GANNetworks> | null)?.[name] !== undefined)) {
    const { generator, discriminator, head, ...own } = resolveOwnNetworks<OwnGANNetworks & OwnStructure>(
      where, ownEntries, networkNames, options,
    ); // prettier-ignore
    const networks = { generator, discriminator, ...(head && { head }) };
    checkBelonging(where, own.loss, own);
    const structure = structureOf(where, own, networks);
    checkGAN(where, networks, structure);
    return { networks, structure, built: undefined };
  }
  const built = resolveGANOptions(options);
  const { builds } = prepareGAN(built);
  const names = networkNames.filter((name) => builds[name] !== undefined);
  const networks = buildAll(names, (name) => builds[name]!()) as GANNetworks;
  return { networks, structure: structureOf(where, ownOf(built), networks), built };
}

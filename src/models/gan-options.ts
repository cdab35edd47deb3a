/** The options of `GAN`, and its networks. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import * as v from 'valibot';
import { CycleGANError } from '../core/errors.js';
import {
  type Entries,
  flag,
  oneOf,
  optional,
  resolveOptions,
  satisfying,
  wholeNumber,
  withDefault,
} from '../core/options.js';
import { anySeed, Random } from '../core/random.js';
import { type GANLossName, ganLossNames, type GANLossNeeds, ganNeeds } from '../losses/adversarial/needs.js';
import { prepareAutoencoder } from './autoencoder-discriminator.js';
import { type PreparedDiscriminator, prepareDCGANDiscriminator, prepareHead } from './dcgan-discriminator.js';
import { prepareDCGANGenerator } from './dcgan-generator.js';
import {
  type FixedShape,
  ganNetworkEntries,
  type GANNetworkOptions,
  imageShapeEntry,
} from './gan-network-options.js';
import type { LatentParts } from './latent.js';
import type { Build, Norm } from './options.js';

/** The networks of a noise-to-image GAN. */
export interface GANNetworks {
  /** Generates images from noise, labels and codes. */
  generator: LayersModel;
  /** Judges images. For EBGAN and BEGAN it is an auto-encoder. */
  discriminator: LayersModel;
  /** Estimates classes (ACGAN) or codes (InfoGAN) from the features of the discriminator. */
  head?: LayersModel;
}

/** The codes of InfoGAN. */
export interface CodeOptions {
  /**
   * The count of categories of a categorical code, which the generator receives as a one-hot vector.
   * @default 10
   */
  categorical?: number;
  /**
   * The count of continuous codes, which are in [−1, 1].
   * @default 2
   */
  continuous?: number;
  /**
   * Whether the head also estimates the variance of each continuous code. Without it the variance is 1.
   * @default false
   */
  variance?: boolean;
}

/** Options of the networks that `GAN` builds. */
export interface GANOptions extends Omit<GANNetworkOptions, 'name'> {
  /**
   * The loss that the networks are built for.
   * @default 'gan'
   */
  loss?: GANLossName;
  /**
   * The height, width and channels of the images.
   * @default [28, 28, 1]
   */
  imageShape?: FixedShape;
  /**
   * The length of the noise vector.
   * @default 100
   */
  latentSize?: number;
  /**
   * `cgan`, `acgan`: the count of classes.
   * @default 10
   */
  classes?: number;
  /** `infogan`: the codes, {@link CodeOptions}. */
  codes?: CodeOptions;
  /**
   * `ebgan`, `began`: the length of the code of an image in the discriminator.
   * @default 64
   */
  codeSize?: number;
  /**
   * The filters of the first convolution of the discriminator.
   * @default `filters`
   */
  discriminatorFilters?: number;
  /**
   * The norm of the generator. Cannot be combined with `began`.
   * @default 'batch'
   */
  norm?: Norm;
  /**
   * The norm of the discriminator. Cannot be combined with `ebgan` and `began`.
   * @default 'batch' for `gan`, `lsgan` and `acgan`, else 'none'
   */
  discriminatorNorm?: Norm;
}

const codeEntries = v.strictObject({
  categorical: optional(wholeNumber(0)),
  continuous: optional(wholeNumber(0)),
  variance: optional(flag()),
});
const norms = optional(oneOf('instance', 'batch', 'none'));
const { name: _, ...shared } = ganNetworkEntries;

export const lossEntry = withDefault(oneOf(...ganLossNames), 'gan');
export const classesEntry = optional(wholeNumber(2));
export const codesEntry = optional(
  satisfying<CodeOptions>(
    (value) => v.is(codeEntries, value),
    'an object such as { categorical: 10, continuous: 2, variance: false }',
  ),
);

/** Schemas of {@link GANOptions}. */
export const ganEntries = {
  ...shared,
  loss: lossEntry,
  imageShape: imageShapeEntry,
  latentSize: withDefault(wholeNumber(1), 100),
  classes: classesEntry,
  codes: codesEntry,
  codeSize: optional(wholeNumber(1)),
  discriminatorFilters: optional(wholeNumber(1)),
  norm: norms,
  discriminatorNorm: norms,
};

/** Options that apply to some losses only. */
const belongsTo: Record<string, (needs: GANLossNeeds) => boolean> = {
  classes: ({ labels }) => labels !== undefined,
  codes: ({ codes }) => codes === true,
  codeSize: ({ autoencoder }) => autoencoder !== undefined,
  norm: ({ autoencoder }) => autoencoder !== 'began',
  discriminatorNorm: ({ autoencoder }) => autoencoder === undefined,
};

/** Refuses options that do not apply to a loss. */
export function checkBelonging(where: string, loss: GANLossName, given: Record<string, unknown>): void {
  for (const [option, belongs] of Object.entries(belongsTo)) {
    if (given[option] === undefined || belongs(ganNeeds[loss])) continue;
    const losses = ganLossNames.filter((kind) => belongs(ganNeeds[kind]));
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "${option}" cannot be combined with loss "${loss}". ` +
        `Leave "${option}" out, or choose a loss that takes it: ${losses.join(', ')}.`,
    );
  }
}

/** All options that apply, with their defaults filled in, as in a saved model. `new GAN` accepts them. */
export type ResolvedGANOptions = Readonly<
  GANOptions &
    Required<
      Pick<
        GANOptions,
        'loss' | 'imageShape' | 'latentSize' | 'filters' | 'discriminatorFilters' | 'initializerGain' | 'seed'
      >
    >
>;

/** Options with random defaults, or defaults that depend on other options. */
type Open = 'seed' | 'discriminatorFilters';

/** Checks options and fills in the defaults. */
export function resolveGANOptions(options: GANOptions): ResolvedGANOptions {
  const where = 'GAN';
  const all = resolveOptions<Entries>(where, ganEntries, options) as unknown as Omit<
    ResolvedGANOptions,
    Open
  > &
    Pick<GANOptions, Open>;
  checkBelonging(where, all.loss, (options as Record<string, unknown> | null) ?? {});
  const needs = ganNeeds[all.loss];
  const resolved: GANOptions = {
    ...all,
    seed: all.seed ?? anySeed(),
    discriminatorFilters: all.discriminatorFilters ?? all.filters,
    ...(needs.labels !== undefined && { classes: all.classes ?? 10 }),
    ...(needs.codes && { codes: codesOf(where, all.codes) }),
    ...(needs.autoencoder !== undefined && { codeSize: all.codeSize ?? 64 }),
    ...(needs.autoencoder !== 'began' && { norm: all.norm ?? 'batch' }),
    ...(needs.autoencoder === undefined && {
      discriminatorNorm: all.discriminatorNorm ?? needs.discriminatorNorm,
    }),
  };
  return Object.freeze(resolved) as ResolvedGANOptions;
}

/** Codes with their defaults. There must be at least one. */
export function codesOf(where: string, codes: CodeOptions = {}): Required<CodeOptions> {
  const resolved = Object.freeze({ categorical: 10, continuous: 2, variance: false, ...codes });
  if (resolved.categorical > 0 || resolved.continuous > 0) return resolved;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: option "codes" must have categorical or continuous codes, got neither.`,
  );
}

/** The parts of the generator's input. */
export const latentParts = (
  latentSize: number,
  { classes, codes }: { classes?: number | undefined; codes?: CodeOptions | undefined },
): LatentParts => ({
  latentSize,
  classes: classes ?? codes?.categorical ?? 0,
  continuous: codes?.continuous ?? 0,
});

/** The length of the head's output; 0 if there is no head. */
export function headOutputs(
  loss: GANLossName,
  { classes, codes }: { classes?: number | undefined; codes?: CodeOptions | undefined },
): number {
  if (ganNeeds[loss].labels === 'head') return classes!;
  if (codes === undefined) return 0;
  return codes.categorical! + (codes.variance === true ? 2 : 1) * codes.continuous!;
}

/** The functions that build the networks, and the layer of the discriminator that the head or the loss reads. */
export interface PreparedGAN {
  builds: Record<'generator' | 'discriminator', Build> & { head?: Build };
  /** The layer that the head reads. */
  headInput?: string;
  /** The layer that returns the codes of an auto-encoder. */
  code?: string;
}

/** Checks the options, and returns the functions that build the networks. */
export function prepareGAN(options: ResolvedGANOptions): PreparedGAN {
  const where = 'GAN';
  const { loss, imageShape, latentSize, filters, discriminatorFilters, levels } = options;
  const { initializer, initializerGain, norm = 'none', discriminatorNorm = 'none' } = options;
  const { autoencoder, labels, withoutLastBias } = ganNeeds[loss];
  const seeds = new Random(options.seed);
  const common = () => ({
    ...(initializer === undefined ? {} : { initializer }),
    initializerGain,
    seed: seeds.seed(),
  });
  const sizes = { filters, ...(levels === undefined ? {} : { levels }) };
  const { classes, continuous } = latentParts(latentSize, options);
  const generator = prepareDCGANGenerator(where, 'imageShape', {
    ...common(), ...sizes, name: 'generator', latentSize, classes, codes: continuous, outputShape: imageShape, norm,
    architecture: autoencoder === 'began' ? 'began' : 'dcgan',
  }); // prettier-ignore
  const own = {
    ...common(),
    ...sizes,
    name: 'discriminator',
    filters: discriminatorFilters,
    inputShape: imageShape,
  };
  if (autoencoder !== undefined) {
    const all = { ...own, architecture: autoencoder, codeSize: options.codeSize! };
    const { build, inner } = prepareAutoencoder(where, 'imageShape', all);
    return { builds: { generator, discriminator: build }, code: inner };
  }
  const { build, inner, features }: PreparedDiscriminator = prepareDCGANDiscriminator(where, 'imageShape', {
    ...own,
    norm: discriminatorNorm,
    classes: labels === 'input' ? options.classes! : 0,
    lastBias: withoutLastBias !== true,
  });
  const outputs = headOutputs(loss, options);
  if (outputs === 0) return { builds: { generator, discriminator: build } };
  const hidden = options.codes === undefined ? 0 : 2 * discriminatorFilters;
  const head = prepareHead(where, { ...common(), name: 'head', features, outputs, hidden });
  return { builds: { generator, discriminator: build, head }, headInput: inner };
}

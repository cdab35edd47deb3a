/** What each GAN loss asks of the networks and of training: facts alone, which the table of losses and the models share. */
import { frozenCopy } from '../../core/frozen-copy.js';

/** The names of the losses in the table. */
export type GANLossName =
  | 'gan'
  | 'lsgan'
  | 'wgan'
  | 'wgan-gp'
  | 'dragan'
  | 'cgan'
  | 'infogan'
  | 'acgan'
  | 'ebgan'
  | 'began'
  | 'hinge'
  | 'rsgan'
  | 'ralsgan';

/** What a loss needs beyond a generator and a discriminator. */
export interface GANLossNeeds {
  /**
   * `input`: both networks get the labels; `head`: the generator gets them, and a head of the discriminator must tell the class.
   */
  readonly labels?: 'input' | 'head';
  /** The generator gets codes besides noise, and a head of the discriminator must tell them. */
  readonly codes?: true;
  /** The discriminator is an auto-encoder, of this paper's form, and scores are energies. */
  readonly autoencoder?: 'ebgan' | 'began';
  /** The generator's loss needs the scores of real images. */
  readonly relativistic?: true;
  /** A gradient penalty: every op of the discriminator is differentiated twice. */
  readonly penalty?: true;
  /** The weights of the discriminator are clipped. */
  readonly clip?: true;
  /** The discriminator's last layer has no bias: only differences of logits count, which would cancel it. */
  readonly withoutLastBias?: true;
  /** The usual norm within the discriminator. Penalties and critics do without batch norm. */
  readonly discriminatorNorm: 'batch' | 'none';
  /** How often the paper updates the discriminator for each update of the generator. */
  readonly criticSteps: number;
  /** The paper's optimizer. */
  readonly optimizer: {
    readonly name: 'adam' | 'rmsprop';
    /** Learning rates. */
    readonly generator: number;
    readonly discriminator: number;
    readonly beta1?: number;
    readonly beta2?: number;
  };
}

const adam = (generator: number, beta1 = 0.5, beta2 = 0.999, discriminator = generator) =>
  ({ name: 'adam', generator, discriminator, beta1, beta2 }) as const;

const all = (): Record<GANLossName, GANLossNeeds> => {
  const usual = { discriminatorNorm: 'none', criticSteps: 1, optimizer: adam(2e-4) } as const;
  const withBatchNorm = { ...usual, discriminatorNorm: 'batch' } as const;
  const critic = { discriminatorNorm: 'none', withoutLastBias: true, criticSteps: 5 } as const;
  return {
    gan: withBatchNorm,
    lsgan: withBatchNorm,
    wgan: { ...critic, clip: true, optimizer: { name: 'rmsprop', generator: 5e-5, discriminator: 5e-5 } },
    'wgan-gp': { ...critic, penalty: true, optimizer: adam(1e-4, 0, 0.9) },
    dragan: { ...usual, penalty: true },
    cgan: { ...usual, labels: 'input' },
    infogan: { ...usual, codes: true, optimizer: adam(1e-3, 0.5, 0.999, 2e-4) },
    acgan: { ...withBatchNorm, labels: 'head' },
    ebgan: { ...usual, autoencoder: 'ebgan', optimizer: adam(1e-3) },
    began: { ...usual, autoencoder: 'began', optimizer: adam(1e-4) },
    hinge: usual,
    rsgan: { ...usual, relativistic: true, withoutLastBias: true },
    ralsgan: { ...usual, relativistic: true, withoutLastBias: true },
  };
};

/** Pure, so that bundlers leave it out of programs that need no loss. */
export const ganNeeds: Readonly<Record<GANLossName, GANLossNeeds>> = /* @__PURE__ */ frozenCopy(
  /* @__PURE__ */ all(),
);

/** The names, in the order of the table. */
export const ganLossNames = /* @__PURE__ */ Object.keys(ganNeeds) as [GANLossName, ...GANLossName[]];

/** What the networks of a noise-to-image GAN must have for each loss. The losses themselves are not here. */

/** What a loss asks of the networks. */
export interface NetworkNeeds {
  /** `input`: both networks get labels; `head`: the generator gets them, and a head of the discriminator tells them. */
  readonly labels?: 'input' | 'head';
  /** The generator gets codes, and a head of the discriminator tells them. */
  readonly codes?: true;
  /** The discriminator is an auto-encoder, of this paper's form. */
  readonly autoencoder?: 'ebgan' | 'began';
  /** The norm within the discriminator; a gradient penalty or a critic goes without batch norm. */
  readonly norm: 'batch' | 'none';
  /** Without the bias of the last layer, which only differences of logits would cancel. */
  readonly withoutLastBias?: true;
}

/** The losses that `GAN` has networks for. */
export type GANLossKind =
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

const networkNeeds: Readonly<Record<GANLossKind, NetworkNeeds>> = {
  gan: { norm: 'batch' },
  lsgan: { norm: 'batch' },
  wgan: { norm: 'none', withoutLastBias: true },
  'wgan-gp': { norm: 'none', withoutLastBias: true },
  dragan: { norm: 'none' },
  cgan: { norm: 'none', labels: 'input' },
  infogan: { norm: 'none', codes: true },
  acgan: { norm: 'batch', labels: 'head' },
  ebgan: { norm: 'none', autoencoder: 'ebgan' },
  began: { norm: 'none', autoencoder: 'began' },
  hinge: { norm: 'none' },
  rsgan: { norm: 'none', withoutLastBias: true },
  ralsgan: { norm: 'none', withoutLastBias: true },
};

export const lossKinds = Object.keys(networkNeeds) as [GANLossKind, ...GANLossKind[]];

/** What the networks for a loss must have. */
export const needsOf = (loss: GANLossKind): NetworkNeeds => networkNeeds[loss];

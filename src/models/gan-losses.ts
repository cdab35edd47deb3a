/** The requirements of each loss on the networks of a noise-to-image GAN. The losses are in `src/losses`. */

/** The requirements of a loss on the networks. */
export interface NetworkNeeds {
  /** `input`: both networks receive labels. `head`: the generator receives them, and a head of the discriminator estimates them. */
  readonly labels?: 'input' | 'head';
  /** The generator receives codes, and a head of the discriminator estimates them. */
  readonly codes?: true;
  /** The discriminator is an auto-encoder with the architecture of this paper. */
  readonly autoencoder?: 'ebgan' | 'began';
  /** The norm of the discriminator. A gradient penalty or a critic cannot be combined with batch norm. */
  readonly norm: 'batch' | 'none';
  /** The last layer has no bias, because the loss depends on differences of logits only. */
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

/** The requirements of a loss on the networks. */
export const needsOf = (loss: GANLossKind): NetworkNeeds => networkNeeds[loss];

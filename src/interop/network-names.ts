/** PyTorch's and Keras' names of the networks of a model, and which network of a file has which name. */
import type { CUTNetworks } from '../models/cut-options.js';
import type { CycleGANNetworks } from '../models/cyclegan-options.js';
import type { Pix2PixNetworks } from '../models/pix2pix-options.js';

/** PyTorch's names of networks, as in `latest_net_G_A.pth`. F is the feature head of CUT. */
export type NetworkName = 'G_A' | 'G_B' | 'D_A' | 'D_B' | 'G' | 'D' | 'F';

/** The networks of a `CycleGAN`. PyTorch's D_A judges images of B. */
export const cycleGANNames = {
  G_A: 'generatorG',
  G_B: 'generatorF',
  D_A: 'discriminatorY',
  D_B: 'discriminatorX',
} as const satisfies Partial<Record<NetworkName, keyof CycleGANNetworks>>;

/** PyTorch's names of the networks of the Keras example. X is A, Y is B. */
export const kerasNames: Readonly<Record<string, keyof typeof cycleGANNames>> = {
  gen_G: 'G_A',
  gen_F: 'G_B',
  disc_X: 'D_B',
  disc_Y: 'D_A',
};

/** The networks of a `Pix2Pix`. */
export const pix2pixNames = {
  G: 'generator',
  D: 'discriminator',
} as const satisfies Partial<Record<NetworkName, keyof Pix2PixNetworks>>;

/** The networks of a `CUT`. */
export const cutNetworkNames = {
  G: 'generator',
  D: 'discriminator',
  F: 'head',
} as const satisfies Partial<Record<NetworkName, keyof CUTNetworks>>;

// a feature head is recognised by its keys: F in a name may be anything
const name = '(G_A|G_B|D_A|D_B|G|D)';
const inKey = new RegExp(`^(?:net_?)?${name}$`);
const inFile = new RegExp(`(?:^|[._/\\\\-])(?:net_?)?${name}\\.\\w+$`);

/**
 * The name of a network from its key in a file, such as `state_dict.netG_A`, or from the name of the file, such as
 * `latest_net_G_A.pth`; undefined if neither has one.
 */
export function networkNameOf(file: string, key: string): NetworkName | undefined {
  const segments = key.split('.').reverse();
  const found = segments.map((segment) => inKey.exec(segment)?.[1]).find((match) => match !== undefined);
  return (found ?? inFile.exec(file)?.[1]) as NetworkName | undefined;
}

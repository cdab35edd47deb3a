/** Opens the images to train on, and those of the sheets of samples. */
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import {
  type ImageFolder,
  imageFolder,
  type ImageFolderOptions,
  type PairedFolder,
  pairedFolder,
  type PairedFolderOptions,
  type RunSamples,
  type SkippedFile,
} from '../../node/index.js';
import type { Algorithm } from '../flags/generated-option.js';
import { foldersOf } from '../../node/evaluate/test-images.js';
import { hasFolders } from './layout.js';

/** Opened images. */
export type Images =
  | { algorithm: 'cyclegan'; a: ImageFolder; b: ImageFolder; samples: RunSamples }
  | { algorithm: 'cut'; a: ImageFolder; b: ImageFolder; samples: RunSamples }
  | { algorithm: 'pix2pix'; pairs: PairedFolder; samples: RunSamples }
  | { algorithm: 'gan'; images: ImageFolder; labels?: number[]; samples: RunSamples };

/** What is needed to open images. */
export interface ImageSettings {
  images: ImageFolderOptions;
  /** Channels of B, if they are not those of A. */
  channelsB?: number;
}

function openUnpaired(
  data: string,
  algorithm: 'cyclegan' | 'cut',
  { images, channelsB }: ImageSettings,
): Images {
  if (!hasFolders(data, 'trainA', 'trainB')) {
    throw new CycleGANError(
      'NOT_FOUND',
      `${algorithm} needs a folder with the folders trainA and trainB, which ${show(data)} does not have. ` +
        'Put the images of one kind into trainA and those of the other into trainB.',
    );
  }
  const ofB = channelsB === undefined ? images : { ...images, channels: channelsB as 1 | 3 | 4 };
  const held = (domain: 'A' | 'B', options: ImageFolderOptions) => {
    const name = hasFolders(data, `test${domain}`) ? `test${domain}` : `train${domain}`;
    return imageFolder(join(data, name), { ...options, training: false });
  };
  return {
    algorithm,
    a: imageFolder(join(data, 'trainA'), images),
    b: imageFolder(join(data, 'trainB'), ofB),
    samples: { A: held('A', images), ...(algorithm === 'cyclegan' && { B: held('B', ofB) }) },
  };
}

async function openPairs(data: string, { images }: ImageSettings): Promise<Images> {
  const options = images as PairedFolderOptions;
  const open = (name: string, own: PairedFolderOptions) =>
    hasFolders(data, `${name}A`, `${name}B`)
      ? pairedFolder({ a: join(data, `${name}A`), b: join(data, `${name}B`) }, own)
      : pairedFolder(hasFolders(data, name) ? join(data, name) : data, own);
  const held = ['val', 'test'].find(
    (name) => hasFolders(data, name) || hasFolders(data, `${name}A`, `${name}B`),
  );
  return {
    algorithm: 'pix2pix',
    pairs: await open('train', options),
    samples: { pairs: await open(held ?? 'train', { ...options, training: false }) },
  };
}

/** Images of a GAN. For losses with labels, the classes are the folders of the images. */
function openImages(data: string, { images: options }: ImageSettings, withLabels: boolean): Images {
  const images = imageFolder(data, options);
  if (!withLabels) return { algorithm: 'gan', images, samples: {} };
  const classOf = (name: string) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : '');
  const classes = [...new Set(images.names.map(classOf))].sort();
  if (classes.length < 2 || classes.includes('')) {
    throw new CycleGANError(
      'INVALID_DATA',
      `this --loss needs labels: ${show(data)} must have one folder for each class, and no other images.`,
    );
  }
  return {
    algorithm: 'gan',
    images,
    labels: images.names.map((name) => classes.indexOf(classOf(name))),
    samples: {},
  };
}

export async function openData(
  data: string,
  algorithm: Algorithm,
  settings: ImageSettings,
  withLabels = false,
): Promise<Images> {
  if (algorithm === 'cyclegan' || algorithm === 'cut') return openUnpaired(data, algorithm, settings);
  return algorithm === 'pix2pix' ? openPairs(data, settings) : openImages(data, settings, withLabels);
}

/**
 * Opens held-out pairs for `--evaluate-every`.
 *
 * @throws CycleGANError `INVALID_OPTION`, `NOT_FOUND`, and the errors of `pairedFolder`
 */
export async function openTestPairs(
  data: string,
  algorithm: Algorithm,
  { images, channelsB }: ImageSettings,
): Promise<PairedFolder> {
  if (algorithm === 'gan' || channelsB !== undefined) {
    const why = algorithm === 'gan' ? 'a GAN translates no pairs' : 'A and B have different channels';
    throw new CycleGANError(
      'INVALID_OPTION',
      `--evaluate-every measures on pairs of images, but ${why}. Leave it out.`,
    );
  }
  const folders = foldersOf(data);
  if (folders === data) {
    throw new CycleGANError(
      'NOT_FOUND',
      `--evaluate-every needs test pairs, which ${show(data)} does not have: the folders testA and testB with equal file names, ` +
        'or a folder "test" of pairs side by side. Add them, or leave it out.',
    );
  }
  return pairedFolder(folders, { ...images, training: false });
}

/** The sets of images, by name. */
export function setsOf(images: Images): Record<string, ImageFolder | PairedFolder> {
  if (images.algorithm === 'cyclegan' || images.algorithm === 'cut') return { A: images.a, B: images.b };
  return images.algorithm === 'pix2pix' ? { pairs: images.pairs } : { images: images.images };
}

/** All files that were skipped until now, with the reasons. */
export const skippedFiles = (images: Images): SkippedFile[] =>
  Object.values(setsOf(images)).flatMap(({ skipped, broken }) => [...skipped, ...broken]);

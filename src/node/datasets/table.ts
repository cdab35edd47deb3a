/**
 * The public datasets of CycleGAN and pix2pix. Addresses are those of the authors' own scripts. Sizes, checksums and counts of the
 * CycleGAN sets are those of TensorFlow Datasets (`cycle_gan`), which checks each download against them. Unknown values are undefined.
 */
import { CycleGANError } from '../../core/errors.js';
import { nearest, show } from '../../core/options.js';

/** A public dataset. */
export interface Dataset {
  /** Its name for `downloadDataset`, and the name of its folder. */
  readonly name: string;
  /** `'cyclegan'`: unpaired, in `trainA`, `trainB`, `testA`, `testB`. `'pix2pix'`: A and B side by side in one image. */
  readonly algorithm: 'cyclegan' | 'pix2pix';
  /** What it shows. */
  readonly description: string;
  /** Address of the archive. Undefined if the authors no longer offer it. */
  readonly url?: string;
  /** Address of a copy, which is used if `url` has no such file or does not answer. */
  readonly mirror?: string;
  /** Name of the archive on the server. */
  readonly file: string;
  /** Size of the archive in bytes, if known. */
  readonly bytes?: number;
  /** SHA-256 of the archive in hexadecimal digits, if known. */
  readonly sha256?: string;
  /** Images of each subfolder, if known. */
  readonly counts?: Readonly<Record<string, number>>;
  /** A note on the licence. */
  readonly licence: string;
  /** A page that describes where the images come from. */
  readonly source: string;
}

const unstated = 'No licence is stated; see the source.';
const photos = (where: string) =>
  `No licence is stated. The images come from ${where}; their rights stay with their owners.`;
const imageNet = photos('ImageNet');
const paintings = photos('WikiArt and Flickr');

const page = 'https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix/blob/master/docs/datasets.md';
const facadesPage = 'https://cmp.felk.cvut.cz/~tylecr1/facade/';
const cityscapesPage = 'https://www.cityscapes-dataset.com/';
const cityscapesLicence =
  "The authors of CycleGAN no longer offer it, because of Cityscapes' licence. Register at the source.";

type Facts = Pick<Dataset, 'description' | 'licence'> & Partial<Dataset>;

function unpaired(name: string, facts: Facts): Dataset {
  const file = `${name}.zip`;
  return Object.freeze({
    name,
    algorithm: 'cyclegan',
    url: `https://efrosgans.eecs.berkeley.edu/cyclegan/datasets/${file}`,
    mirror: `https://people.eecs.berkeley.edu/~taesung_park/CycleGAN/datasets/${file}`,
    file,
    source: page,
    ...facts,
  });
}

function pairs(set: string, facts: Facts): Dataset {
  const file = `${set}.tar.gz`;
  return Object.freeze({
    name: set,
    algorithm: 'pix2pix',
    url: `https://efrosgans.eecs.berkeley.edu/pix2pix/datasets/${file}`,
    mirror: `https://people.eecs.berkeley.edu/~tinghuiz/projects/pix2pix/datasets/${file}`,
    file,
    source: page,
    ...facts,
  });
}

const withoutUrl = ({ url: _, mirror: __, ...rest }: Dataset): Dataset => Object.freeze(rest);
const counts = (trainA: number, trainB: number, testA: number, testB: number) =>
  Object.freeze({ trainA, trainB, testA, testB });

/**
 * The public datasets of CycleGAN and pix2pix that {@link downloadDataset} knows.
 *
 * @example
 * ```ts
 * import { datasets } from 'ts-cyclegan/node';
 * const { bytes, counts, licence } = datasets.find(({ name }) => name === 'horse2zebra')!;
 * console.log(bytes, counts!.trainA);
 * // 116867962 1067
 * ```
 */
export const datasets: readonly Dataset[] = Object.freeze([
  unpaired('horse2zebra', {
    description: 'photos of horses and of zebras',
    bytes: 116867962,
    sha256: 'a74d9d392eecca9966b51287a76ca126af473d9de4f3e8fc0e9cda08fa1730a1',
    counts: counts(1067, 1334, 120, 140),
    licence: imageNet,
  }),
  unpaired('apple2orange', {
    description: 'photos of apples and of oranges',
    bytes: 78456409,
    sha256: '845a191e9af8926408ea597001cd03a452e3300a1f44a79fe329b3d59f6e3eb8',
    counts: counts(995, 1019, 266, 248),
    licence: imageNet,
  }),
  unpaired('summer2winter_yosemite', {
    description: 'photos of Yosemite in summer and in winter',
    bytes: 132640856,
    sha256: '167fe1726807a9d22bd106b4a6c0bd7953b688af924ac1bf967439c4961e49f9',
    counts: counts(1231, 962, 309, 238),
    licence: photos('Flickr'),
  }),
  unpaired('monet2photo', {
    description: 'paintings of Monet, and photos of landscapes',
    bytes: 305231073,
    sha256: '88f91b00fc228f97c9411fbf1880ec1d119c98f1722e4cfcfaa2fb35fac05b04',
    counts: counts(1072, 6287, 121, 751),
    licence: paintings,
  }),
  unpaired('cezanne2photo', {
    description: 'paintings of Cézanne, and photos of landscapes',
    bytes: 279885071,
    sha256: '3a6c10ca21f9485862f1cbd707744b9dc258954a04631271d23a3605eeb63cff',
    counts: counts(525, 6287, 58, 751),
    licence: paintings,
  }),
  unpaired('ukiyoe2photo', {
    description: 'ukiyo-e prints, and photos of landscapes',
    bytes: 292946532,
    sha256: '02a2a2fb5ecf425ca1bf86aca7304377da64a2a1d3b86df54eb65e4068bf3b08',
    counts: counts(562, 6287, 263, 751),
    licence: paintings,
  }),
  unpaired('vangogh2photo', {
    description: 'paintings of Van Gogh, and photos of landscapes',
    bytes: 306590349,
    sha256: '362c3473e70be0944bda08d49d660eafdc2854df55d697835b8186d1d79caaff',
    counts: counts(400, 6287, 400, 751),
    licence: paintings,
  }),
  unpaired('maps', {
    description: 'aerial photos and maps',
    bytes: 1476754427,
    sha256: '639534f69dbf9f36bef8d6292a7698006361221f83f0285d7c9ca78afe6e8a9e',
    counts: counts(1096, 1096, 1098, 1098),
    licence: photos('Google Maps'),
  }),
  withoutUrl(
    unpaired('cityscapes', {
      description: 'photos of streets and their labels',
      bytes: 279601602,
      sha256: 'd2f6910fd056c1ee9873777ae838e7ac4a2c833598ae62a04188e5ab2f4ea036',
      counts: counts(2975, 2975, 500, 500),
      licence: cityscapesLicence,
      source: cityscapesPage,
    }),
  ),
  unpaired('facades', {
    description: 'facades and their labels',
    bytes: 35135868,
    sha256: '9a31ebf3a31b9b5cd195dd5bf62e9308e00cb94604d1019e3889ac84248695c0',
    counts: counts(400, 400, 106, 106),
    licence: unstated,
    source: facadesPage,
  }),
  unpaired('iphone2dslr_flower', {
    description: 'photos of flowers by phones and by cameras',
    bytes: 339964458,
    sha256: '8fcb5e374d631b107e1d961b8c4cd0a186aa2a4ff3e279923f4c426128de7113',
    counts: counts(1812, 3325, 569, 480),
    licence: photos('Flickr'),
  }),
  unpaired('ae_photos', { description: 'photos to try trained models on', licence: unstated }),
  pairs('edges2shoes', { description: 'edges and photos of shoes', licence: unstated }),
  pairs('edges2handbags', { description: 'edges and photos of handbags', licence: unstated }),
  pairs('night2day', { description: 'the same places by night and by day', licence: unstated }),
  pairs('facades', {
    name: 'pix2pix-facades',
    description: 'facades and their labels',
    licence: unstated,
    source: facadesPage,
  }),
  pairs('maps', {
    name: 'pix2pix-maps',
    description: 'aerial photos and maps',
    licence: photos('Google Maps'),
  }),
  withoutUrl(
    pairs('cityscapes', {
      name: 'pix2pix-cityscapes',
      description: 'photos of streets and their labels',
      licence: cityscapesLicence,
      source: cityscapesPage,
    }),
  ),
]);

/** @throws CycleGANError `INVALID_ARGUMENT` for an unknown name */
export function findDataset(where: string, name: unknown): Dataset {
  const found = datasets.find((dataset) => dataset.name === name);
  if (found) return found;
  const names = datasets.map((dataset) => dataset.name);
  const hint = typeof name === 'string' ? nearest(name, names) : `Known: ${names.join(', ')}.`;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: name must be that of a dataset, got ${show(name)}. ${hint}`,
  );
}

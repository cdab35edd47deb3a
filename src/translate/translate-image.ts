/** Translates an image of any size, in tiles if it is large. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkHostValues, checkValues } from '../core/check-values.js';
import { CycleGANError } from '../core/errors.js';
import { oneOf, resolveOptions, satisfying, show, wholeNumber, withDefault } from '../core/options.js';
import { Random } from '../core/random.js';
import { applyAsInTraining } from '../layers/networks.js';
import { croppedTo, extendedTo, nextSize } from '../models/any-size.js';
import { checkChannels, checkImages } from '../models/check-images.js';
import type { CUT } from '../models/cut.js';
import type { CycleGAN } from '../models/cyclegan.js';
import type { GeneratorSizes } from '../models/image-to-image-options.js';
import { classOf } from '../models/network-model.js';
import type { Pix2Pix } from '../models/pix2pix.js';
import { type Direction, generatorOf } from '../models/saved-cyclegan.js';
import { Translator } from '../models/translator.js';
import { type Graph, graphOf, multipleOf, type Run } from './graph.js';
import { planPasses } from './passes.js';
import type { Size } from './region.js';
import { runPasses } from './run-passes.js';
import { automaticTile, tileSize } from './tiles.js';

/** Options of {@link translateImage}. */
export interface TranslateImageOptions {
  /**
   * Whether the image is translated in tiles, and their size: at most `tile` × `tile` pixels at a time. `'auto'` divides images
   * whose largest feature map has more than 256 MiB, into tiles whose largest has 64 MiB. With 64 filters these are images of
   * more than 1024 × 1024 pixels. `false` translates the image as a whole.
   *
   * Tiles have no seams: they overlap by what the layers need, and norms use the statistics of the whole image. The result is
   * that of the whole image, up to rounding.
   * @default 'auto'
   */
  tile?: 'auto' | false | number;
  /**
   * `Pix2Pix` only: whether dropout and the statistics of the image are used, as in `Pix2Pix.translate`.
   * @default 'train'
   */
  mode?: 'train' | 'eval';
  /**
   * `Pix2Pix` only: the seed of the dropout masks.
   * @default 0
   */
  seed?: number;
}

/** A model that translates images. */
export type TranslatingModel = CycleGAN | Pix2Pix | CUT | Translator;

const isTile = (value: unknown) =>
  value === 'auto' || value === false || (Number.isSafeInteger(value) && (value as number) > 0);

/** Schemas of {@link TranslateImageOptions}. */
export const translateImageEntries = {
  tile: withDefault(
    satisfying<'auto' | false | number>(isTile, '"auto", false or a whole number of pixels from 1'),
    'auto',
  ),
  mode: withDefault(oneOf('train', 'eval'), 'train'),
  seed: withDefault(wholeNumber(0), 0),
};

/** The generator of a model, and how it is run. */
interface Chosen {
  readonly generator: LayersModel;
  /** The options that the generator was built from, if any. */
  readonly built: GeneratorSizes | undefined;
  /** The seed of the dropout masks, if the generator is run as in training. */
  readonly seed: number | undefined;
}

// Models are recognised without their classes, which pages that translate with others need not load.
const isCycleGAN = (model: unknown): model is CycleGAN => classOf(model) === 'CycleGAN';
const isPix2Pix = (model: unknown): model is Pix2Pix => classOf(model) === 'Pix2Pix';
const isCUT = (model: unknown): model is CUT => classOf(model) === 'CUT';

const isTranslating = (model: unknown): model is TranslatingModel =>
  model instanceof Translator || isCycleGAN(model) || isPix2Pix(model) || isCUT(model);

/**
 * The generator of a model for a direction.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`
 */
export function chosenGenerator(
  where: string,
  model: TranslatingModel,
  direction: Direction | undefined,
  { mode, seed }: Pick<TranslateImageOptions, 'mode' | 'seed'> = {},
): Chosen {
  const given: unknown = model;
  if (!isTranslating(given)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: model must be a CycleGAN, a Pix2Pix, a CUT or a Translator, got ${show(given)}.`,
    );
  }
  if (given.disposed) {
    throw new CycleGANError('DISPOSED', `${where}: the model has been disposed. Build or load a new one.`);
  }
  if (isPix2Pix(given) || isCUT(given)) {
    if (direction !== undefined) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: ${isCUT(given) ? 'a CUT translates from A to B' : 'a Pix2Pix translates from its inputs to its outputs'} only, ` +
          `so direction must be undefined, got ${show(direction)}.`,
      );
    }
    const { generator, options } = given;
    const asTrained = isPix2Pix(given) && mode !== 'eval';
    return { generator, built: options, seed: asTrained ? (seed ?? 0) : undefined };
  }
  const allowed = given instanceof Translator ? [given.direction] : (['AtoB', 'BtoA'] as const);
  const chosen = direction ?? (given instanceof Translator ? given.direction : undefined);
  if (chosen === undefined || !allowed.includes(chosen)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: direction must be ${allowed.map((each) => `"${each}"`).join(' or ')}, got ${show(direction)}.`,
    );
  }
  const generator = given instanceof Translator ? given.generator : given[generatorOf[chosen]];
  return { generator, built: given.options, seed: undefined };
}

/**
 * Translates an image of any size. Images are extended on the right and at the bottom by reflection to the next size that the
 * generator accepts, and their translations are cropped. Large images are translated in tiles without seams, so that the
 * memory of the accelerator does not limit their size.
 *
 * The main memory limits it: while tiles are computed, up to three feature maps of the residual blocks are kept there. With 64
 * filters each of them has 64 bytes for each pixel of the image, 1 GiB for 4096 × 4096 pixels.
 *
 * @param model a `CycleGAN`, `Pix2Pix`, `CUT` or `Translator`. Your own networks accept any size if their input has no fixed height and
 * width
 * @param image [h, w, c], float32 in [−1, 1]; stays the caller's
 * @param direction `'AtoB'` or `'BtoA'` for a `CycleGAN`; undefined for a `Pix2Pix` or a `CUT`
 * @returns the translated image, [h, w, channels], in [−1, 1]; dispose of it when done
 * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `DISPOSED`, `UNKNOWN_OPTION`, `INVALID_OPTION`; `UNSUPPORTED` if an
 * image that is to be divided meets a layer that cannot be computed by parts; `OUT_OF_MEMORY`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { CycleGAN, translateImage } from 'ts-cyclegan';
 * const model = new CycleGAN({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 7 });
 * const photo = tf.zeros<tf.Rank.R3>([75, 101, 3]);
 * const painting = await translateImage(model, photo, 'AtoB', { tile: 32 }); // [75, 101, 3]
 * tf.dispose([photo, painting]);
 * model.dispose();
 * ```
 */
export async function translateImage(
  model: TranslatingModel,
  image: tf.Tensor3D,
  direction?: Direction,
  options: TranslateImageOptions = {},
): Promise<tf.Tensor3D> {
  const where = 'translateImage';
  const { tile, ...others } = resolveOptions(where, translateImageEntries, options);
  const chosen = chosenGenerator(where, model, direction, others);
  checkImage(where, image, chosen);
  const run: Run = { training: chosen.seed === undefined ? undefined : new Random(chosen.seed) };
  const size = acceptedSize(chosen, [image.shape[0], image.shape[1]]);
  const side = tile === 'auto' ? automaticSide(chosen, size) : tile;
  if (side === false) return await whole(chosen, image, size);
  const graph = graphOf(where, chosen.generator, size, run);
  checkOutput(where, size, graph.at(-1)!.size);
  return await inTiles(graph, image, tileSize(graph, side));
}

function checkImage(where: string, image: tf.Tensor3D, { generator, built }: Chosen): void {
  checkChannels(where, 'image', image, generator.inputs[0]!.shape.at(-1)!);
  if ((image as tf.Tensor).rank !== 3) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: image must be a tensor [height, width, channels], got shape ${show(image.shape)}. Translate images one by one.`,
    );
  }
  if (image.size === 0) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `${where}: image must have at least one pixel, got shape ${show(image.shape)}.`,
    );
  }
  if (built === undefined) checkImages(where, 'image', image, generator, built);
  checkHostValues(where, 'image', image);
}

/** Can be divided by the strides of most networks. */
const divisible: Size = [80640, 80640];

/** The size to which an image is extended. */
function acceptedSize({ generator, built }: Chosen, size: Size): Size {
  if (built !== undefined) return [nextSize(size[0], built), nextSize(size[1], built)];
  const [, height, width] = generator.inputs[0]!.shape;
  const graph = height == null || width == null ? knownGraph(generator, divisible) : undefined;
  if (graph === undefined) return size; // fixed, or unknown
  const multiple = multipleOf(graph);
  return [multiple * Math.ceil(size[0] / multiple), multiple * Math.ceil(size[1] / multiple)];
}

/** The layers of a generator without its random masks, if all of them are known. */
function knownGraph(generator: LayersModel, size: Size): Graph | undefined {
  try {
    return graphOf('translateImage', generator, size, {});
  } catch {
    return undefined;
  }
}

/** The side of tiles for `'auto'`; false for the whole image, and for small images of unknown layers. */
function automaticSide({ generator }: Chosen, size: Size): number | false {
  const graph = knownGraph(generator, size);
  if (graph !== undefined) return automaticTile(graph) ?? false;
  return size[0] * size[1] > 1024 ** 2 ? 1024 : false; // then graphOf names the layer
}

/** Refuses results of another size, which your own networks may return. */
function checkOutput(where: string, size: Size, output: Size): void {
  if (output[0] === size[0] && output[1] === size[1]) return;
  throw new CycleGANError(
    'INVALID_MODEL',
    `${where}: the generator must return images of the size of its input, ${size[0]} x ${size[1]}, ` +
      `got ${output[0]} x ${output[1]}.`,
  );
}

const asBatch = (image: tf.Tensor3D, [height, width]: Size): tf.Tensor4D =>
  tf.tidy(() => extendedTo(tf.expandDims(image, 0), [height, width]));

/** Translates an image in one piece. */
async function whole({ generator, seed }: Chosen, image: tf.Tensor3D, size: Size): Promise<tf.Tensor3D> {
  return await Promise.resolve(
    tf.tidy(() => {
      const batch = asBatch(image, size);
      const output = (
        seed === undefined
          ? generator.apply(batch, { training: false })
          : applyAsInTraining(generator, batch, new Random(seed))
      ) as tf.Tensor4D;
      checkOutput('translateImage', size, [output.shape[1], output.shape[2]]);
      return tf.squeeze<tf.Tensor3D>(croppedTo([1, ...image.shape], output), [0]);
    }),
  );
}

/** Translates an image in tiles. */
async function inTiles(graph: Graph, image: tf.Tensor3D, tile: Size): Promise<tf.Tensor3D> {
  const batch = asBatch(image, graph[0]!.size);
  let values: Float32Array;
  try {
    values = (await batch.data()) as Float32Array;
  } finally {
    batch.dispose();
  }
  checkValues('translateImage', 'image', values);
  const output = await runPasses(graph, planPasses(graph), values, tile);
  const { size, channels } = graph.at(-1)!;
  return croppedImage(output, size, channels, image.shape);
}

/** The upper left part of an image in main memory. */
function croppedImage(
  values: Float32Array,
  [, wide]: Size,
  channels: number,
  [height, width]: readonly number[],
): tf.Tensor3D {
  const part = new Float32Array(height! * width! * channels);
  const length = width! * channels;
  for (let y = 0; y < height!; y++) {
    const from = y * wide * channels;
    part.set(values.subarray(from, from + length), y * length);
  }
  return tf.tensor3d(part, [height!, width!, channels]);
}

/** Evaluates a model in one direction: translates all test images, scores them, and keeps some of them for the page. */
import * as tf from '@tensorflow/tfjs-core';
import { levelsOfTensor } from '../../data/levels-of-tensor.js';
import type { FeatureExtractor } from '../../metrics/extractor.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import type { TranslatingModel } from '../../translate/translate-image.js';
import { loadSharp } from '../images/sharp.js';
import { type FeatureSet, featureSet, figuresOf, nearestOf, pixelExtractor } from './feature-figures.js';
import type { DirectionReport, ImageScores, Shown, ShownRow } from './report.js';
import { type BothScores, meanScores, scoresOf } from './scores.js';
import type { TestImages } from './test-images.js';
import { disposeOf, type Translated, translated } from './translated.js';

/** What is evaluated. */
export interface Evaluation {
  model: TranslatingModel;
  direction: Direction;
  images: TestImages;
  size: number;
  /** At most this many images of each set. */
  most: number;
  extractor?: FeatureExtractor | undefined;
  /** Whether to look for the nearest training images. */
  neighbours: boolean;
  /** Aborts between two images. */
  signal: AbortSignal;
  onImage?: (done: number, count: number) => void;
}

/** Rows of the page: the best, the worst, and the first ones, which all models have in common. */
const rowsEach = 4;

/** @throws the errors of the model, the images and the network; the reason of the signal */
export async function evaluateDirection(
  given: Evaluation,
): Promise<{ report: DirectionReport; shown: Shown }> {
  const { model, direction, images, size, most, extractor, signal, onImage } = given;
  const count = Math.min(most, images.names.length);
  const neighbours = given.neighbours && images.training !== undefined;
  const network = extractor ?? (neighbours ? pixelExtractor : undefined);
  const features = network && featureSet(network, neighbours);
  const both: BothScores[] = [];
  const translate = async (index: number, use: (images: Translated) => Promise<void>) => {
    const [input, truth] = await images.get(index);
    const all = translated(model, direction, input, truth);
    try {
      await use(all);
    } finally {
      disposeOf(all);
    }
  };
  try {
    for (let index = 0; index < count; index++) {
      signal.throwIfAborted();
      await translate(index, async (all) => {
        both.push(await scoresOf(images.names[index]!, all));
        await features?.add(all.fake);
      });
      onImage?.(index + 1, count);
    }
    await features?.finish();
    const scores = both.map(({ translation }, i): ImageScores => ({
      name: images.names[i]!,
      ...translation,
    }));
    const found = await withFeatures(given, features, scores);
    const rankedBy = rankingOf(scores);
    const order = ranked(scores, rankedBy);
    const nothing = both.flatMap((each) => each.nothing ?? []);
    const report: DirectionReport = {
      direction,
      size,
      scores: meanScores(scores),
      ...(nothing.length > 0 && { nothing: meanScores(nothing) }),
      ...found,
      images: scores,
      rankedBy,
    };
    const rows = async (indices: readonly number[]) => {
      const list: ShownRow[] = [];
      for (const index of indices) {
        signal.throwIfAborted();
        await translate(index, async (all) => void list.push(await shownRow(all, scores[index]!)));
      }
      return list;
    };
    const half = Math.min(rowsEach, count >> 1);
    const shown: Shown = {
      best: rankedBy === null ? [] : await rows(order.slice(0, half)),
      worst: rankedBy === null ? [] : await rows(order.slice(count - half).reverse()),
      first: await rows(Array.from({ length: Math.min(rowsEach, count) }, (_, i) => i)),
    };
    return { report, shown };
  } finally {
    features?.dispose();
  }
}

/** FID and KID if there is a network, nearest neighbours if they are wanted. */
async function withFeatures(
  { images, most, extractor, neighbours, signal }: Evaluation,
  fakes: FeatureSet | undefined,
  scores: ImageScores[],
): Promise<Pick<DirectionReport, 'features' | 'neighbours'>> {
  if (fakes === undefined) return {};
  const training = neighbours ? images.training : undefined;
  const network = extractor ?? pixelExtractor;
  const real = featureSet(network, training !== undefined);
  try {
    for (let index = 0; index < Math.min(most, images.realCount); index++) {
      signal.throwIfAborted();
      const image = await images.real(index);
      await real.add(image).finally(() => image.dispose());
    }
    await real.finish();
  } finally {
    real.dispose();
  }
  const figures = extractor && (await figuresOf(fakes, real));
  if (training === undefined) return { ...(figures && { features: figures }) };
  const found = await nearestOf(fakes, real, referencesOf(training, network, signal));
  found.nearest.forEach(({ index, distance }, i) => {
    scores[i]!.nearest = { name: training.names[index]!, distance };
  });
  return {
    ...(figures && { features: figures }),
    neighbours: {
      of: network.convention,
      trainingImages: training.names.length,
      fakes: found.fakes,
      real: found.real,
    },
  };
}

/** The features of the training images, one at a time. */
async function* referencesOf(
  training: NonNullable<TestImages['training']>,
  network: FeatureExtractor,
  signal: AbortSignal,
) {
  for (let index = 0; index < training.names.length; index++) {
    signal.throwIfAborted();
    const image = await training.get(index);
    const batch = tf.expandDims<tf.Tensor4D>(image);
    image.dispose();
    yield await network.extract(batch).finally(() => batch.dispose());
  }
}

function rankingOf([first]: readonly ImageScores[]): DirectionReport['rankedBy'] {
  return (['ssim', 'l1', 'cycle'] as const).find((name) => first?.[name] !== undefined) ?? null;
}

/** Indices, the best image first. */
function ranked(scores: readonly ImageScores[], by: DirectionReport['rankedBy']): number[] {
  const indices = scores.map((_, i) => i);
  if (by === null) return indices;
  const sign = by === 'ssim' ? -1 : 1;
  return indices.sort((i, j) => sign * ((scores[i]![by] ?? 0) - (scores[j]![by] ?? 0)) || i - j);
}

async function shownRow({ input, fake, cycle, truth }: Translated, scores: ImageScores): Promise<ShownRow> {
  return {
    name: scores.name,
    input: await dataUri(input),
    fake: await dataUri(fake),
    ...(cycle && { cycle: await dataUri(cycle) }),
    ...(truth && { truth: await dataUri(truth) }),
    scores,
  };
}

/** Small images are PNGs, so that their pixels are exact; larger ones WebP. */
async function dataUri(image: tf.Tensor3D): Promise<string> {
  const { data, shape } = await levelsOfTensor('evaluate', image);
  const [height, width, channels] = shape;
  const sharp = await loadSharp();
  const picture = sharp(data, { raw: { height, width, channels: channels as 1 | 3 | 4 } });
  const isSmall = height * width <= 96 ** 2;
  const bytes = await (isSmall ? picture.png() : picture.webp({ quality: 85 })).toBuffer();
  return `data:image/${isSmall ? 'png' : 'webp'};base64,${bytes.toString('base64')}`;
}

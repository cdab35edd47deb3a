/**
 * What is evaluated, and on which images. All models are checked before the first is evaluated, which may take long. They see the same
 * images: of one size, resized in one way.
 */
import type { Convention } from '../../core/convention.js';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { CUT } from '../../models/cut.js';
import { GAN } from '../../models/gan.js';
import { Pix2Pix } from '../../models/pix2pix.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { Translator } from '../../models/translator.js';
import type { ModelReport } from '../../node/evaluate/report.js';
import { openTestImages, type TestImages } from '../../node/evaluate/test-images.js';
import { directionsOf } from '../../node/evaluate/translated.js';
import { chosenGenerator, type TranslatingModel } from '../../translate/translate-image.js';
import { type AnyModel, withModel } from '../models.js';
import type { FeatureOptions } from './features.js';

/** A command line of `evaluate`. */
export interface Evaluating {
  paths: readonly string[];
  data: string;
  out: string;
  pairs: boolean;
  direction: Direction | undefined;
  size: number | undefined;
  most: number;
  features: string | undefined;
  featureOptions: FeatureOptions;
  neighbours: boolean;
  force: boolean;
  engine: string | undefined;
  json: boolean;
}

/** A model, and the images that it will translate. */
export interface Planned {
  path: string;
  algorithm: ModelReport['algorithm'];
  directions: { direction: Direction; size: number; images: TestImages }[];
}

/** How all models get their images: as the first one was trained. */
interface Reading {
  path: string;
  size: number;
  convention: Convention;
}

export interface Plan {
  models: Planned[];
  convention: Convention;
}

/** The size of models that accept any size. */
const anySize = 256;

/** @throws CycleGANError the errors of models, and of test images; `INVALID_OPTION`, `INVALID_ARGUMENT`, `UNSUPPORTED`, `NOT_FOUND` */
export async function planEvaluation(given: Evaluating): Promise<Plan> {
  const models: Planned[] = [];
  let first: Reading | undefined;
  for (const path of given.paths) {
    await withModel(path, async (model) => {
      const translating = translatingOnly(path, model);
      const directions = directionsFor(path, translating, given);
      first ??= readingOf(path, translating, directions[0]!, given);
      models.push(await planned(path, translating, directions, given, first));
    });
  }
  return { models, convention: first!.convention };
}

function translatingOnly(path: string, model: AnyModel): TranslatingModel {
  if (!(model instanceof GAN)) return model;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${show(path)} is a GAN, which translates no images. Evaluate CycleGAN, pix2pix and CUT models.`,
  );
}

function directionsFor(path: string, model: TranslatingModel, { direction }: Evaluating): Direction[] {
  const possible = directionsOf(model);
  if (direction === undefined) return possible;
  if (possible.includes(direction)) return [direction];
  throw new CycleGANError(
    'INVALID_OPTION',
    `--direction must be ${show(possible[0])} for ${show(path)}, got ${show(direction)}.`,
  );
}

function readingOf(path: string, model: TranslatingModel, direction: Direction, given: Evaluating): Reading {
  const { own, convention } = shapeOf(path, model, direction);
  return { path, size: given.size ?? own ?? anySize, convention };
}

async function planned(
  path: string,
  model: TranslatingModel,
  directions: readonly Direction[],
  given: Evaluating,
  { path: first, size, convention }: Reading,
): Promise<Planned> {
  const { data, features, neighbours } = given;
  const plans: Planned['directions'] = [];
  for (const direction of directions) {
    const { own = size, channels } = shapeOf(path, model, direction);
    if (given.size === undefined && own !== size) {
      throw new CycleGANError(
        'INVALID_OPTION',
        `--size is needed to compare models of different sizes: ${show(path)} has ${own} pixels, ${show(first)} ${size}.`,
      );
    }
    if (features !== undefined && channels[1] === 4) {
      throw new CycleGANError(
        'UNSUPPORTED',
        `--features needs images of 1 or 3 channels, but ${show(path)} makes images of 4. Leave --features out.`,
      );
    }
    const pairs = given.pairs || model instanceof Pix2Pix;
    const images = await openTestImages(data, pairs, direction, { size, convention, channels });
    if (neighbours && images.training === undefined) {
      const folder = direction === 'AtoB' ? 'trainB' : 'trainA';
      throw new CycleGANError(
        'NOT_FOUND',
        `--neighbours looks for training images in the folder ${show(folder)} of ${show(data)}, which does not exist. Add it, or leave --neighbours out.`,
      );
    }
    plans.push({ direction, size, images });
  }
  return { path, algorithm: algorithmOf(model), directions: plans };
}

/** A single generator may come from any program, so its algorithm is unknown. */
function algorithmOf(model: TranslatingModel): ModelReport['algorithm'] {
  if (model instanceof Translator) return 'generator';
  return model instanceof Pix2Pix ? 'pix2pix' : model instanceof CUT ? 'cut' : 'cyclegan';
}

/** The size of a model's images, if it has one, its channels, and how images were resized in its training. */
function shapeOf(path: string, model: TranslatingModel, direction: Direction) {
  const hasOneDirection = model instanceof Pix2Pix || model instanceof CUT;
  const { generator, built } = chosenGenerator('evaluate', model, hasOneDirection ? undefined : direction);
  const [, height, width, input] = generator.inputs[0]!.shape;
  const output = generator.outputs[0]!.shape.at(-1)!;
  const { inputShape } = (model.options ?? {}) as { inputShape?: readonly (number | null)[] };
  const { convention = 'pytorch' } = (built ?? {}) as { convention?: Convention };
  for (const channels of [input, output]) {
    if ([1, 3, 4].includes(channels!)) continue;
    throw new CycleGANError(
      'UNSUPPORTED',
      `evaluate: a model must translate images of 1, 3 or 4 channels, but ${show(path)} translates ${input} to ${output}.`,
    );
  }
  return {
    own: inputShape?.[0] ?? height ?? width ?? undefined,
    convention,
    channels: [input, output] as [1 | 3 | 4, 1 | 3 | 4],
  };
}

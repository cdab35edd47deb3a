/** Everything that a command line means for a training: from words to the options of model, trainer, images and run. */
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { presets } from '../../trainer/algorithms/cut/options.js';
import type { Given } from '../flags/add-flags.js';
import type { Algorithm } from '../flags/generated-option.js';
import { inWords, messageInFlags } from '../flags/names.js';
import type { OwnValues } from '../flags/own-options.js';
import { type ByPart, libraryOptions, ownValues } from '../flags/split.js';
import type { ImageSettings } from './data.js';
import { epochsOf, type Limits, scheduleFor } from './limits.js';
import { algorithmOf } from './layout.js';

/** The settings of a training. */
export interface Settings {
  /** The folder of the images. */
  data: string;
  algorithm: Algorithm;
  own: OwnValues;
  limits: Limits;
  model: Record<string, unknown>;
  trainer: Record<string, unknown>;
  fit: Record<string, unknown>;
  images: ImageSettings;
}

/** The size of the training images if none is given. */
const sizes = { cyclegan: 256, pix2pix: 256, cut: 256, gan: 28 } as const;

/** How often a size can be halved, for a U-Net: 5 to 8 times. */
export function levelsFor(size: number): number {
  let levels = 0;
  while (levels < 8 && size % 2 ** (levels + 1) === 0) levels++;
  return Math.max(5, levels);
}

function modelOptions(algorithm: Algorithm, size: number, channels: number, given: ByPart['model']) {
  const shape = [size, size, channels];
  if (algorithm === 'gan') return { imageShape: shape, ...given };
  const generator = given.generator ?? (algorithm === 'pix2pix' ? 'unet' : 'resnet');
  return {
    inputShape: shape,
    ...(generator === 'unet' && algorithm !== 'cut' && { levels: levelsFor(size) }),
    ...given,
  };
}

/** The epochs of a run without limits, and of its schedule. */
const epochsFor = (algorithm: Algorithm, { preset = 'cut' }: ByPart['trainer']): number =>
  algorithm === 'cut' ? presets[preset as keyof typeof presets].epochs : 200;

/** The convention of the networks and of the images. */
const conventionOf = (algorithm: Algorithm, { convention }: ByPart['model']): 'keras' | 'pytorch' =>
  (convention as 'keras' | 'pytorch' | undefined) ?? (algorithm === 'cyclegan' ? 'keras' : 'pytorch');

/**
 * Resolves what was given.
 *
 * @param given flags and the content of a configuration file, by word
 * @throws CycleGANError `INVALID_OPTION`
 */
export function settingsOf(data: string, given: ReadonlyMap<string, Given>): Settings {
  const own = ownValues(given);
  const algorithm = own.algorithm ?? algorithmOf(data);
  const { model, trainer, fit, images } = libraryOptions(given, algorithm);
  const size = own.size ?? sizes[algorithm];
  const { channels = 3 } = images as { channels?: number };
  const { outputChannels } = model as { outputChannels?: number };
  const { epochs, ...restOfFit } = fit as { epochs?: number };
  const limits = {
    ...(own.steps !== undefined && { steps: own.steps }),
    ...(own.minutes !== undefined && { minutes: own.minutes }),
    ...(epochs !== undefined && { epochs }),
  };
  const convention = conventionOf(algorithm, model);
  const decays =
    algorithm === 'pix2pix' ||
    algorithm === 'cut' ||
    (algorithm === 'cyclegan' && (trainer.convention ?? convention) === 'pytorch');
  const schedule = scheduleFor(limits, decays);
  return {
    data,
    algorithm,
    own,
    limits,
    model: modelOptions(algorithm, size, channels, model),
    trainer: { ...(schedule !== undefined && { schedule }), ...trainer },
    fit: { ...restOfFit, epochs: epochsOf(limits, epochsFor(algorithm, trainer)) },
    images: {
      images: {
        convention,
        ...images,
        cropSize: size,
        onError: own.strict === true ? 'throw' : 'skip',
      },
      ...(outputChannels !== undefined && outputChannels !== channels && { channelsB: outputChannels }),
    },
  };
}

/** Runs `create`, and gives its errors the words of the command line. */
export function inFlagWords<T>(create: () => T): T {
  try {
    return create();
  } catch (error) {
    // The shape of the networks is that of --size.
    if (!isCycleGANError(error, 'INVALID_SHAPE')) throw inWords(error);
    const text = messageInFlags(error.message);
    throw new CycleGANError('INVALID_OPTION', `--size: ${text}`, { cause: error });
  }
}

/** What was given, as plain data for `config.json`: a resumed run is given the same again. */
export const plainOf = (given: ReadonlyMap<string, Given>): Record<string, unknown> =>
  Object.fromEntries([...given].map(([word, { value }]) => [word, value]));

/** The words of a run's `config.json`. */
export function givenOf(folder: string, plain: unknown): Map<string, Given> {
  if (typeof plain !== 'object' || plain === null) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `the run in ${show(folder)} was not started by this command, so its images are unknown. Resume it in its own program, with resumeRun.`,
    );
  }
  return new Map(
    Object.entries(plain as Record<string, unknown>).map(([word, value]) => [
      word,
      { value, title: `"${word}" of config.json` },
    ]),
  );
}

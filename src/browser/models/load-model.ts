/** Loads models in a page: from a URL with progress, from the cache, from IndexedDB, or from files. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { flag, oneOf, optional, resolveOptions, satisfying, show, withDefault } from '../../core/options.js';
import type { Topology } from '../../models/bundle.js';
import { CycleGAN } from '../../models/cyclegan.js';
import { Pix2Pix } from '../../models/pix2pix.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { Translator } from '../../models/translator.js';
import { type DownloadOptions, type DownloadProgress, downloadModel } from './download-model.js';
import { ModelCache } from './model-cache.js';
import { filesModel } from './model-files.js';

/** Options of {@link loadCycleGAN}. */
export interface LoadModelOptions {
  /** Called while weights arrive. */
  onProgress?: (progress: DownloadProgress) => void;
  /**
   * Whether downloaded models are kept by the browser, so that they load without network next time. New versions on the server are
   * noticed.
   * @default true
   */
  cache?: boolean;
  /** Ends the download. The promise then rejects with its reason. */
  signal?: AbortSignal;
}

/** Options of {@link loadTranslator}. */
export interface LoadTranslatorOptions extends LoadModelOptions {
  /**
   * The generator to load.
   * @default the generator in the file, if there is only one
   */
  direction?: Direction;
}

/**
 * Where a model is: the URL of its `model.json`, `indexeddb://name` for a model that `model.save('indexeddb://name')` has written, or
 * the files `model.json` and its weights that a person has chosen.
 */
export type ModelSource = string | URL | readonly File[];

const loadEntries = {
  onProgress: optional(
    satisfying<(progress: DownloadProgress) => void>((value) => typeof value === 'function', 'a function'),
  ),
  cache: withDefault(flag(), true),
  signal: optional(satisfying<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal')),
};

export const translatorEntries = { ...loadEntries, direction: optional(oneOf('AtoB', 'BtoA')) };

/**
 * Loads one generator for translating images, which needs less than half of the memory of a `CycleGAN`.
 *
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `NOT_FOUND`, `NETWORK` without network or if a download
 * is interrupted, `INVALID_MODEL` for a file that is damaged or no saved CycleGAN
 * @example
 * ```ts
 * import { drawImage, imageToTensor, loadTranslator, useBestEngine } from 'ts-cyclegan/browser';
 * import { translateImage } from 'ts-cyclegan';
 * const show = async (photo: File, canvas: HTMLCanvasElement) => {
 *   await useBestEngine();
 *   const translator = await loadTranslator('/models/horse2zebra/model.json', {
 *     onProgress: ({ loaded, total }) => console.log(`${Math.round((100 * loaded) / total)} %`),
 *   });
 *   const horse = await imageToTensor(photo);
 *   const zebra = await translateImage(translator, horse);
 *   await drawImage(zebra, canvas);
 *   horse.dispose();
 *   zebra.dispose();
 *   translator.dispose();
 * };
 * ```
 */
export async function loadTranslator(
  source: ModelSource,
  options: LoadTranslatorOptions = {},
): Promise<Translator> {
  const where = 'loadTranslator';
  const { direction, ...settings } = resolveOptions(where, translatorEntries, options);
  return await load(where, source, settings, (handler) =>
    Translator.load(handler, direction === undefined ? {} : { direction }),
  );
}

/**
 * Loads the four networks of a CycleGAN, for both directions or for training.
 *
 * @throws CycleGANError those of {@link loadTranslator}
 */
export async function loadCycleGAN(source: ModelSource, options: LoadModelOptions = {}): Promise<CycleGAN> {
  const where = 'loadCycleGAN';
  return await load(where, source, resolveOptions(where, loadEntries, options), (handler) =>
    CycleGAN.load(handler),
  );
}

/**
 * Loads a pix2pix model, for translating images or for training.
 *
 * @throws CycleGANError those of {@link loadTranslator}
 */
export async function loadPix2Pix(source: ModelSource, options: LoadModelOptions = {}): Promise<Pix2Pix> {
  const where = 'loadPix2Pix';
  return await load(where, source, resolveOptions(where, loadEntries, options), (handler) =>
    Pix2Pix.load(handler),
  );
}

/** Loads what translates images in a Worker: one generator of a CycleGAN, or a pix2pix model. */
export async function loadEither(
  source: ModelSource,
  options: LoadTranslatorOptions,
): Promise<Translator | Pix2Pix> {
  const where = 'loadTranslator';
  const { direction, ...settings } = resolveOptions(where, translatorEntries, options);
  return await load<Translator | Pix2Pix>(where, source, settings, async (handler) => {
    const artifacts = await handler.load!();
    const known = { load: () => Promise.resolve(artifacts) };
    const { kind } = artifacts.modelTopology as Partial<Topology>;
    if (kind !== 'pix2pix') return await Translator.load(known, direction === undefined ? {} : { direction });
    if (direction === undefined) return await Pix2Pix.load(known);
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "direction" must be left out, because ${show(source)} is a Pix2Pix, which has one direction.`,
    );
  });
}

async function load<Model>(
  where: string,
  source: ModelSource,
  settings: DownloadOptions,
  build: (handler: tf.io.IOHandler) => Promise<Model>,
): Promise<Model> {
  if (isDatabase(source)) return await naming(where, source, () => build(fromDatabase(where, source)));
  if (isFiles(source)) {
    const artifacts = await filesModel(where, source);
    return await naming(where, 'model.json', () => build({ load: () => Promise.resolve(artifacts) }));
  }
  const url = urlOf(where, source);
  const download = async (): Promise<Model> => {
    const { artifacts, keep } = await downloadModel(where, url, settings);
    const model = await naming(where, url.href, () => build({ load: () => Promise.resolve(artifacts) }));
    await keep();
    return model;
  };
  try {
    return await download();
  } catch (error) {
    const cache = new ModelCache(url.href);
    const wasKept = settings.cache && (await cache.text()) !== undefined;
    if (!wasKept || !isCycleGANError(error, 'INVALID_MODEL')) throw error;
    await cache.forget(); // it may be what is damaged
    return await download();
  }
}

const isDatabase = (source: ModelSource): source is string =>
  typeof source === 'string' && source.startsWith('indexeddb://');

const isFiles = (source: ModelSource): source is readonly File[] => Array.isArray(source);

/** Relative URLs belong to the page, or to the program of the Worker. */
function urlOf(where: string, source: string | URL): URL {
  const base = (globalThis as { document?: Document }).document?.baseURI ?? location.href;
  try {
    if (source instanceof URL || typeof (source as unknown) === 'string') return new URL(source, base);
  } catch {
    // not a URL
  }
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: source must be the URL of a model.json, "indexeddb://name", or a list of Files, got ${show(source)}.`,
  );
}

/** tfjs' handler for IndexedDB, with an error for models that are not there. */
function fromDatabase(where: string, source: string): tf.io.IOHandler {
  const [handler] = tf.io.getLoadHandlers(source);
  return {
    load: () =>
      handler!.load!().catch((cause: unknown) => {
        if (!(cause as Error).message.startsWith('Cannot find model')) throw cause;
        throw new CycleGANError(
          'NOT_FOUND',
          `${where}: this browser has no model ${show(source)}. Save it first, with model.save(${show(source)}).`,
          { cause },
        );
      }),
  };
}

/** Runs `build`. Errors name the model. */
async function naming<T>(where: string, name: string, build: () => Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (cause) {
    if (!isCycleGANError(cause) || cause.message.startsWith(where)) throw cause;
    throw new CycleGANError(cause.code, `${where}: ${show(name)}: ${cause.message}`, { cause });
  }
}

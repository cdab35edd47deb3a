/** The page's side of a Worker that translates and trains. */
import { proxy } from 'comlink';
import { resolveOptions } from '../../core/options.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import type { TranslateImageOptions } from '../../translate/translate-image.js';
import type { EngineChoice } from '../engines/engine.js';
import type { EngineOptions } from '../engines/use-best-engine.js';
import type { ImageInput } from '../images/image-input.js';
import { type LoadTranslatorOptions, type ModelSource, translatorEntries } from '../models/load-model.js';
import { Connection } from './connection.js';
import type { ImageValues, WorkerMemory } from './protocol.js';
import { sentImage, sentSource } from './sent-image.js';
import {
  imageData,
  openTraining,
  type ResumeTrainingOptions,
  type StartTrainingOptions,
  type WorkerTraining,
} from './worker-training.js';

/** A translator in a Worker. */
export interface WorkerTranslator {
  /** The direction of a CycleGAN's generator; undefined for a pix2pix model. */
  readonly direction: Direction | undefined;
  /**
   * Translates an image of any size. It stays the caller's.
   *
   * @returns the translation in the size of the image
   */
  translate(image: ImageInput, options?: TranslateImageOptions): Promise<ImageData>;
  /** Translates an image, without rounding to levels. */
  translateValues(image: ImageInput | ImageValues, options?: TranslateImageOptions): Promise<ImageValues>;
  /** Frees the memory of the translator. */
  dispose(): Promise<void>;
}

/** A Worker that translates and trains. Errors are those that the same functions throw in a page. */
export interface CycleGANWorker {
  /** Chooses the engine of the Worker. Without it, the first model does so with the defaults. */
  useBestEngine(options?: EngineOptions): Promise<EngineChoice>;
  /** Loads one generator of a CycleGAN, or a pix2pix model. */
  loadTranslator(
    source: ModelSource,
    options?: Omit<LoadTranslatorOptions, 'signal'>,
  ): Promise<WorkerTranslator>;
  /**
   * Starts a training run. The browser keeps its images and checkpoints under its name, so that it can be resumed after a reload.
   * Call `train` of the result.
   */
  startTraining(name: string, options: StartTrainingOptions): Promise<WorkerTraining>;
  /** Opens a run where its last checkpoint stands. Call `train` of the result. */
  resumeTraining(name: string, options?: ResumeTrainingOptions): Promise<WorkerTraining>;
  /** Memory of the Worker's tensors. */
  memory(): Promise<WorkerMemory>;
  /** Ends the Worker at once. Training resumes from its last checkpoint. */
  terminate(): void;
}

/**
 * Connects a page with its Worker, whose file calls `serve` of `ts-cyclegan/browser/worker`.
 *
 * @example
 * ```ts
 * import { connectWorker } from 'ts-cyclegan/browser';
 * const show = async (worker: Worker, photo: File, canvas: HTMLCanvasElement) => {
 *   const cyclegan = connectWorker(worker); // new Worker(new URL('./cyclegan.worker.ts', import.meta.url), { type: 'module' })
 *   const translator = await cyclegan.loadTranslator('/models/horse2zebra/model.json');
 *   const zebra = await translator.translate(photo);
 *   canvas.width = zebra.width;
 *   canvas.height = zebra.height;
 *   canvas.getContext('2d')!.putImageData(zebra, 0, 0);
 * };
 * ```
 */
export function connectWorker(worker: Worker): CycleGANWorker {
  const connection = new Connection(worker);
  return {
    useBestEngine: (options = {}) => connection.call((remote) => remote.useBestEngine(options)),
    async loadTranslator(source, options = {}) {
      const { onProgress, cache, direction } = resolveOptions('loadTranslator', translatorEntries, options);
      const { id, ...loaded } = await connection.call((remote) =>
        remote.loadTranslator(
          sentSource(source),
          { cache, ...(direction && { direction }) },
          onProgress && proxy(onProgress),
        ),
      );
      return {
        direction: loaded.direction,
        async translate(image, translating = {}) {
          const sent = await sentImage('translate', image);
          return imageData(await connection.call((remote) => remote.translate(id, sent, translating)));
        },
        async translateValues(image, translating = {}) {
          const sent = await sentImage('translateValues', image);
          return await connection.call((remote) => remote.translateValues(id, sent, translating));
        },
        dispose: () => connection.call((remote) => remote.disposeTranslator(id)),
      };
    },
    startTraining: (name, options) => openTraining(connection, name, options),
    resumeTraining: (name, options = {}) => openTraining(connection, name, options),
    memory: () => connection.call((remote) => remote.memory()),
    terminate: () => connection.end(),
  };
}

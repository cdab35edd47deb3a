/** What a page and its Worker say to each other. Everything in it can be cloned into another thread. */
import type { Direction } from '../../models/saved-cyclegan.js';
import type { SaveOptions } from '../../models/cyclegan.js';
import type { TranslateImageOptions } from '../../translate/translate-image.js';
import type { TrainerState } from '../../trainer/engine/state.js';
import type { EngineChoice } from '../engines/engine.js';
import type { EngineOptions } from '../engines/use-best-engine.js';
import type { FileWithPath } from '../images/files.js';
import type { ImageFilesOptions } from '../images/image-files.js';
import type { Pixels } from '../images/tensor-to-image.js';
import type { DownloadProgress } from '../models/download-model.js';

/** Values of an image, without rounding. */
export interface ImageValues {
  /** In [−1, 1]. */
  readonly values: Float32Array;
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** An image on its way to another thread. */
export type SentImage = ImageBitmap | ImageData | Blob | string | ImageValues;

/** Memory of the Worker's tensors. */
export interface WorkerMemory {
  readonly numTensors: number;
  readonly numBytes: number;
}

/** The losses of a step. */
export interface StepReport {
  /** Completed steps. */
  readonly step: number;
  /** Completed epochs. */
  readonly epoch: number;
  readonly losses: Readonly<Record<string, number>>;
}

/** The mean losses of an epoch. */
export interface EpochReport {
  /** Index of the epoch, from 0. */
  readonly epoch: number;
  readonly losses: Readonly<Record<string, number>>;
}

/** An image, its translation, and the translation back. */
export interface Sample<Image> {
  readonly real: Image;
  readonly fake: Image;
  readonly rec: Image;
}

/** Samples of both directions. */
export interface SampleReport<Image> {
  readonly step: number;
  /** The first image of A, translated to B and back. */
  readonly a: Sample<Image>;
  /** The first image of B, translated to A and back. */
  readonly b: Sample<Image>;
}

/** What happens during training. Training waits for what these return. */
export interface TrainingEvents<Image> {
  /** Called after each step. */
  onStep?: (report: StepReport) => void | Promise<void>;
  /** Called after each epoch. */
  onEpoch?: (report: EpochReport) => void | Promise<void>;
  /** Called with samples, every `sampleEvery` steps. */
  onSample?: (report: SampleReport<Image>) => void | Promise<void>;
  /** Called after a checkpoint has been written. */
  onCheckpoint?: (report: { readonly step: number; readonly epoch: number }) => void | Promise<void>;
}

/** How often samples and checkpoints are made. */
export interface TrainingRhythm {
  /** Steps between two samples; 0 for none. */
  readonly sampleEvery: number;
  /** Steps between two checkpoints; 0 for those of `pause` and of the end only. */
  readonly checkpointEvery: number;
}

/** What a new run is made from. */
export interface NewRun {
  readonly model: Record<string, unknown>;
  readonly trainer: Record<string, unknown>;
  readonly preprocessing: ImageFilesOptions;
  readonly fit: Record<string, unknown>;
  readonly a: readonly FileWithPath[];
  readonly b: readonly FileWithPath[];
}

/** An error on its way to another thread, where classes and codes are lost. */
export interface SentError {
  readonly cyclegan: true;
  readonly code: string | undefined;
  readonly message: string;
}

/** Where training stands. */
export interface TrainingProgress {
  readonly step: number;
  readonly epoch: number;
  /** Whether all epochs have been trained. */
  readonly complete: boolean;
}

/** The functions of a Worker. Models are named by ids, because they cannot leave it. */
export interface WorkerFunctions {
  useBestEngine(options: EngineOptions): Promise<EngineChoice>;
  memory(): Promise<WorkerMemory>;
  loadTranslator(
    source: string | readonly File[],
    options: { direction?: Direction; cache?: boolean },
    onProgress: ((progress: DownloadProgress) => void) | undefined,
  ): Promise<{ id: number; direction: Direction | undefined }>;
  translate(id: number, image: SentImage, options: TranslateImageOptions): Promise<Pixels>;
  translateValues(id: number, image: SentImage, options: TranslateImageOptions): Promise<ImageValues>;
  disposeTranslator(id: number): Promise<void>;
  openRun(
    name: string,
    run: NewRun | undefined,
    rhythm: TrainingRhythm,
    events: TrainingEvents<Pixels>,
  ): Promise<TrainingProgress>;
  /** Trains until all epochs are complete, or `pause` is called. */
  train(name: string): Promise<TrainingProgress>;
  pause(name: string): Promise<TrainingProgress>;
  state(name: string): Promise<TrainerState>;
  modelFiles(name: string, options: SaveOptions): Promise<File[]>;
  saveModel(name: string, target: string, options: SaveOptions): Promise<void>;
  translateWithRun(name: string, image: SentImage, direction: Direction): Promise<Pixels>;
  closeRun(name: string): Promise<void>;
}

/** Training in a Worker, as the page sees it. */
import { proxy } from 'comlink';
import {
  flag,
  oneOf,
  optional,
  resolveOptions,
  satisfying,
  text,
  wholeNumber,
  withDefault,
} from '../../core/options.js';
import type { CycleGANOptions } from '../../models/cyclegan-options.js';
import type { SaveOptions } from '../../models/cyclegan.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import type { CycleGANTrainerOptions } from '../../trainer/algorithms/cyclegan/options.js';
import type { TrainerState } from '../../trainer/engine/state.js';
import { type Files, filesOf } from '../images/files.js';
import type { ImageInput } from '../images/image-input.js';
import type { ImageFilesOptions } from '../images/image-files.js';
import type { Pixels } from '../images/tensor-to-image.js';
import type { Connection } from './connection.js';
import type {
  NewRun,
  Sample,
  SampleReport,
  TrainingEvents,
  TrainingProgress,
  TrainingRhythm,
} from './protocol.js';
import { sentImage } from './sent-image.js';

/** Options of `resumeTraining`. */
export interface ResumeTrainingOptions extends TrainingEvents<ImageData> {
  /**
   * Steps between two samples, if there is an `onSample`; 0 for none.
   * @default 50
   */
  sampleEvery?: number;
  /**
   * Steps between two checkpoints. There is always one when training pauses or ends.
   * @default 100
   */
  checkpointEvery?: number;
}

/** Options of `startTraining`. */
export interface StartTrainingOptions extends ResumeTrainingOptions {
  /** Images of A: files of an input or of a drop, with those of folders. The browser keeps them with the run. */
  a: Files;
  /** Images of B, likewise. */
  b: Files;
  /** Options of the networks. */
  model?: CycleGANOptions;
  /** Options of the trainer, as plain data. */
  trainer?: CycleGANTrainerOptions;
  /** How images are preprocessed. */
  images?: ImageFilesOptions;
  /** Options of `fit`. */
  fit?: {
    epochs?: number;
    stepsPerEpoch?: number;
    batchSize?: number;
    length?: 'max' | 'min';
    shuffle?: boolean;
    serial?: boolean;
  };
}

/** A training run in a Worker. */
export interface WorkerTraining {
  /** The name of the run. */
  readonly name: string;
  /** Where the run stood when it was opened. */
  readonly start: TrainingProgress;
  /**
   * Trains until all epochs are complete, or `pause` is called. Training resumes where it stands. The promise rejects with the error
   * of a step; the last checkpoint is kept.
   */
  train(): Promise<TrainingProgress>;
  /** Ends `train` after the current step, and writes a checkpoint. */
  pause(): Promise<TrainingProgress>;
  /** The state of the trainer, as `trainer.state()` in Node. */
  state(): Promise<TrainerState>;
  /** Translates an image with the current weights, or with their averages. */
  translate(image: ImageInput, direction: Direction): Promise<ImageData>;
  /** The model as `model.json` and `weights.bin`, to be downloaded by a person. */
  modelFiles(options?: SaveOptions): Promise<File[]>;
  /** Saves the model in this browser, under a URL such as `indexeddb://horse2zebra`. */
  saveModel(target: string, options?: SaveOptions): Promise<void>;
  /** Pauses, and frees the memory of the run. Its last checkpoint stays. */
  close(): Promise<void>;
}

const callback = () =>
  optional(satisfying<(report: never) => void>((value) => typeof value === 'function', 'a function'));
const resumeEntries = {
  sampleEvery: withDefault(wholeNumber(0), 50),
  checkpointEvery: withDefault(wholeNumber(0), 100),
  onStep: callback(),
  onEpoch: callback(),
  onSample: callback(),
  onCheckpoint: callback(),
};
const isObject = (value: unknown) => typeof value === 'object' && value !== null;
const plain = () => withDefault(satisfying<Record<string, unknown>>(isObject, 'an object'), {});
const files = () => satisfying<Files>(isObject, 'the files of an input or of a drop, or a list of Files');
const fitEntries = {
  epochs: optional(wholeNumber(1)),
  stepsPerEpoch: optional(wholeNumber(1)),
  batchSize: optional(wholeNumber(1)),
  length: optional(oneOf('max', 'min')),
  shuffle: optional(flag()),
  serial: optional(flag()),
};
const startEntries = {
  ...resumeEntries,
  a: files(),
  b: files(),
  model: plain(),
  trainer: plain(),
  images: plain(),
  fit: plain(),
};

/** Starts or resumes a run. */
export async function openTraining(
  connection: Connection,
  name: string,
  options: StartTrainingOptions | ResumeTrainingOptions,
): Promise<WorkerTraining> {
  const isNew = 'a' in options || 'b' in options;
  const where = isNew ? 'startTraining' : 'resumeTraining';
  resolveOptions(where, { name: text() }, { name });
  const { sampleEvery, checkpointEvery, ...callbacks } = resolveOptions(
    where,
    resumeEntries,
    only(options, resumeEntries),
  );
  const run = isNew ? await newRun(where, options) : undefined;
  const events = callbacks as TrainingEvents<ImageData>;
  const rhythm: TrainingRhythm = { sampleEvery: events.onSample ? sampleEvery : 0, checkpointEvery };
  const start = await connection.call((worker) => worker.openRun(name, run, rhythm, proxy(received(events))));
  return {
    name,
    start,
    train: () => connection.call((worker) => worker.train(name)),
    pause: () => connection.call((worker) => worker.pause(name)),
    state: () => connection.call((worker) => worker.state(name)),
    async translate(image, direction) {
      const sent = await sentImage('translate', image);
      return imageData(await connection.call((worker) => worker.translateWithRun(name, sent, direction)));
    },
    modelFiles: (saving = {}) => connection.call((worker) => worker.modelFiles(name, saving)),
    saveModel: (target, saving = {}) => connection.call((worker) => worker.saveModel(name, target, saving)),
    close: () => connection.call((worker) => worker.closeRun(name)),
  };
}

const only = (options: object, entries: object): object =>
  Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(entries, name)));

async function newRun(where: string, options: object): Promise<NewRun> {
  const { a, b, model, trainer, images, fit } = resolveOptions(where, startEntries, options);
  return {
    model,
    trainer,
    preprocessing: images,
    fit: { ...resolveOptions(`${where}: fit`, fitEntries, fit) },
    a: await filesOf(a),
    b: await filesOf(b),
  };
}

/** `ImageData` of pixels that a Worker has sent. */
export const imageData = ({ data, width, height }: Pixels): ImageData => new ImageData(data, width, height);

const sample = ({ real, fake, rec }: Sample<Pixels>): Sample<ImageData> => ({
  real: imageData(real),
  fake: imageData(fake),
  rec: imageData(rec),
});

/** The callbacks as the Worker calls them. */
const received = (events: TrainingEvents<ImageData>): Required<TrainingEvents<Pixels>> => ({
  onStep: (report) => events.onStep?.(report),
  onEpoch: (report) => events.onEpoch?.(report),
  onSample: ({ step, a, b }: SampleReport<Pixels>) => events.onSample?.({ step, a: sample(a), b: sample(b) }),
  onCheckpoint: (report) => events.onCheckpoint?.(report),
});

/** What IndexedDB keeps of a training run. */
import type { FileWithPath } from '../images/files.js';
import type { ImageFilesOptions } from '../images/image-files.js';

/** A training run that this browser keeps. */
export interface RunInfo {
  /** The name of the run. */
  readonly name: string;
  /** When it was started, and when its last checkpoint was written: milliseconds since 1970. */
  readonly created: number;
  readonly saved: number;
  /** Completed steps and epochs in the last checkpoint. */
  readonly step: number;
  readonly epoch: number;
  /** Epochs after which the training is complete. */
  readonly epochs: number;
  /** Number of images of each domain. */
  readonly images: { readonly a: number; readonly b: number };
}

/** What a run is started from again. */
export interface RunRecord extends Omit<RunInfo, 'epochs'> {
  readonly model: Record<string, unknown>;
  /** All options of the trainer. */
  readonly trainer: Record<string, unknown>;
  readonly preprocessing: ImageFilesOptions;
  readonly fit: Record<string, unknown>;
}

/** The images of a run. */
export interface StoredImages {
  readonly a: readonly FileWithPath[];
  readonly b: readonly FileWithPath[];
}

/** The epochs of a run: those of `fit`, or else those of the trainer. */
export const epochsOf = ({ fit, trainer }: RunRecord): number => (fit.epochs ?? trainer.epochs) as number;

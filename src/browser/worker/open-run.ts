/** Opens a training run in a Worker: a new one, or one that IndexedDB keeps. */
import type { ResolvedCycleGANOptions } from '../../models/cyclegan-options.js';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { CycleGAN } from '../../models/cyclegan.js';
import { CycleGANTrainer } from '../../trainer/algorithms/cyclegan/trainer.js';
import { imageFiles, type ImageFiles } from '../images/image-files.js';
import type { RunRecord, StoredImages } from '../storage/run-record.js';
import { hasRun, readRun, writeRun } from '../storage/runs.js';
import type { NewRun } from './protocol.js';
import { lockRun } from './run-lock.js';

/** A run that is open. */
export interface OpenRun {
  readonly trainer: CycleGANTrainer;
  readonly images: { readonly a: ImageFiles; readonly b: ImageFiles };
  readonly files: StoredImages;
  readonly record: RunRecord;
  /** Frees everything. */
  close(): void;
}

/**
 * Creates a run, and writes its first checkpoint.
 *
 * @param ready starts the engine; called when nothing else can be refused
 * @throws CycleGANError `INVALID_ARGUMENT` if there is a run of this name, `BUSY`; the errors of options and of `imageFiles`; `DISK`
 */
export async function createRun(
  where: string,
  name: string,
  run: NewRun,
  ready: () => Promise<unknown>,
): Promise<OpenRun> {
  const { model, trainer, preprocessing, fit, a, b } = run;
  const unlock = await lockRun(where, name);
  try {
    if (await hasRun(where, name)) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: this browser has a run ${show(name)} already. Continue it with resumeTraining, delete it with deleteRun, or choose ` +
          'another name.',
      );
    }
    const images = { a: imageFiles(a, preprocessing), b: imageFiles(b, preprocessing) };
    await ready();
    const built = build(model, trainer);
    const now = Date.now();
    const record: RunRecord = {
      name,
      created: now,
      saved: now,
      step: 0,
      epoch: 0,
      images: { a: images.a.length, b: images.b.length },
      model: built.model.options as ResolvedCycleGANOptions & Record<string, unknown>,
      trainer: built.options,
      preprocessing,
      fit,
    };
    try {
      await writeRun(where, record, await built.state(), { a, b });
    } catch (error) {
      dispose(built);
      throw error;
    }
    return opened(built, images, { a, b }, record, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * Opens a run where its last checkpoint stands.
 *
 * @param ready starts the engine; called when the run has been found
 * @throws CycleGANError `NOT_FOUND`, `BUSY`, `INVALID_STATE`
 */
export async function reopenRun(
  where: string,
  name: string,
  ready: () => Promise<unknown>,
): Promise<OpenRun> {
  const unlock = await lockRun(where, name);
  try {
    const { record, images: files, state } = await readRun(where, name);
    const { preprocessing } = record;
    const images = { a: imageFiles(files.a, preprocessing), b: imageFiles(files.b, preprocessing) };
    await ready();
    const trainer = build(record.model, record.trainer);
    try {
      trainer.restore(state);
    } catch (error) {
      dispose(trainer);
      throw error;
    }
    return opened(trainer, images, files, record, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

function build(model: object, options: object): CycleGANTrainer {
  const created = new CycleGAN(model);
  try {
    return new CycleGANTrainer(created, options);
  } catch (error) {
    created.dispose();
    throw error;
  }
}

function dispose(trainer: CycleGANTrainer): void {
  trainer.dispose();
  trainer.model.dispose();
}

function opened(
  trainer: CycleGANTrainer,
  images: OpenRun['images'],
  files: StoredImages,
  record: RunRecord,
  unlock: () => void,
): OpenRun {
  return {
    trainer,
    images,
    files,
    record,
    close() {
      dispose(trainer);
      unlock();
    },
  };
}

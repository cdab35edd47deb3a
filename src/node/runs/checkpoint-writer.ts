/** Writes the checkpoints of a run while training continues. */
import type { Training } from '../../trainer/engine/training.js';
import { encodeCheckpoint } from './checkpoint.js';
import { checkpointPath, type Keep, prune } from './checkpoints.js';
import type { PatientWrites } from './patient-writes.js';
import { stepName } from './paths.js';
import { writeCheckpoint } from './write-checkpoint.js';

/** The checkpoints of a run that is being trained. */
export interface CheckpointWriter {
  /** Copies the state of the trainer, and starts to write it. Waits until the previous checkpoint is written. */
  save(trainer: Training): Promise<void>;
  /** Waits if the last checkpoint cannot be written. */
  unstick(): Promise<void>;
  /** Waits until the last checkpoint is written. */
  settle(): Promise<void>;
  /** Completed steps of the last checkpoint, which may still be in progress; undefined before the first. */
  readonly saved: number | undefined;
}

/** @throws CycleGANError `DISK` from all functions, if a checkpoint was given up */
export function checkpointWriter(folder: string, keep: Keep, writes: PatientWrites): CheckpointWriter {
  let writing: Promise<void> = Promise.resolve();
  let failure: { error: unknown } | undefined;
  let isStuck = false;
  let saved: number | undefined;

  const settle = async () => {
    await writing;
    const failed = failure;
    failure = undefined;
    if (failed !== undefined) throw failed.error;
  };
  return {
    settle,
    unstick: async () => (isStuck ? await settle() : undefined),
    get saved() {
      return saved;
    },
    async save(trainer) {
      await settle(); // at most one copy of the state is in memory
      const state = await trainer.state();
      const { step } = state;
      const checkpoint = encodeCheckpoint(state);
      let isWritten = false;
      const write = async () => {
        try {
          if (!isWritten) await writeCheckpoint(checkpointPath(folder, step), checkpoint);
          isWritten = true;
          await prune(folder, keep);
          isStuck = false;
        } catch (error) {
          isStuck = true;
          throw error;
        }
      };
      saved = step;
      writing = writes.until(`the checkpoint ${stepName(step)}`, write).catch((error: unknown) => {
        failure = { error };
        saved = undefined;
      });
    },
  };
}

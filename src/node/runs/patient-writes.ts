/**
 * Writes that wait if the disk is full or read-only. The data stays in memory, and the write is repeated until it succeeds or the user
 * stops the training.
 */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { codeOf } from '../files/error-code.js';
import { warn } from '../files/warn.js';

/** Error codes of problems that the user can solve: disk full, quota exceeded, read-only, not permitted, unplugged. */
const remediable = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'ENOENT', 'ENODEV'];

/** Milliseconds between two tries. */
const pause = 1000;

/** The writes of a run. Several may wait at the same time; the user is told once. */
export interface PatientWrites {
  /**
   * Runs `write` until it succeeds.
   *
   * @param what names the file, for the message
   * @throws CycleGANError `DISK` if it was given up, and errors of other kinds
   */
  until(what: string, write: () => unknown): Promise<void>;
  /**
   * Whether a stop of the training gives up writes that wait. Only while training waits for them: at other times a stop is to end
   * the training after its step.
   */
  heedsStop: boolean;
  /** Whether writes were given up. Later ones are tried once. */
  readonly areGivenUp: boolean;
}

/** @param stopped whether the training is to stop */
export function patientWrites(stopped: () => boolean): PatientWrites {
  let waiting = 0;
  let areGivenUp = false;
  const own: PatientWrites = {
    heedsStop: false,
    get areGivenUp() {
      return areGivenUp;
    },
    async until(what, write) {
      let isWaiting = false;
      try {
        for (;;) {
          try {
            await write();
            if (isWaiting && waiting === 1) warn(`runFolder: ${show(what)} has been written. Training continues.`); // prettier-ignore
            return;
          } catch (error) {
            if (!isRemediable(error)) throw error;
            areGivenUp ||= own.heedsStop && stopped();
            if (areGivenUp) throw givenUp(what, error);
            if (!isWaiting && waiting++ === 0) tellOf(what, error);
            isWaiting = true;
            await new Promise((resolve) => setTimeout(resolve, pause));
          }
        }
      } finally {
        if (isWaiting) waiting--;
      }
    },
  };
  return own;
}

const isRemediable = (error: unknown): error is Error =>
  error instanceof Error && remediable.includes(codeOf(error));

const tellOf = (what: string, { message }: Error) =>
  warn(
    `runFolder: ${show(what)} cannot be written: ${message}. Training waits. ` +
      `Make the disk writable or free some space, or stop the training with Ctrl-C.`,
  );

const givenUp = (what: string, cause: Error) =>
  new CycleGANError(
    'DISK',
    `runFolder: ${show(what)} could not be written: ${cause.message}. Earlier checkpoints are unchanged.`,
    { cause },
  );

/**
 * Runs `open` at the start of a training, when there is nothing to wait with.
 *
 * @throws CycleGANError `DISK` if the folder cannot be written
 */
export async function opening<T>(folder: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!isRemediable(error)) throw error;
    throw new CycleGANError(
      'DISK',
      `runFolder: the run folder ${show(folder)} cannot be written: ${error.message}. ` +
        'Make the disk writable or free some space, or choose another folder.',
      { cause: error },
    );
  }
}

/**
 * Writes that wait if the disk is full or read-only. The data stays in memory, and the write is repeated until it succeeds or the user
 * stops the training.
 */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { warn } from '../files/warn.js';

/** Error codes of problems that the user can solve: disk full, quota exceeded, read-only, not permitted, unplugged. */
const remediable = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'ENOENT', 'ENODEV'];

/** Milliseconds between two tries. */
const pause = 1000;

/**
 * Runs `write` until it succeeds.
 *
 * @param what names the file, for the message
 * @param stopped whether to give up
 * @throws CycleGANError `DISK` if it gave up, and errors of other kinds
 */
export async function untilWritten(
  what: string,
  stopped: () => boolean,
  write: () => unknown,
): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      await write();
      if (told) warn(`runFolder: ${show(what)} has been written. Training continues.`);
      return;
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (!remediable.includes(code)) throw error;
      if (stopped()) {
        throw new CycleGANError(
          'DISK',
          `runFolder: ${show(what)} could not be written: ${message}. Earlier checkpoints are unchanged.`,
          { cause: error },
        );
      }
      if (!told) {
        warn(
          `runFolder: ${show(what)} cannot be written: ${message}. Training waits. ` +
            `Make the disk writable or free some space, or stop the training with Ctrl-C.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

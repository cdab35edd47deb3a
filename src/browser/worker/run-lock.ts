/** One Worker at a time trains a run: two would overwrite each other's checkpoints. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';

/** Milliseconds to wait for a Worker that is ending, as after a reload of the page. */
const patience = 5000;

/**
 * Locks a run until the returned function is called, or the Worker ends.
 *
 * @throws CycleGANError `BUSY`
 */
export async function lockRun(where: string, name: string): Promise<() => void> {
  const { locks } = navigator as Partial<Navigator>;
  if (locks === undefined) return () => undefined; // a page over plain HTTP
  return await new Promise((resolve, reject) => {
    const held = () =>
      new Promise<void>((release) => {
        resolve(release);
      });
    locks
      .request(`ts-cyclegan run ${name}`, { signal: AbortSignal.timeout(patience) }, held)
      .catch((cause: unknown) => {
        reject(
          new CycleGANError(
            'BUSY',
            `${where}: the run ${show(name)} is open in another tab or Worker. Close it there first.`,
            { cause },
          ),
        );
      });
  });
}

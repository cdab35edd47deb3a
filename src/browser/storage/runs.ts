/** Training runs in IndexedDB: options, images and the last state. They survive a reload of the page. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { TrainerState } from '../../trainer/engine/state.js';
import { database, storing } from './database.js';
import { epochsOf, type RunInfo, type RunRecord, type StoredImages } from './run-record.js';

/**
 * The training runs that this browser keeps, the last one first.
 *
 * @throws CycleGANError `UNSUPPORTED` if the browser stores nothing
 */
export async function listRuns(): Promise<RunInfo[]> {
  const runs = await (await database('listRuns')).getAll('runs');
  return runs
    .map((record): RunInfo => {
      const { name, created, saved, step, epoch, images } = record;
      return { name, created, saved, step, epoch, epochs: epochsOf(record), images };
    })
    .sort((a, b) => b.saved - a.saved);
}

/**
 * Deletes a training run with its images and its state. It does nothing if there is none.
 *
 * @throws CycleGANError `UNSUPPORTED` if the browser stores nothing
 */
export async function deleteRun(name: string): Promise<void> {
  const transaction = (await database('deleteRun')).transaction(['runs', 'states', 'images'], 'readwrite');
  for (const store of ['runs', 'states', 'images'] as const) void transaction.objectStore(store).delete(name);
  await transaction.done;
}

/**
 * The state of a run's last checkpoint, as from `trainer.state()`. It can be sent to another device, or restored into a trainer in
 * Node.
 *
 * @throws CycleGANError `NOT_FOUND`, `UNSUPPORTED`
 */
export async function runState(name: string): Promise<TrainerState> {
  const state = await (await database('runState')).get('states', name);
  return state ?? notFound('runState', name);
}

/** Whether a run of this name exists. */
export async function hasRun(where: string, name: string): Promise<boolean> {
  return (await (await database(where)).getKey('runs', name)) !== undefined;
}

/** Everything that a run is resumed from. */
export async function readRun(
  where: string,
  name: string,
): Promise<{ record: RunRecord; images: StoredImages; state: TrainerState }> {
  const db = await database(where);
  const transaction = db.transaction(['runs', 'states', 'images']);
  const [record, images, state] = await Promise.all([
    transaction.objectStore('runs').get(name),
    transaction.objectStore('images').get(name),
    transaction.objectStore('states').get(name),
  ]);
  if (record && images && state) return { record, images, state };
  return notFound(where, name);
}

async function notFound(where: string, name: string): Promise<never> {
  const known = (await listRuns()).map((run) => show(run.name));
  throw new CycleGANError(
    'NOT_FOUND',
    `${where}: this browser has no run ${show(name)}. It has ${known.length > 0 ? known.join(', ') : 'none'}.`,
  );
}

/**
 * Writes a checkpoint, and the images of a new run. Everything is written, or nothing.
 *
 * @throws CycleGANError `DISK`, `UNSUPPORTED`
 */
export async function writeRun(
  where: string,
  record: RunRecord,
  state: TrainerState,
  images?: StoredImages,
): Promise<void> {
  const db = await database(where);
  await storing(where, async () => {
    const transaction = db.transaction(['runs', 'states', 'images'], 'readwrite', { durability: 'strict' });
    const { name } = record;
    await Promise.all([
      transaction.objectStore('runs').put(record, name),
      transaction.objectStore('states').put(state, name),
      ...(images ? [transaction.objectStore('images').put(images, name)] : []),
      transaction.done,
    ]);
  });
}

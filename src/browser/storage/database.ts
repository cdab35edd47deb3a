/** The IndexedDB database of this library: training runs, their images and states, and measured engines. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { CycleGANError } from '../../core/errors.js';
import type { TrainerState } from '../../trainer/engine/state.js';
import type { RunRecord, StoredImages } from './run-record.js';

interface Schema extends DBSchema {
  runs: { key: string; value: RunRecord };
  /** Apart from the records, so that a list of runs does not read them. */
  states: { key: string; value: TrainerState };
  images: { key: string; value: StoredImages };
  /** Choices of engines, by what they depend on. */
  engines: { key: string; value: object };
}

export type Database = IDBPDatabase<Schema>;

let opened: Promise<Database> | undefined;

/** @throws CycleGANError `UNSUPPORTED` if the browser refuses to store anything */
export async function database(where: string): Promise<Database> {
  try {
    return await (opened ??= openDB<Schema>('ts-cyclegan', 1, {
      upgrade(created) {
        for (const name of ['runs', 'states', 'images', 'engines'] as const) created.createObjectStore(name);
      },
      terminated() {
        opened = undefined;
      },
    }));
  } catch (cause) {
    opened = undefined;
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: this browser refuses to store data for this page (IndexedDB). Private windows and blocked cookies do that: allow ` +
        'them for this page, or use another window.',
      { cause },
    );
  }
}

/**
 * Runs `write`. A browser without room becomes an error with an advice.
 *
 * @throws CycleGANError `DISK`
 */
export async function storing<T>(where: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if ((cause as Error).name !== 'QuotaExceededError') throw cause;
    throw new CycleGANError(
      'DISK',
      `${where}: this browser has no more room for this page. Delete runs with deleteRun, or free space on the device.`,
      { cause },
    );
  }
}

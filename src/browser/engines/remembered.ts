/** Remembers the engine that was chosen, so that the next visit does not measure, and downloads one engine only. */
import { database } from '../storage/database.js';
import type { EngineChoice, EnginePurpose } from './engine.js';

/** What the measurement depends on, besides the device. */
const keyOf = (purpose: EnginePurpose): string =>
  [purpose, crossOriginIsolated ? 'isolated' : 'not isolated', navigator.userAgent].join(', ');

/** The choice of an earlier visit. Undefined also where the browser stores nothing. */
export async function recall(purpose: EnginePurpose): Promise<EngineChoice | undefined> {
  return (await stored((db) => db.get('engines', keyOf(purpose)))) as EngineChoice | undefined;
}

/** Keeps a choice for the next visit. */
export async function remember(choice: EngineChoice): Promise<void> {
  await stored((db) => db.put('engines', choice, keyOf(choice.purpose)));
}

/** Private windows store nothing: then the next visit measures again. */
async function stored<T>(
  use: (db: Awaited<ReturnType<typeof database>>) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await use(await database('useBestEngine'));
  } catch {
    return undefined;
  }
}

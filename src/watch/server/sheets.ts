/** The sample sheets of a run and their statistics, each file read once. */
import { join } from 'node:path';
import type { SheetStats } from '../notes/facts.js';
import type { SheetInfo } from '../protocol.js';
import { listSheets, readInside, readJson, sheetInfo } from './run-files.js';

/** Larger files are not sheets. */
const largestSheet = 64 << 20;
/** Sheets that may have been rewritten since the last look: a resumed run writes its last ones again. */
const looksAgain = 3;

interface Sheet {
  readonly name: string;
  readonly info: SheetInfo;
  readonly stats: readonly SheetStats[] | undefined;
}

/** The sheets of one run. */
export class Sheets {
  #sheets = new Map<number, Sheet>();

  get infos(): SheetInfo[] {
    return [...this.#sheets.values()].map(({ info }) => info);
  }
  get stats(): SheetStats[] {
    return [...this.#sheets.values()].flatMap(({ stats }) => stats ?? []);
  }

  /** Looks for new sheets. Returns whether something changed. */
  async refresh(folder: string): Promise<boolean> {
    const names = await listSheets(folder);
    const recent = new Set([...names.keys()].slice(-looksAgain));
    const before = this.#sheets;
    const now = new Map<number, Sheet>();
    for (const [step, name] of names) {
      const known = before.get(step);
      if (known?.name === name && !recent.has(step) && known.stats) {
        now.set(step, known);
        continue;
      }
      const info = await sheetInfo(folder, step, name);
      if (!info) continue;
      const same = known?.info.version === info.version && known.stats !== undefined;
      now.set(step, { name, info, stats: same ? known.stats : await statsOf(folder, step, name) });
    }
    this.#sheets = now;
    const changed = (sheet: Sheet, step: number) => {
      const old = before.get(step);
      return old?.info.version !== sheet.info.version || old.stats?.length !== sheet.stats?.length;
    };
    return now.size !== before.size || [...now].some(([step, sheet]) => changed(sheet, step));
  }

  /** The PNG of a step, or undefined if there is none. */
  async png(folder: string, step: number): Promise<Buffer | undefined> {
    const sheet = this.#sheets.get(step);
    return sheet && (await readInside(folder, join('samples', sheet.name), largestSheet));
  }
}

/** The statistics next to a sheet, or undefined while there are none. */
async function statsOf(folder: string, step: number, name: string): Promise<SheetStats[] | undefined> {
  const json = await readJson(folder, join('samples', name.replace(/png$/, 'json')));
  if (!Array.isArray(json?.stats)) return undefined;
  return (json.stats as unknown[]).slice(0, 16).flatMap((entry) => {
    const stats = (entry ?? {}) as Record<string, unknown>;
    if (typeof stats.direction !== 'string') return [];
    const value = (key: string) => (typeof stats[key] === 'number' ? stats[key] : undefined);
    return [
      {
        step,
        direction: stats.direction,
        inputFakeCorrelation: value('inputFakeCorrelation'),
        inputFakeDistance: value('inputFakeDistance'),
        fakeDiversity: value('fakeDiversity'),
        inputDiversity: value('inputDiversity'),
      },
    ];
  });
}

/** A description of the machine, and a check of its load. */
import { availableParallelism, cpus, totalmem, type } from 'node:os';
import { setTimeout } from 'node:timers/promises';

export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ` +
  `${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${process.arch}, Node ${process.versions.node}`;

/** Busy and total milliseconds of all cores. */
function worked(): { busy: number; all: number } {
  const times = cpus().map(({ times }) => times);
  const all = times.flatMap((core) => Object.values(core)).reduce((sum, ms) => sum + ms, 0);
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all };
}

/**
 * Measures the load of other programs for two seconds. Returns a warning above 5 %. Engines whose threads synchronize in each
 * operation, such as those with OpenMP, become many times slower under load.
 */
export async function warningOfLoad(): Promise<string | undefined> {
  const before = worked();
  await setTimeout(2000);
  const after = worked();
  const share = (after.busy - before.busy) / (after.all - before.all);
  if (share < 0.05) return undefined;
  return `other programs kept ${Math.round(share * 100)} % of the machine busy: do not trust these figures`;
}

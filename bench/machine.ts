/** The machine that figures are from, in words, and whether it has time for them. */
import { availableParallelism, cpus, totalmem, type } from 'node:os';
import { setTimeout } from 'node:timers/promises';

export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ` +
  `${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${process.arch}, Node ${process.versions.node}`;

/** Milliseconds that all cores together have worked so far, and have had. */
function worked(): { busy: number; all: number } {
  const times = cpus().map(({ times }) => times);
  const all = times.flatMap((core) => Object.values(core)).reduce((sum, ms) => sum + ms, 0);
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all };
}

/**
 * Looks for two seconds at what other programs do; a warning where they keep more than a twentieth of the machine
 * busy. Engines bear that differently: those whose threads wait for each other at every operation, as OpenMP's do,
 * take many times as long.
 */
export async function warningOfLoad(): Promise<string | undefined> {
  const before = worked();
  await setTimeout(2000);
  const after = worked();
  const share = (after.busy - before.busy) / (after.all - before.all);
  if (share < 0.05) return undefined;
  return `other programs kept ${Math.round(share * 100)} % of the machine busy: do not trust these figures`;
}

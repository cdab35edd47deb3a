/** The machine that figures are from, in words, and whether it has time for them. */
import { availableParallelism, cpus, loadavg, totalmem, type } from 'node:os';

export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ` +
  `${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${process.arch}, Node ${process.versions.node}`;

/**
 * A warning where other programs keep half of a core or more busy. Engines bear that differently: OpenMP's threads, which
 * wait for each other at every operation, take many times as long.
 */
export function warningOfLoad(): string | undefined {
  const [load] = loadavg();
  if (load! < 0.5) return undefined;
  return `other programs are running here (load ${load!.toFixed(1)}): do not trust these figures`;
}

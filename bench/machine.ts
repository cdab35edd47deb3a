/** The machine that figures are from, in words. */
import { availableParallelism, cpus, totalmem, type } from 'node:os';

export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ` +
  `${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${process.arch}, Node ${process.versions.node}`;

/** The machine: processor, cores, memory and its limits. */
import { availableParallelism, cpus, freemem, loadavg, totalmem, type } from 'node:os';

/** What the command can use of the machine. Memory in bytes. */
export interface Machine {
  system: string;
  cpu: string;
  /** Logical cores of the machine, and those that this process may use. */
  cores: number;
  usableCores: number;
  /** Programs that wanted to run in the last minute; 0 on Windows. */
  load: number;
  memory: {
    total: number;
    free: number;
    /** The limit of a container (cgroup), if there is one below the total. */
    limit?: number;
  };
}

export function describeMachine(): Machine {
  const limit = process.constrainedMemory(); // 0 or a huge value without a limit
  const total = totalmem();
  return {
    system: `${type()} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    usableCores: availableParallelism(),
    load: Math.round(loadavg()[0]! * 10) / 10,
    memory: { total, free: freemem(), ...(limit > 0 && limit < total && { limit }) },
  };
}

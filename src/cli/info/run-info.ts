/** The contents of a run folder: its options, its progress, its recent losses, and whether it can be resumed. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listCheckpoints } from '../../node/runs/checkpoints.js';
import { endOf } from '../../node/runs/end-of.js';
import { readConfig, type RunConfig } from '../../node/runs/config.js';
import { runPaths } from '../../node/runs/paths.js';
import { filesIn } from './model-info.js';

/** The parts of config.json that `info` shows. */
interface Config extends Pick<
  RunConfig,
  'created' | 'versions' | 'engine' | 'algorithm' | 'seed' | 'model' | 'trainer'
> {
  data?: Record<string, unknown>;
  limits?: Record<string, number>;
}

/** What `info` says about a run. */
export interface RunInfo extends Config {
  type: 'run';
  folder: string;
  /** The last step in the metrics, its epoch and the seconds of training until then; 0 before the first step. */
  step: number;
  epoch: number;
  seconds: number;
  /** After which step or epoch the training ends; null if it has no such limit. */
  steps: number | null;
  epochs: number | null;
  /** Means of the losses over the last steps, up to 100. */
  losses: Record<string, number>;
  learningRate: number | null;
  checkpoints: { step: number; bytes: number }[];
  samples: number;
  hasModel: boolean;
  /** Whether a checkpoint is there to resume from. */
  resumable: boolean;
}

const last = 100;
const tailBytes = 64 * 1024;

/** The last lines of a file of JSON lines. Broken lines are skipped. */
async function lastLines(file: string): Promise<Record<string, number>[]> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.subarray(0, bytesRead).toString().split('\n');
    return lines.flatMap((line) => {
      try {
        const value = JSON.parse(line) as unknown;
        return typeof value === 'object' && value !== null ? [value as Record<string, number>] : [];
      } catch {
        return [];
      }
    });
  } finally {
    await handle.close();
  }
}

const notLosses = ['step', 'epoch', 'lr', 'seconds', 'memory'];

function meanLosses(lines: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(lines.at(-1) ?? {}).filter(
    (name) => !notLosses.includes(name) && !name.startsWith('test_'), // measurements on test pairs
  );
  return Object.fromEntries(
    names.map((name) => {
      const values = lines.map((line) => line[name]).filter((value) => typeof value === 'number');
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}

/**
 * Reads a run folder.
 *
 * @throws CycleGANError `INVALID_STATE` if its config.json is damaged
 */
export async function runInfo(folder: string): Promise<RunInfo> {
  const { format: _, version: __, ...config } = await readConfig('info', folder);
  const lines = (await lastLines(join(folder, 'metrics.jsonl'))).slice(-last);
  const { step = 0, epoch = 0, seconds = 0, lr } = lines.at(-1) ?? {};
  const paths = runPaths(folder);
  const checkpoints = await Promise.all(
    (await listCheckpoints(paths.checkpoints))
      .reverse()
      .map(async ({ path, step: at }) => ({ step: at, bytes: (await stat(path)).size })),
  );
  const hasModel = await stat(join(folder, 'model', 'model.json')).then(
    () => true,
    () => false,
  );
  return {
    type: 'run',
    folder,
    ...config,
    step,
    epoch,
    seconds,
    ...endOf(config),
    losses: meanLosses(lines),
    learningRate: lr ?? null,
    checkpoints,
    samples: (await filesIn(join(folder, 'samples'), /\.png$/)).length,
    hasModel,
    resumable: checkpoints.length > 0,
  };
}

/** The files of a run folder. */
import { join } from 'node:path';

/** The step as part of a file name, so that files are in the order of the steps. */
export const stepName = (step: number): string => `step-${String(step).padStart(8, '0')}`;

/** The step of a file name; undefined for other names. */
export function stepOf(name: string, extension: string): number | undefined {
  const [, digits, rest] = /^step-(\d{8,})(\..+)$/.exec(name) ?? [];
  return rest === extension ? Number(digits) : undefined;
}

/** The paths of a run folder. */
export const runPaths = (folder: string) => ({
  config: join(folder, 'config.json'),
  metrics: join(folder, 'metrics.jsonl'),
  checkpoints: join(folder, 'checkpoints'),
  samples: join(folder, 'samples'),
  model: join(folder, 'model'),
  lock: join(folder, 'lock.json'),
});

/** The extension of checkpoints. */
export const checkpointExtension = '.safetensors';

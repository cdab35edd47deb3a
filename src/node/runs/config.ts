/** `config.json` of a run folder: all options of the run, with their defaults filled in. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { codeOf } from '../files/error-code.js';
import { writeFileAtomically } from '../files/write-file.js';
import { runPaths } from './paths.js';

/** The content of `config.json`. */
export interface RunConfig {
  format: 'ts-cyclegan-run';
  version: 1;
  /** Time of the first start, in ISO 8601. */
  created: string;
  /** Versions of the packages and of Node. */
  versions: Record<string, string>;
  /** Name of the backend of TensorFlow.js. */
  engine: string;
  /** Name of the algorithm. */
  algorithm: string;
  /** Seed of everything random in training. */
  seed: number;
  /** The options of the model; null for networks of your own. */
  model: Record<string, unknown> | null;
  /** The options of the trainer. */
  trainer: Record<string, unknown>;
  /** Steps between two checkpoints. */
  checkpointEvery: number;
  /** Steps between two sheets of samples; null without samples. */
  sampleEvery: number | null;
  /** The length of the last call of `fit`. */
  plan?: { epochs: number; stepsPerEpoch: number | null };
  /** What the training program adds, such as the data and the limits of the command line. */
  [more: string]: unknown;
}

const plain = v.record(v.string(), v.unknown());
const form = v.looseObject({
  format: v.literal('ts-cyclegan-run'),
  version: v.literal(1),
  created: v.string(),
  versions: v.record(v.string(), v.string()),
  engine: v.string(),
  algorithm: v.string(),
  seed: v.number(),
  model: v.nullable(plain),
  trainer: plain,
  checkpointEvery: v.number(),
  sampleEvery: v.nullable(v.number()),
  plan: v.exactOptional(v.object({ epochs: v.number(), stepsPerEpoch: v.nullable(v.number()) })),
});

/**
 * Reads `config.json` of a run folder.
 *
 * @throws CycleGANError `NOT_FOUND` if the folder has no run; `INVALID_STATE` for a damaged file
 */
export async function readConfig(where: string, folder: string): Promise<RunConfig> {
  const { config } = runPaths(folder);
  const text = await readFile(config, 'utf8').catch((cause: unknown) => {
    const message = ['ENOENT', 'ENOTDIR'].includes(codeOf(cause))
      ? `${where}: ${show(folder)} is not a run folder: it has no config.json. Check the path.`
      : `${where}: ${show(config)} cannot be read: ${(cause as Error).message}.`;
    throw new CycleGANError('NOT_FOUND', message, { cause });
  });
  const content = parsed(text);
  const { format, version } = (content ?? {}) as Record<string, unknown>;
  if (format === 'ts-cyclegan-run' && typeof version === 'number' && version !== 1) {
    throw new CycleGANError(
      'INVALID_STATE',
      `${where}: ${show(config)} has version ${version}, this library reads version 1. Update ts-cyclegan.`,
    );
  }
  const result = v.safeParse(form, content);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue);
  throw new CycleGANError(
    'INVALID_STATE',
    `${where}: ${show(config)} is damaged: ${place === null ? 'it' : show(place)} is not valid. Restore the file from a copy.`,
  );
}

/** Writes `config.json`. The write is atomic. */
export const writeConfig = async (folder: string, config: RunConfig): Promise<void> =>
  writeFileAtomically(runPaths(folder).config, `${JSON.stringify(config, null, 2)}\n`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The file of a trainer's state: a line of JSON with version and hash, followed by the state in the format of `v8.serialize`. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { sha256 } from '../../core/sha256.js';
import { isFloat32Array } from '../../core/typed-arrays.js';
import type { TrainerState } from '../../trainer/engine/state.js';
import { inTurn } from './in-turn.js';
import { isUnfinished, removeLeftovers, writeFileAtomically } from './write-file.js';

const format = 'ts-cyclegan-state';
/** Increased if older versions of the library would misread new files. */
const version = 1;

/** The maximum length of the first line. */
const mostHeader = 1024;

/**
 * Saves the result of `trainer.state()` to a file, for {@link loadState}. A save is atomic: if the program is killed, the file has
 * either the old or the new state. Saves to the same file take turns.
 *
 * @param file path of the file; its folder is created if needed
 * @param state the state; it is copied immediately, so training may continue
 * @throws CycleGANError `INVALID_ARGUMENT` for an invalid path or state, `NOT_A_NUMBER` if the state contains NaN or Infinity,
 * from which training cannot resume; the file is then not changed
 * @see [Porting from PyTorch: resuming](../../../docs/porting-from-pytorch.md#resuming)
 * @example
 * ```ts
 * import type { CycleGANTrainer } from 'ts-cyclegan';
 * import { loadState, saveState } from 'ts-cyclegan/node';
 * const save = async (trainer: CycleGANTrainer) => saveState('runs/first/state.bin', await trainer.state());
 * const resume = async (trainer: CycleGANTrainer) => trainer.restore(await loadState('runs/first/state.bin'));
 * ```
 */
export async function saveState(file: string, state: TrainerState): Promise<void> {
  checkPath('saveState', file);
  if ((state as TrainerState | undefined)?.format !== 'ts-cyclegan-trainer') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `saveState: state must be a result of trainer.state(), got ${show(state)}. Call saveState(file, await trainer.state()).`,
    );
  }
  const place = nonFinite(state, 'state');
  if (place !== undefined) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `saveState: ${place} contains NaN or Infinity, so training cannot resume from it. ${show(file)} has not been changed.`,
    );
  }
  const body = serialize(state);
  // hashing takes time: turns are taken before it, in the order of the calls
  await inTurn(file, async () => {
    const header = { format, version, bytes: body.length, sha256: await sha256(body) };
    const content = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]);
    await writeFileAtomically(file, content);
    const isTarget = (name: string) => name === basename(file);
    await removeLeftovers(dirname(resolve(file)), (name) => isUnfinished(name, isTarget), file).catch(
      () => undefined,
    );
  });
}

/**
 * Loads a state from a file of {@link saveState}, and checks its hash.
 *
 * @returns a state for `trainer.restore`
 * @throws CycleGANError `NOT_FOUND` for a missing file; `INVALID_STATE` for a file that is truncated, changed, of another version or
 * not a state; `INVALID_ARGUMENT` for an invalid path
 */
export async function loadState(file: string): Promise<TrainerState> {
  checkPath('loadState', file);
  const content = await read(file);
  const refuse = (fault: string, cause?: unknown): never => {
    throw new CycleGANError('INVALID_STATE', `loadState: ${show(file)} ${fault}`, { cause });
  };
  const end = content.subarray(0, mostHeader).indexOf('\n');
  const header = parsed(content.toString('utf8', 0, Math.max(end, 0)));
  if (header?.format !== format) return refuse('is not a file of saveState.');
  if (header.version !== version) {
    refuse(`has version ${show(header.version)} of the file format, this library reads version ${version}.`);
  }
  const body = content.subarray(end + 1);
  if (header.bytes !== body.length) {
    refuse(
      `is truncated: it must have ${show(header.bytes)} bytes, got ${body.length}. Use an earlier copy of it.`,
    );
  }
  if (header.sha256 !== (await sha256(body))) {
    refuse('has been changed: its SHA-256 hash differs. Use an earlier copy of it.');
  }
  try {
    return deserialize(body) as TrainerState;
  } catch (cause) {
    return refuse(
      `cannot be read by Node ${process.version}. Use the Node version that saved it, or a newer one.`,
      cause,
    );
  }
}

function checkPath(where: string, file: unknown): asserts file is string {
  if (typeof file !== 'string' || file.trim() === '' || file.includes('\0') || /^file:/i.test(file)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: file must be the path of a file, got ${show(file)}.`,
    );
  }
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR'].includes(code)) {
      throw new CycleGANError('NOT_FOUND', `loadState: there is no file ${show(file)}.`, { cause });
    }
    throw new CycleGANError('INVALID_STATE', `loadState: ${show(file)} cannot be read: ${message}.`, {
      cause,
    });
  }
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}

/** The path of a Float32Array with NaN or Infinity, such as `state.networks.generatorG["conv/kernel"].data`. */
function nonFinite(value: unknown, place: string): string | undefined {
  if (isFloat32Array(value)) return value.every(Number.isFinite) ? undefined : place;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = nonFinite(item, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

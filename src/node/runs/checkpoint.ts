/**
 * One checkpoint: the state of a trainer as a safetensors file, which Python reads too. All `Float32Array`s are tensors, named by
 * their paths, such as `networks.generatorG.conv/kernel`. The rest of the state is the tensor `state`: bytes in the format of
 * `v8.serialize`.
 *
 * The metadata has a SHA-256 hash of the whole file, computed with zeros in place of the hash.
 */
import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { isFloat32Array } from '../../core/typed-arrays.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafeTensor,
  type SafeTensors,
} from '../../interop/safetensors.js';
import type { TrainerState } from '../../trainer/engine/state.js';
import { codeOf } from '../files/error-code.js';
import { hashOf, noHash, placeOfHash } from './checkpoint-hash.js';

const format = 'ts-cyclegan-checkpoint';
/** Increased if older versions of the library would misread new checkpoints. */
const version = '1';
/** The name of the tensor with the rest of the state. */
const restName = 'state';
/** The key of an object that stands for a tensor in the rest of the state. */
const placeKey = '$tensor';

/** A copy of plain data. `map` returns a replacement for a value, or undefined to copy its contents. */
function replaced(value: unknown, map: (value: object, path: string) => unknown, path = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const other = map(value, path);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map((item, i) => replaced(item, map, `${path}.${i}`));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const inner = (key: string) => (path === '' ? key : `${path}.${key}`);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaced(item, map, inner(key))]),
  );
}

/** The state as tensors and bytes. */
function encode(state: TrainerState): SafeTensors {
  const tensors: Record<string, SafeTensor> = {};
  const rest = replaced(state, (value, path) => {
    const { shape, data } = value as { shape?: readonly number[]; data?: unknown };
    if (isFloat32Array(data) && shape !== undefined) {
      tensors[path] = { shape, data };
      return { ...value, data: { [placeKey]: path } };
    }
    if (!isFloat32Array(value)) return undefined;
    tensors[path] = { shape: [value.length], data: value };
    return { [placeKey]: path };
  });
  const bytes = new Uint8Array(serialize(rest));
  tensors[restName] = { shape: [bytes.length], data: bytes };
  const { algorithm, epoch, step } = state;
  return {
    tensors,
    metadata: {
      format,
      version,
      sha256: noHash,
      algorithm: algorithm.name,
      epoch: `${epoch}`,
      step: `${step}`,
    },
  };
}

function decode({ tensors }: SafeTensors): TrainerState {
  const rest: unknown = deserialize(tensors[restName]!.data);
  return replaced(rest, (value) => {
    const name = (value as Record<string, unknown>)[placeKey];
    return typeof name === 'string' ? tensors[name]!.data : undefined;
  }) as TrainerState;
}

/** A checkpoint as the parts of its file, with zeros in place of the hash. */
export interface EncodedCheckpoint {
  parts: Uint8Array[];
  /** The memory of the parts that belongs to the state alone. States of callbacks may share memory with their callback. */
  owned: ArrayBuffer[];
}

export function encodeCheckpoint(state: TrainerState): EncodedCheckpoint {
  const content = encode(state);
  const owned = Object.entries(content.tensors)
    .filter(([name]) => !name.startsWith('callbacks.'))
    .map(([, { data }]) => data.buffer as ArrayBuffer);
  return { parts: encodeSafetensors(content), owned: [...new Set(owned)] };
}

/**
 * Reads a checkpoint, and checks its hash.
 *
 * @throws CycleGANError `INVALID_STATE` for a file that is truncated, changed, of another version or not a checkpoint;
 * `NOT_FOUND`
 */
export async function readCheckpoint(file: string): Promise<TrainerState> {
  const refuse = (fault: string, cause?: unknown): never => {
    throw new CycleGANError('INVALID_STATE', `readCheckpoint: ${show(file)} ${fault}`, { cause });
  };
  const bytes = await readFile(file).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') {
      throw new CycleGANError('NOT_FOUND', `readCheckpoint: there is no file ${show(file)}.`, { cause });
    }
    return refuse(`cannot be read: ${(cause as Error).message}.`, cause);
  });
  let content: SafeTensors;
  try {
    content = decodeSafetensors('readCheckpoint: the file', bytes);
  } catch (cause) {
    return refuse('is truncated or damaged. Use an earlier checkpoint.', cause);
  }
  const { metadata } = content;
  if (metadata.format !== format) refuse('is not a checkpoint of this library.');
  if (metadata.version !== version) {
    refuse(`has version ${show(metadata.version)} of the format, this library reads version "${version}".`);
  }
  const hash = metadata.sha256 ?? '';
  const place = placeOfHash(bytes, hash);
  bytes.set(Buffer.from(noHash), place);
  if (hashOf([bytes]) !== hash)
    refuse('has been changed: its SHA-256 hash differs. Use an earlier checkpoint.');
  try {
    return decode(content);
  } catch (cause) {
    return refuse(
      `cannot be read by Node ${process.version}. Use the Node version that wrote it, or a newer one.`,
      cause,
    );
  }
}

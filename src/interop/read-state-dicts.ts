/** Reads state dicts from `.pth`, safetensors and Keras' files. The content of the file, not its name, decides which format it has. */
import { optional, resolveOptions, satisfying } from '../core/options.js';
import type { NamedArray, StateDict } from '../models/state-dict.js';
import { metadataOf } from './hints.js';
import { isKeras } from './keras/read.js';
import { kerasStateDicts } from './keras/state-dicts.js';
import { isPth, readPth } from './pytorch/read-pth.js';
import { splitByPrefix, stateDictsIn } from './pytorch/state-dicts.js';
import { checkBytes, type Refuse, refusing } from './refuse.js';
import { decodeSafetensors, isSafetensors } from './safetensors.js';

/** Options of {@link readStateDicts}. */
export interface ReadOptions {
  /** The name of the file, for messages. */
  name?: string;
}

const entries = { name: optional(satisfying<string>((value) => typeof value === 'string', 'a text')) };

/**
 * Reads the weights of networks from a `.pth` file of PyTorch, or from a safetensors file. Nothing in the file is executed: a
 * file that refers to anything but tensors, dictionaries, lists and plain values is refused.
 *
 * Reads both formats of `torch.save`, elements of float16, bfloat16, float32 and float64 (as float32), and tensors that are not
 * contiguous or share memory. Removes the prefix `module.` of `nn.DataParallel`. Weight files of Keras are read, too: the weights get
 * PyTorch's names and layouts.
 *
 * @param bytes the content of the file. The result may be a view of these bytes: do not change them while you use it
 * @returns the state dicts by their names in the file. A state dict that is the whole file has the name `''`; one in a checkpoint
 * has its key, such as `state_dict`. Networks in one dictionary are separated by the prefixes of the keys: `netG_A.model.1.weight`
 * belongs to `netG_A`
 * @throws CycleGANError `INVALID_DATA` for a file that is truncated, damaged, of another format, or refers to anything else;
 * `INVALID_ARGUMENT` for bytes that are not a Uint8Array
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readStateDicts } from 'ts-cyclegan/interop';
 * const read = async (path: string) => {
 *   const { '': weights } = readStateDicts(await readFile(path), { name: path });
 *   return weights?.['model.1.weight']?.shape; // [64, 3, 7, 7]
 * };
 * ```
 */
export function readStateDicts(bytes: Uint8Array, options: ReadOptions = {}): Record<string, StateDict> {
  const where = 'readStateDicts';
  const { name = '' } = resolveOptions(where, entries, options);
  checkBytes(where, 'bytes', bytes);
  return stateDictsOf(where, bytes, name).stateDicts;
}

/** The state dicts of a file, and its metadata if it is a safetensors file. */
export interface FoundStateDicts {
  stateDicts: Record<string, StateDict>;
  metadata: Readonly<Record<string, string>>;
}

/** The format of a file by its content. If that tells nothing, the name decides how the file is refused. */
function formatOf(bytes: Uint8Array, name: string, refuse: Refuse): 'keras' | 'safetensors' | 'pytorch' {
  if (isKeras(bytes, refuse)) return 'keras';
  if (isSafetensors(bytes)) return 'safetensors';
  if (bytes.length === 0 || isPth(bytes)) return 'pytorch';
  if (/\.(keras|h5)$/i.test(name)) return 'keras';
  return /\.safetensors$/i.test(name) ? 'safetensors' : 'pytorch';
}

/** {@link readStateDicts} with the metadata. */
export function stateDictsOf(where: string, bytes: Uint8Array, name: string): FoundStateDicts {
  const refuse = refusing(where, name);
  const format = formatOf(bytes, name, refuse);
  if (format === 'keras') {
    return {
      stateDicts: kerasStateDicts(where, bytes, name),
      metadata: metadataOf({ convention: 'keras' }),
    };
  }
  if (format === 'safetensors') {
    const { tensors, metadata } = decodeSafetensors(
      `${where}: ${name === '' ? 'the file' : JSON.stringify(name)}`,
      bytes,
    );
    const arrays = Object.entries(tensors).map(([key, { shape, data }]): [string, NamedArray] => {
      const isKept = data instanceof Float32Array || data instanceof BigInt64Array;
      return [key, { shape: [...shape], data: isKept ? data : BigInt64Array.from(data, BigInt) }];
    });
    if (arrays.length === 0) refuse('has no tensors.');
    return { stateDicts: splitByPrefix('', arrays), metadata };
  }
  return { stateDicts: stateDictsIn(readPth(bytes, refuse), bytes.length, refuse), metadata: {} };
}

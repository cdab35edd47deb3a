/**
 * Reads the files of `torch.save`: zip archives (PyTorch 1.6 and later), and the older format, which is a row of pickles and then
 * the values. Pickles alone, which `torch.save` never wrote, are refused.
 */
import type { Refuse } from '../refuse.js';
import type { Global } from './globals.js';
import { Storage } from './tensor.js';
import { type PickleValue, unpickle } from './unpickle.js';
import { isZip, openZip } from './zip.js';

/** The beginning of the older format: a pickle of torch's magic number. */
const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/** Whether the bytes begin as a file of `torch.save`. */
export const isPth = (bytes: Uint8Array): boolean =>
  isZip(bytes) || magic.every((byte, i) => bytes[i] === byte);

/**
 * Reads the content of a `.pth` file: dictionaries as maps, lists and tuples as arrays, tensors as `PickledTensor`.
 *
 * @throws CycleGANError `INVALID_DATA`, through `refuse`
 */
export function readPth(bytes: Uint8Array, refuse: Refuse): PickleValue {
  if (bytes.length === 0) refuse('is empty.');
  if (isZip(bytes)) return readArchive(bytes, refuse);
  if (isPth(bytes)) return readLegacy(bytes, refuse);
  if (bytes[0] === 0x80) refuse('is a pickle alone, which torch.save does not write. Save it with torch.save(network.state_dict(), path).'); // prettier-ignore
  return refuse(
    'is not a file of torch.save: it is neither a zip archive nor of the older format of PyTorch. Save it with torch.save(network.state_dict(), path).',
  );
}

/** The storages of a file by their keys. */
class Storages {
  readonly all = new Map<string, Storage>();

  constructor(readonly refuse: Refuse) {}

  /** The storage of a persistent id: `('storage', type, key, location, count)`, and in the older format the place of a view. */
  ofId = (id: PickleValue): Storage => {
    const [kind, type, key, , count, part] = (Array.isArray(id) ? id : []) as unknown[];
    const elements = (type as Partial<Global> | null | undefined)?.elements;
    if (kind !== 'storage' || elements === undefined || typeof key !== 'string' || !isCount(count)) {
      return this.refuse('is damaged: its pickle refers to something else than a storage of tensors.');
    }
    if ((part ?? null) !== null) {
      return this.refuse('has views of storages, which PyTorch wrote before version 0.4. Save it again with a newer PyTorch.'); // prettier-ignore
    }
    const known = this.all.get(key);
    if (known === undefined) {
      const storage = new Storage(key, elements, count);
      this.all.set(key, storage);
      return storage;
    }
    if (known.type !== elements || known.count !== count) {
      return this.refuse(`is damaged: the storage ${JSON.stringify(key)} has two sizes or types.`);
    }
    return known;
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readArchive(bytes: Uint8Array, refuse: Refuse): PickleValue {
  const zip = openZip(bytes, refuse);
  const pickles = zip.names.filter((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    return refuse(
      `is not a file of torch.save: the archive must have one "data.pkl", got ${pickles.length}.`,
    );
  }
  const folder = pickles[0]!.slice(0, -'data.pkl'.length);
  if (zip.names.includes(`${folder}constants.pkl`)) {
    return refuse('is a TorchScript program. Save the state dict: torch.save(network.state_dict(), path).');
  }
  const order = zip.read(`${folder}byteorder`);
  if (order !== undefined && String.fromCharCode(...order.subarray(0, 8)) !== 'little')
    return bigEndian(refuse);
  const storages = new Storages(refuse);
  const { value } = unpickle(zip.read(pickles[0]!)!, 0, { refuse, persistent: storages.ofId });
  for (const [key, storage] of storages.all) {
    const content = zip.read(`${folder}data/${key}`);
    if (content === undefined)
      return refuse(`is damaged: the archive has no "data/${key}", which a tensor needs.`);
    const size = storage.count * storage.type.size;
    if (content.length !== size) {
      return refuse(`is damaged: "data/${key}" must have ${size} bytes, got ${content.length}.`);
    }
    storage.bytes = content;
  }
  return value;
}

function readLegacy(bytes: Uint8Array, refuse: Refuse): PickleValue {
  const storages = new Storages(refuse);
  let at = magic.length;
  const next = (): PickleValue => {
    const { value, end } = unpickle(bytes, at, { refuse, persistent: storages.ofId });
    at = end;
    return value;
  };
  const protocol = next();
  if (protocol !== 1001) refuse('has an unknown version of the older format of PyTorch.');
  const system = next();
  if (system instanceof Map && system.get('little_endian') === false) bigEndian(refuse);
  const value = next();
  const keys = next();
  if (
    !Array.isArray(keys) ||
    keys.length !== storages.all.size ||
    new Set(keys).size !== keys.length || // with a key twice, another storage would get no values
    keys.some((key) => !storages.all.has(key as string))
  ) {
    return refuse(`is damaged: its list of storages before byte ${at} is invalid.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys as string[]) {
    const storage = storages.all.get(key)!;
    const size = storage.count * storage.type.size;
    if (at + 8 + size > bytes.length) {
      refuse(`is truncated: it ends at byte ${bytes.length}, the values of a tensor would end at byte ${at + 8 + size}.`); // prettier-ignore
    }
    if (view.getBigUint64(at, true) !== BigInt(storage.count)) {
      refuse(`is damaged: the storage at byte ${at} must have ${storage.count} elements.`);
    }
    storage.bytes = bytes.subarray(at + 8, (at += 8 + size));
  }
  return value;
}

const bigEndian = (refuse: Refuse): never =>
  refuse('has values in big-endian byte order. Save it again on a little-endian machine.');

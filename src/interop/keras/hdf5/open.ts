/**
 * Reads HDF5 files in the format that Keras writes: the oldest one, which h5py uses by default. Other parts of HDF5 are refused.
 *
 * The C library, compiled to WebAssembly, would read every format. But with damaged files it may loop forever, take gigabytes of
 * memory, or corrupt its own memory, and it cannot be stopped in the same thread. This reader is short, bounded, and needs no
 * package.
 */
import type { Refuse } from '../../refuse.js';
import { groupAt, type H5Group, newer } from './objects.js';
import { Source } from './source.js';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether the bytes begin as those of an HDF5 file. */
export const isHdf5 = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte);

/**
 * The root group of a file.
 *
 * @throws CycleGANError `INVALID_DATA`, through `refuse`; also when members of the group are read
 */
export function openHdf5(bytes: Uint8Array, refuse: Refuse): H5Group {
  const source = new Source(bytes, refuse);
  if (bytes.length < 96) refuse(`is truncated: it ends at byte ${bytes.length}.`);
  const version = source.byte(8);
  if (version === 2 || version === 3) refuse(newer);
  if (version > 1 || source.byte(13) !== 8 || source.byte(14) !== 8) source.damaged('a known version', 8);
  const after = version === 1 ? 28 : 24;
  const [base, end] = [source.uint64(after), source.uint64(after + 16)];
  if (base !== 0) source.damaged('an address of 0', after);
  if (end > bytes.length) refuse(`is truncated: it ends at byte ${bytes.length} of ${end}.`);
  return groupAt(source, source.uint64(after + 40));
}

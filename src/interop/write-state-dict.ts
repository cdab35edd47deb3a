/** Writes one state dict. */
import { oneOf, resolveOptions } from '../core/options.js';
import type { StateDict } from '../models/state-dict.js';
import { metadataOf } from './hints.js';
import { encodePth } from './pytorch/write-pth.js';
import { encodeSafetensors } from './safetensors.js';

/** Options of {@link writeStateDict}. */
export interface WriteOptions {
  /** A `.pth` file of PyTorch, or safetensors. */
  format: 'pytorch' | 'safetensors';
}

const entries = { format: oneOf('pytorch', 'safetensors') };

/**
 * Returns a file with a state dict, for `torch.load(path, weights_only=True)` or for the package `safetensors` of Python. The same
 * state dict always has the same bytes.
 *
 * @param stateDict the result of `stateDict`
 * @returns the content in parts, to be written one after another. The values are not copied: do not change them until then
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import '@tensorflow/tfjs';
 * import { patchDiscriminator, stateDict } from 'ts-cyclegan';
 * import { writeStateDict } from 'ts-cyclegan/interop';
 * const network = patchDiscriminator({ convention: 'pytorch', inputShape: [64, 64, 3], filters: 4 });
 * await writeFile('latest_net_D_A.pth', Buffer.concat(writeStateDict(await stateDict(network), { format: 'pytorch' })));
 * ```
 */
export function writeStateDict(stateDict: StateDict, options: WriteOptions): Uint8Array[] {
  const { format } = resolveOptions('writeStateDict', entries, options);
  if (format === 'pytorch') return encodePth(stateDict);
  return encodeSafetensors({ tensors: stateDict, metadata: metadataOf(undefined) });
}

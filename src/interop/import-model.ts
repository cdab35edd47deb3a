/** Builds models from weight files of PyTorch's pytorch-CycleGAN-and-pix2pix and CUT programs, of the Keras example, or of this library. */
import { resolveOptions } from '../core/options.js';
import type { CUT } from '../models/cut.js';
import type { CycleGAN } from '../models/cyclegan.js';
import type { Pix2Pix } from '../models/pix2pix.js';
import type { Translator } from '../models/translator.js';
import { buildFound } from './build-found.js';
import { findNetworks, type ImportedNetwork, type WeightFile, where } from './found-networks.js';
import { importEntries, type ImportOptions } from './import-options.js';

/** The result of {@link importModel}. */
export interface ImportedModel {
  /** The model; dispose it when done. */
  model: CycleGAN | Pix2Pix | CUT | Translator;
  networks: ImportedNetwork[];
  /** What the files do not contain, and what was used instead, as sentences. */
  notes: string[];
}

/**
 * Builds a model from weight files: `.pth` of PyTorch, safetensors, or `.h5` and `.keras` of Keras. The architecture is inferred from the keys and shapes.
 *
 * - `G_A` and `G_B`, with or without `D_A` and `D_B`, are a `CycleGAN`. Discriminators that are not given are new.
 * - `G` and `D` are a `Pix2Pix`.
 * - `G`, `D` and `F` are a `CUT`, if `F` fits `nceLayers`. Else `G` is a `Translator`.
 * - a single generator, such as the released ones, is a `Translator`.
 *
 * Networks are recognised by the names of the files, such as `latest_net_G_A.pth`, or by the keys in a checkpoint, such as `netG_A`.
 *
 * @throws CycleGANError `INVALID_DATA` for files that cannot be read, `INVALID_WEIGHTS` for weights of other networks and for
 * networks that do not fit together, `UNKNOWN_OPTION`, `INVALID_OPTION` also for an option that does not apply to the networks,
 * `INVALID_ARGUMENT` for files that are not names and bytes
 * @see [Interchange](../../docs/interchange.md#pytorch)
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import '@tensorflow/tfjs';
 * import { importModel } from 'ts-cyclegan/interop';
 * const load = async () => {
 *   const names = ['latest_net_G_A.pth', 'latest_net_G_B.pth', 'latest_net_D_A.pth', 'latest_net_D_B.pth'];
 *   const files = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(name) })));
 *   const { model, notes } = importModel(files, { size: [256, 256] });
 *   return { model, notes };
 * };
 * ```
 */
export function importModel(files: readonly WeightFile[], options: ImportOptions = {}): ImportedModel {
  const resolved = resolveOptions(where, importEntries, options) as object as ImportOptions;
  const { found, head, hints } = findNetworks(files);
  const { model, notes } = buildFound(found, head, resolved, hints);
  const given = { ...hints, ...resolved };
  const assumed = [...found.values()].flatMap(({ name, architecture }) =>
    architecture.assumed
      .filter((text) => !(text.startsWith('border') && given.border !== undefined))
      .filter((text) => !(text.startsWith('dropout') && given.dropout !== undefined))
      .map((text) => `${name}: ${text}.`),
  );
  const networks = [...found.values()].map(({ stateDict: _, ...network }) => network);
  return { model, networks, notes: [...new Set([...notes, ...assumed])] };
}

/** Exports a network as a folder of TensorFlow.js. */
import { oneOf, resolveOptions, withDefault } from '../../core/options.js';
import type { WeightsDtype } from '../../models/bundle.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { metadataEntries, metadataOf, type MetadataOptions } from '../operations/metadata.js';
import { directionEntry, type ExportableModel, exportedNetwork } from '../operations/model-network.js';
import { filesOf } from './files.js';
import { graphModel } from './graph-model.js';
import { layersModel } from './layers-model.js';

/** Options of {@link exportTfjs}. */
export interface ExportTfjsOptions extends MetadataOptions {
  /** The generator of a `CycleGAN` to export. */
  direction?: Direction;
  /**
   * - `graph`: a graph model for `tf.loadGraphModel`, for inference without this library.
   * - `layers`: a layers model for `tf.loadLayersModel`, which can be trained. Call `registerLayers` before loading, unless the network
   *   consists of layers of TensorFlow.js: this is so for U-Nets, PatchGANs and DCGANs without instance norm.
   * @default 'graph'
   */
  format?: 'graph' | 'layers';
  /**
   * The type of the stored weights. `float16` halves the files; computations remain float32.
   * @default 'float32'
   */
  dtype?: WeightsDtype;
}

const entries = {
  direction: directionEntry,
  format: withDefault(oneOf('graph', 'layers'), 'graph'),
  dtype: withDefault(oneOf('float32', 'float16'), 'float32'),
  ...metadataEntries,
};

/**
 * Exports a generator, or any network of this library, as the files of a model of TensorFlow.js: `model.json` and weight files of 4 MiB.
 * It computes what the model computes in inference: without dropout, and with the running statistics of batch norm.
 *
 * Graph models have an input `input` and an output `output`. The entry `userDefinedMetadata` of `model.json` names the library and its
 * version, the direction, the range of the values and the licence.
 *
 * @param model a `CycleGAN`, `Translator`, `Pix2Pix`, `CUT`, `GAN`, or a `tf.LayersModel`
 * @returns the bytes of the files by name; write them to one folder. `model.json` is the last: in this order, the model can be read at
 * any time, also if it replaces an older one
 * @throws CycleGANError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_ARGUMENT`, `DISPOSED`; `UNSUPPORTED` for networks with layers
 * that a graph model cannot have; `NOT_A_NUMBER` if a weight is NaN or infinite
 * @see [Interchange: TensorFlow.js](../../../docs/interchange.md#tensorflowjs)
 * @example
 * ```ts
 * import { mkdir, writeFile } from 'node:fs/promises';
 * import '@tensorflow/tfjs';
 * import { CycleGAN } from 'ts-cyclegan';
 * import { exportTfjs } from 'ts-cyclegan/interop';
 * const model = new CycleGAN({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 7 });
 * const files = await exportTfjs(model, { direction: 'AtoB' });
 * await mkdir('graph', { recursive: true });
 * for (const [name, bytes] of Object.entries(files)) await writeFile(`graph/${name}`, bytes);
 * ```
 */
export async function exportTfjs(
  model: ExportableModel,
  options: ExportTfjsOptions = {},
): Promise<Record<string, Uint8Array>> {
  const where = 'exportTfjs';
  const resolved = resolveOptions(where, entries, options);
  const { network, facts } = exportedNetwork(where, model, resolved.direction);
  const metadata = metadataOf(where, { ...facts, value_range: '-1..1', dtype: resolved.dtype }, resolved);
  const parts = await (resolved.format === 'graph' ? graphModel(where, network) : layersModel(network));
  return filesOf(where, { ...parts, metadata }, resolved.dtype);
}

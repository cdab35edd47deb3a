/** Writes the weights of models to files for PyTorch's pytorch-CycleGAN-and-pix2pix and CUT programs, and to safetensors. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { oneOf, resolveOptions, show } from '../core/options.js';
import { CUT } from '../models/cut.js';
import { CycleGAN } from '../models/cyclegan.js';
import { Pix2Pix } from '../models/pix2pix.js';
import { type StateDict, stateDict } from '../models/state-dict.js';
import { Translator } from '../models/translator.js';
import { metadataOf } from './hints.js';
import { cutNetworkNames, cycleGANNames, type NetworkName, pix2pixNames } from './network-names.js';
import { encodePth } from './pytorch/write-pth.js';
import { encodeSafetensors } from './safetensors.js';

/** A file to write. */
export interface ExportedFile {
  /** The name of the file: `latest_net_G_A.pth`. */
  name: string;
  /** The content in parts, to be written one after another. */
  parts: Uint8Array[];
}

/** Options of {@link exportModel}. */
export interface ExportOptions {
  /**
   * `pytorch` writes a `.pth` file for each network, under the names that pytorch-CycleGAN-and-pix2pix loads, or for a `CUT`
   * contrastive-unpaired-translation. `safetensors` writes one file, with the same keys after the name of the network: `G_A.model.1.weight`.
   */
  format: 'pytorch' | 'safetensors';
}

const entries = { format: oneOf('pytorch', 'safetensors') };
const where = 'exportModel';

type Model = CycleGAN | Pix2Pix | CUT | Translator;

/** The networks of a model under PyTorch's names. */
function networksOf(model: Model): Partial<Record<NetworkName, LayersModel>> {
  if (model instanceof Translator) return { [model.direction === 'AtoB' ? 'G_A' : 'G_B']: model.generator };
  if (model instanceof CycleGAN) {
    return Object.fromEntries(Object.entries(cycleGANNames).map(([name, ours]) => [name, model[ours]]));
  }
  if (model instanceof Pix2Pix) {
    return Object.fromEntries(Object.entries(pix2pixNames).map(([name, ours]) => [name, model[ours]]));
  }
  if (model instanceof CUT) {
    return Object.fromEntries(Object.entries(cutNetworkNames).map(([name, ours]) => [name, model[ours]]));
  }
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: expected a CycleGAN, a Pix2Pix, a CUT or a Translator, got ${show(model)}.`,
  );
}

/** What the networks of a model have that its PyTorch program cannot build. */
function faultForPyTorch(options: Model['options'], isCUT: boolean): string | undefined {
  if (options === undefined) return 'the model has networks of your own';
  const { convention, upsampling, generator, downsamplingBlocks } = options;
  if (convention !== 'pytorch')
    return `the networks have the convention ${show(convention)}, with other paddings and norms`;
  if (options.antialias === true && !isCUT) return 'the networks have antialiased convolutions';
  if (upsampling === 'resize' || (upsampling === 'smooth' && !isCUT))
    return `the generators have upsampling ${show(upsampling)}`;
  if (options.separable === true) return 'the generators have depthwise-separable convolutions';
  if (generator === 'resnet' && downsamplingBlocks !== 2)
    return `the generators have ${downsamplingBlocks} downsamplingBlocks, not 2`;
  return undefined;
}

/** Refuses models whose networks the PyTorch program cannot build. */
function checkForPyTorch(model: Model): void {
  const isCUT = model instanceof CUT;
  const fault = faultForPyTorch(model.options, isCUT);
  if (fault === undefined) return;
  const program = isCUT ? 'contrastive-unpaired-translation' : 'pytorch-CycleGAN-and-pix2pix';
  throw new CycleGANError(
    'UNSUPPORTED',
    `${where}: ${fault}, which ${program} does not have. Use the format "safetensors".`,
  );
}

/**
 * Returns files with the weights of a model, for other programs. `importModel` reads them.
 *
 * @throws CycleGANError `UNSUPPORTED` for models that the PyTorch program cannot build, `INVALID_ARGUMENT`, `UNKNOWN_OPTION`,
 * `INVALID_OPTION`
 * @see [Interchange](../../docs/interchange.md#pytorch)
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import '@tensorflow/tfjs';
 * import { CycleGAN } from 'ts-cyclegan';
 * import { exportModel } from 'ts-cyclegan/interop';
 * const model = new CycleGAN({ convention: 'pytorch', inputShape: [32, 32, 3], filters: 2, residualBlocks: 1 });
 * for (const { name, parts } of await exportModel(model, { format: 'pytorch' })) {
 *   await writeFile(name, Buffer.concat(parts)); // latest_net_G_A.pth and three more
 * }
 * model.dispose();
 * ```
 */
export async function exportModel(
  model: CycleGAN | Pix2Pix | CUT | Translator,
  options: ExportOptions,
): Promise<ExportedFile[]> {
  const { format } = resolveOptions(where, entries, options);
  const networks = Object.entries(networksOf(model));
  if (format === 'pytorch') checkForPyTorch(model);
  const files: ExportedFile[] = [];
  const all: StateDict = {};
  for (const [name, network] of networks) {
    const weights = await stateDict(network);
    if (format === 'pytorch') files.push({ name: `latest_net_${name}.pth`, parts: encodePth(weights) });
    else for (const [key, array] of Object.entries(weights)) all[`${name}.${key}`] = array;
  }
  if (format === 'pytorch') return files;
  return [
    {
      name: 'model.safetensors',
      parts: encodeSafetensors({ tensors: all, metadata: metadataOf(model.options) }),
    },
  ];
}

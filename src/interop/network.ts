/** Builds networks from state dicts. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { disposeNetwork } from '../layers/networks.js';
import { withoutInitialValues } from '../models/initializers.js';
import { patchDiscriminator } from '../models/patch-discriminator.js';
import { pixelDiscriminator } from '../models/pixel-discriminator.js';
import { resnetGenerator } from '../models/resnet-generator.js';
import { loadStateDict, type StateDict } from '../models/state-dict.js';
import { unetGenerator } from '../models/unet-generator.js';
import { architectureOf } from './architecture.js';

/**
 * Builds the network of a state dict, and sets its weights. It accepts images of any size that fits the architecture.
 *
 * @param stateDict weights of a generator or discriminator, under PyTorch's names
 * @returns a network [B, H, W, C] → [B, H, W, C]; dispose it when done
 * @throws CycleGANError `INVALID_WEIGHTS`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import '@tensorflow/tfjs';
 * import { networkOfStateDict, readStateDicts } from 'ts-cyclegan/interop';
 * const load = async (path: string) => {
 *   const [weights] = Object.values(readStateDicts(await readFile(path), { name: path }));
 *   return networkOfStateDict(weights!);
 * };
 * ```
 */
export function networkOfStateDict(stateDict: StateDict): LayersModel {
  const { kind, convention, norm, inputChannels, outputChannels, filters, options } = architectureOf(
    'networkOfStateDict',
    stateDict,
  );
  const common = { convention, norm, filters, inputShape: [null, null, inputChannels] as const, seed: 0 };
  const network = withoutInitialValues(() => {
    if (kind === 'pixel') return pixelDiscriminator(common);
    if (kind === 'patch') return patchDiscriminator({ ...common, ...options });
    return (kind === 'unet' ? unetGenerator : resnetGenerator)({ ...common, ...options, outputChannels });
  });
  try {
    loadStateDict(network, stateDict);
    return network;
  } catch (error) {
    disposeNetwork(network);
    throw error;
  }
}

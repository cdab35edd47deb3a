/** The output of a layer within a network, beside the network's own: features for heads, codes, perceptual losses. */
import { type LayersModel, model } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { nearest, show } from '../core/options.js';

/** The name of a layer that is given by its name or its place in `network.layers`. */
export function layerName(
  where: string,
  option: string,
  network: LayersModel,
  layer: string | number,
): string {
  const names = network.layers.map(({ name }) => name);
  const name = typeof layer === 'number' ? names[layer] : layer;
  if (name !== undefined && names.includes(name)) return name;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: option "${option}" must be the name of a layer of the discriminator or its place from 0 to ${names.length - 1}, ` +
      `got ${show(layer)}.${typeof layer === 'string' ? ` ${nearest(layer, names)}` : ''}`,
  );
}

/** The shape of what a layer gives, [batch, …]. */
export const innerShape = (network: LayersModel, layer: string): (number | null)[] =>
  (network.getLayer(layer).output as { shape: (number | null)[] }).shape;

/**
 * The network with two outputs: its own, and that of one of its layers. It shares all weights with `network` and is never
 * disposed: `network` is.
 */
export const withInnerOutput = (network: LayersModel, layer: string): LayersModel =>
  model({
    inputs: network.inputs,
    outputs: [network.outputs[0]!, network.getLayer(layer).output as LayersModel['outputs'][number]],
    name: `${network.name}_with_${layer}`,
  });

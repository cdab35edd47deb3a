/** Adds the output of an inner layer to a network: features for heads, codes or perceptual losses. */
import { type LayersModel, model } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { nearest, show } from '../core/options.js';

/** The name of a layer that is given by its name or its index in `network.layers`. */
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
    `${where}: option "${option}" must be the name of a layer of the discriminator or its index from 0 to ${names.length - 1}, ` +
      `got ${show(layer)}.${typeof layer === 'string' ? ` ${nearest(layer, names)}` : ''}`,
  );
}

/** The output shape of a layer, [batch, …]. */
export const innerShape = (network: LayersModel, layer: string): (number | null)[] =>
  (network.getLayer(layer).output as { shape: (number | null)[] }).shape;

/**
 * A network with two outputs: the output of `network` and that of one of its layers. It shares all weights with `network`, so
 * only `network` is disposed.
 */
export const withInnerOutput = (network: LayersModel, layer: string): LayersModel =>
  model({
    inputs: network.inputs,
    outputs: [network.outputs[0]!, network.getLayer(layer).output as LayersModel['outputs'][number]],
    name: `${network.name}_with_${layer}`,
  });

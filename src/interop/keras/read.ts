/** Reads the weight files of Keras: which networks they contain, and their weights. */

import { isZip, openZip } from '../pytorch/zip.js';
import { type Refuse, refusing } from '../refuse.js';
import {
  architectureOf,
  byKind,
  type KerasArchitecture,
  type LayersByKind,
  type ShapedLayer,
} from './architecture.js';
import { isHdf5, openHdf5 } from './hdf5/open.js';
import { type SavedNetwork, savedNetworks } from './saved-layers.js';

/** A layer with the values of its weights. */
export interface FilledLayer extends ShapedLayer {
  readonly values: readonly Float32Array[];
}

/** A network of a file. */
export interface KerasNetwork {
  /** Its name in the file, `''` for a network that is the whole file. */
  readonly name: string;
  readonly architecture: KerasArchitecture;
  readonly layers: LayersByKind<FilledLayer>;
}

/**
 * The networks of a weight file of Keras. Allocates no tensors.
 *
 * @param where the function, for messages
 * @param file the name of the file, for messages
 * @throws CycleGANError `INVALID_DATA`
 */
export function readKeras(where: string, bytes: Uint8Array, file = ''): KerasNetwork[] {
  const refuse = refusing(where, file);
  const weights = isZip(bytes) ? fromArchive(bytes, refuse) : bytes;
  if (!isHdf5(weights)) refuse(`is not an HDF5 file. ${remedy}`);
  return savedNetworks(openHdf5(weights, refuse), refuse).map((network) => filled(network, refuse));
}

/** The entry with the weights in a `.keras` file, which `model.save` of Keras 3 writes. */
const entry = 'model.weights.h5';

/**
 * Whether the bytes are a weight file of Keras.
 *
 * @throws CycleGANError `INVALID_DATA`, through `refuse`, for a zip archive that is truncated or damaged
 */
export const isKeras = (bytes: Uint8Array, refuse: Refuse): boolean =>
  isHdf5(bytes) || (isZip(bytes) && openZip(bytes, refuse).names.includes(entry));

const remedy = 'Save the weights in Keras with model.save_weights("….weights.h5").';

const fromArchive = (bytes: Uint8Array, refuse: Refuse): Uint8Array =>
  openZip(bytes, refuse).read(entry) ?? refuse(`is a zip archive without "${entry}". ${remedy}`);

function filled({ name, layers }: SavedNetwork, refuse: Refuse): KerasNetwork {
  const what = name === '' ? 'has a network' : `has a network ${JSON.stringify(name)}`;
  const other = (fault: string) => refuse(`${what} that is not one of the Keras example: ${fault}.`);
  const sorted = byKind(
    layers.map(({ name, weights }) => ({ name, weights, shapes: weights.map(({ shape }) => shape) })),
  );
  if ('fault' in sorted) return other(sorted.fault);
  const architecture = architectureOf(sorted);
  if ('fault' in architecture) return other(architecture.fault);
  const fill = ({ name, shapes, weights }: (typeof sorted)['norm'][number]): FilledLayer => {
    const values = weights.map((weight) => weight.values());
    if (values.some((array) => !array.every(Number.isFinite))) {
      refuse(`has NaN or Infinity in the layer ${JSON.stringify(name)}.`);
    }
    return { name, shapes, values };
  };
  return {
    name,
    architecture,
    layers: {
      convolution: sorted.convolution.map(fill),
      'transposed convolution': sorted['transposed convolution'].map(fill),
      norm: sorted.norm.map(fill),
    },
  };
}

/** The weights of Keras' files under PyTorch's names and in its layouts, so that `importModel` can build models from them. */
import { permute } from '../../core/permute.js';
import { disposeNetwork } from '../../layers/networks.js';
import type { NamedArray, StateDict } from '../../models/state-dict.js';
import { kerasNames } from '../network-names.js';
import { type LayerKind } from './architecture.js';
import { kindOf, networkOf } from './networks.js';
import { type KerasNetwork, readKeras } from './read.js';

/** The name of a file without its folder and endings: `gen_G` of `keras/gen_G.weights.h5`. */
const stem = (file: string): string => /([^\\/.]*)[^\\/]*$/.exec(file)![1]!;

/**
 * The state dicts of a file of Keras by PyTorch's names of the networks. A network that is the whole file is recognised by the name
 * of the file.
 *
 * @throws CycleGANError `INVALID_DATA`
 */
export const kerasStateDicts = (where: string, bytes: Uint8Array, file: string): Record<string, StateDict> =>
  Object.fromEntries(
    readKeras(where, bytes, file).map((network) => {
      // Keras 3 has the names of the attributes, Keras 2 those of the models.
      const own = network.name === '' ? stem(file) : network.name;
      const name = own.replace(/^generator_/, 'gen_').replace(/^discriminator_/, 'disc_');
      return [kerasNames[name] ?? network.name, stateDictOf(network)];
    }),
  );

function stateDictOf({ architecture, layers }: KerasNetwork): StateDict {
  const dict: StateDict = {};
  const next: Record<LayerKind, number> = { convolution: 0, 'transposed convolution': 0, norm: 0 };
  for (const [name, kind] of namesOf(architecture)) {
    const { values, shapes } = layers[kind][next[kind]++]!;
    const parameters =
      kind === 'norm' ? ['weight', 'bias', 'running_mean', 'running_var'] : ['weight', 'bias'];
    for (const [i, data] of values.entries()) dict[`${name}.${parameters[i]}`] = inPyTorch(data, shapes[i]!);
  }
  return dict;
}

/** The names and kinds of the layers with weights of an architecture. They do not depend on the sizes of the layers. */
function namesOf(architecture: KerasNetwork['architecture']): [name: string, kind: LayerKind][] {
  const small = networkOf({
    network: architecture.network,
    options: { ...architecture.options, filters: 1 },
  });
  const names = small.layers
    .filter(({ weights }) => weights.length > 0)
    .map((layer): [string, LayerKind] => [layer.name, kindOf(layer)]);
  disposeNetwork(small);
  return names;
}

/** Kernels are [h, w, in, out] in Keras and [out, in, h, w] in PyTorch; transposed ones [h, w, out, in] and [in, out, h, w]. */
function inPyTorch(data: Float32Array, shape: readonly number[]): NamedArray {
  if (shape.length !== 4) return { shape: [...shape], data };
  const axes = [3, 2, 0, 1];
  return { shape: axes.map((axis) => shape[axis]!), data: permute(data, shape, axes) };
}

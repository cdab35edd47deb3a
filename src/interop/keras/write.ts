/** Writes the weights of a network as Keras 3 does. */
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../../core/errors.js';
import { oneOf, resolveOptions, show, withDefault } from '../../core/options.js';
import { disposeNetwork } from '../../layers/networks.js';
import { isNetwork } from '../../models/network-model.js';
import { architectureOf, byKind, type KerasArchitecture } from './architecture.js';
import { loadH5wasm } from './h5wasm.js';
import { networkOf } from './networks.js';

/** Options of {@link writeKerasWeights}. */
export interface WriteKerasOptions {
  /**
   * The class of the instance norms in Keras. Keras 3 has no `InstanceNormalization`; programs have a class of their own, or use
   * `GroupNormalization(groups=-1)`, which computes the same.
   * @default 'InstanceNormalization'
   */
  instanceNorm?: 'InstanceNormalization' | 'GroupNormalization';
}

const entries = {
  instanceNorm: withDefault(oneOf('InstanceNormalization', 'GroupNormalization'), 'InstanceNormalization'),
};

/** Keras' names of the classes in files. */
const namesOfClasses = {
  Conv2D: 'conv2d',
  Conv2DTranspose: 'conv2d_transpose',
  BatchNormalization: 'batch_normalization',
  InstanceNormalization: 'instance_normalization',
  GroupNormalization: 'group_normalization',
} as const;

interface WrittenLayer {
  /** Its name in the file. */
  name: string;
  shapes: number[][];
  layer: layers.Layer;
}

/**
 * Writes the weights of a network for `model.load_weights` of Keras 3. The model in Keras must have the network of the CycleGAN
 * example of keras.io, with the same options. Needs the package `h5wasm`.
 *
 * @param network a generator or discriminator of this library with the convention `keras`
 * @returns the content of a file, whose name must end in `.weights.h5`
 * @throws CycleGANError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `INVALID_OPTION`; `UNSUPPORTED` for other networks, and if h5wasm
 * is not installed
 * @see [Porting from Keras: weights](../../../docs/porting-from-keras.md#weights)
 */
export async function writeKerasWeights(
  network: LayersModel,
  options: WriteKerasOptions = {},
): Promise<Uint8Array> {
  const where = 'writeKerasWeights';
  const { instanceNorm } = resolveOptions(where, entries, options);
  if (!isNetwork(network)) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: network must be a tf.LayersModel, got ${show(network)}.`,
    );
  }
  const layers = writtenLayers(network, instanceNorm);
  checkNetwork(where, network, layers);
  const h5wasm = await loadH5wasm(where);
  const values = await Promise.all(
    layers.flatMap(({ layer }) =>
      layer.weights.map(async (weight) => new Float32Array(await weight.read().data())),
    ),
  );
  return encode(h5wasm, layers, values);
}

/** The layers with weights. Each class has a count of its own. */
function writtenLayers(
  network: LayersModel,
  instanceNorm: NonNullable<WriteKerasOptions['instanceNorm']>,
): WrittenLayer[] {
  const counts = new Map<string, number>();
  return network.layers
    .filter(({ weights }) => weights.length > 0)
    .map((layer) => {
      const own = layer.getClassName();
      const className = own === 'InstanceNormalization' ? instanceNorm : own;
      const name = (namesOfClasses as Partial<Record<string, string>>)[className] ?? className;
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      return {
        name: count === 0 ? name : `${name}_${count}`,
        shapes: layer.weights.map(({ shape }) => shape as number[]),
        layer,
      };
    });
}

/** Refuses networks that the Keras example does not have. */
function checkNetwork(where: string, network: LayersModel, layers: readonly WrittenLayer[]): void {
  const sorted = byKind(layers);
  const architecture = 'fault' in sorted ? sorted : architectureOf(sorted);
  const fault = 'fault' in architecture ? architecture.fault : structureFault(network, architecture);
  if (fault === undefined) return;
  throw new CycleGANError(
    'UNSUPPORTED',
    `${where}: the network ${show(network.name)} is not one of the Keras example: ${fault}. ` +
      'Only generators and discriminators of the convention "keras" have a counterpart in Keras.',
  );
}

/** Options of layers that change what a network computes. */
const compared = ['kernelSize', 'strides', 'padding', 'dilationRate', 'useBias', 'activation', 'epsilon', 'alpha', 'axis', 'factor']; // prettier-ignore

/** What a layer computes, and on the outputs of which layers. */
function describe(layer: layers.Layer, all: readonly layers.Layer[]): string {
  const config = layer.getConfig();
  const inputs = layer.inboundNodes.map(({ inboundLayers }) =>
    inboundLayers.map((input) => all.indexOf(input)),
  );
  return JSON.stringify([layer.getClassName(), compared.map((key) => config[key] ?? null), inputs]);
}

/** Compares the layers, without their sizes, with those of the architecture. */
function structureFault(network: LayersModel, architecture: KerasArchitecture): string | undefined {
  const reference = networkOf({
    network: architecture.network,
    options: { ...architecture.options, filters: 1, inputShape: [null, null, 1] },
  });
  try {
    for (const [i, layer] of network.layers.entries()) {
      const expected = reference.layers[i];
      if (
        expected === undefined ||
        describe(layer, network.layers) !== describe(expected, reference.layers)
      ) {
        return `the layer ${show(layer.name)} has other options`;
      }
    }
    return network.layers.length === reference.layers.length ? undefined : 'it has fewer layers';
  } finally {
    disposeNetwork(reference);
  }
}

/** Files in the memory of h5wasm, for unique names. */
let files = 0;

function encode(
  { File, FS }: Awaited<ReturnType<typeof loadH5wasm>>,
  layers: readonly WrittenLayer[],
  values: readonly Float32Array[],
): Uint8Array {
  const path = `/ts-cyclegan-${files++}.weights.h5`;
  const memory = FS as unknown as { readFile(path: string): Uint8Array; unlink(path: string): void };
  // The oldest format, as Keras writes it.
  const file = new File(path, 'w', { libver: ['earliest', 'latest'] });
  try {
    try {
      file.create_group('vars');
      const group = file.create_group('layers');
      let next = 0;
      for (const { name, shapes } of layers) {
        const variables = group.create_group(name).create_group('vars');
        for (const [i, shape] of shapes.entries()) {
          variables.create_dataset({ name: `${i}`, data: values[next++]!, shape, dtype: '<f4' });
        }
      }
    } finally {
      file.close();
    }
    return memory.readFile(path);
  } finally {
    memory.unlink(path);
  }
}

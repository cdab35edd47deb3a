/**
 * Builds a network from its topology and weights. Each weight of a layer is compared with the saved weights before it is
 * allocated, so a topology cannot allocate more memory than the file holds.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { withCopiesNamed } from '../core/two-copies.js';
import { registerOwn } from '../layers/register.js';
import { classOf, isModelClass, layersOf, registry, type SavedLayer } from './network-topology.js';

/** A layer, with tfjs' protected method that makes its weights. */
type Building = Omit<layers.Layer, 'addWeight'> & {
  addWeight?: (name: string, shape: number[], dtype: string | undefined, ...rest: unknown[]) => LayerVariable;
};

/** The registered name of the class that builds the layers of a saved network. */
const checkedLayer = 'ts-cyclegan>layer-of-a-saved-network';

/**
 * @param topology a topology that `topologyFault` accepts
 * @throws CycleGANError `INVALID_MODEL`, or any error of tfjs; then nothing remains allocated
 */
export function buildSaved(
  where: string,
  topology: SavedLayer,
  specs: readonly tf.io.WeightsManifestEntry[],
  data: ArrayBuffer,
): LayersModel {
  registerOwn();
  const made: Building[] = [];
  const build: FromConfig = (_, { className, config }, customObjects, fast) => {
    const [cls, fromConfig] = classOf(className)!;
    const layer: Building = fromConfig(cls, { ...config, customObjects }, customObjects, fast) as never;
    made.push(layer);
    const addWeight = layer.addWeight!;
    layer.addWeight = (name, shape, dtype, ...rest) => {
      checkWeight(layer.name, name, shape, dtype ?? 'float32', specs);
      return addWeight.call(layer, name, shape, dtype, ...rest);
    };
    return layer;
  };
  registry()[checkedLayer] = [build as never, build as never];
  try {
    const [cls, fromConfig] = classOf(topology.class_name)!;
    const { config } = toTypeScript(wrapped(topology)) as { config: object };
    const model: LayersModel = withCopiesNamed(where, () => fromConfig(cls, config, {}, true)) as never;
    tf.tidy(() => {
      model.loadWeights(tf.io.decodeWeights(data, [...specs]), true);
    });
    for (const layer of made) delete layer.addWeight; // restores the method of the class
    return model;
  } catch (error) {
    for (const layer of made) for (const weight of layer.weights) weight.dispose();
    throw error;
  } finally {
    Reflect.deleteProperty(registry(), checkedLayer);
  }
}

type FromConfig = (
  cls: unknown,
  config: { className: string; config: object },
  customObjects: object,
  fast: boolean,
) => Building;

function checkWeight(
  layer: string,
  weight: string,
  shape: number[],
  dtype: string,
  specs: readonly tf.io.WeightsManifestEntry[],
): void {
  const name = `${layer}/${weight}`;
  const saved = specs.filter((spec) => spec.name === name || spec.name.endsWith(`/${name}`));
  if (saved.some((spec) => spec.dtype === dtype && tf.util.arraysEqual(spec.shape, shape))) return;
  const got = saved[0] === undefined ? 'none' : `${saved[0].dtype} ${show(saved[0].shape)}`;
  throw new CycleGANError(
    'INVALID_MODEL',
    `layer ${show(layer)} needs a weight ${show(weight)} of ${dtype} ${show(shape)}, but the file has ${got}`,
  );
}

/** Replaces the class of every layer, except inputs and models, by the class that builds and checks it. */
function wrapped(model: SavedLayer): SavedLayer {
  const list = (layersOf(model) as SavedLayer[]).map((layer): SavedLayer => {
    if (isModelClass(layer.class_name)) return wrapped(layer);
    if (layer.class_name === 'InputLayer') return layer;
    const { class_name, config } = layer;
    return { ...layer, class_name: checkedLayer, config: { class_name, config } };
  });
  return {
    ...model,
    config: Array.isArray(model.config) ? (list as never) : { ...model.config, layers: list },
  };
}

const isNodes = (key: string): boolean => ['inboundNodes', 'inputLayers', 'outputLayers'].includes(key);
const camelCase = (text: string): string =>
  text.length > 1 ? text.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase()) : text;

/** Converts Python names to camel case, as `convertPythonicToTs` of tfjs, which is not exported. */
function toTypeScript(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return camelCase(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const isName = (item: unknown, i: number) => i === 0 && isNodes(key) && typeof item === 'string';
    return value.map((item: unknown, i) => (isName(item, i) ? item : toTypeScript(item, key)));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) =>
      name === 'name' && typeof item === 'string'
        ? [name, item]
        : [camelCase(name), toTypeScript(item, camelCase(name))],
    ),
  );
}

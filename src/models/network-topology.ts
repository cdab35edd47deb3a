/**
 * Checks that tfjs can build a network from its topology. tfjs itself loops forever if the input of a layer does not exist, and
 * does not check attributes.
 */
import { serialization } from '@tensorflow/tfjs-core';
import { type layers, LayersModel } from '@tensorflow/tfjs-layers';
import { show } from '../core/options.js';
import { ownClass } from '../layers/register.js';
import { attributeFault } from './layer-attributes.js';

/** A model or layer as tfjs saves it, unchecked. */
export interface SavedLayer {
  name?: unknown;
  class_name: string;
  config: Record<string, unknown>;
  inbound_nodes?: unknown;
}

type Class = new (...args: never[]) => layers.Layer;
type Entry = [
  Class,
  (cls: Class, config: object, customObjects: object, fastWeightInit: boolean) => layers.Layer,
];

/** The registry of tfjs: classes by name. */
export const registry = (): Record<string, Entry | undefined> =>
  serialization.SerializationMap.getMap().classNameMap as never;

/** The class of a saved layer and the function that builds it. Prefixed names belong to this library. */
export function classOf(name: string): Entry | undefined {
  const own = ownClass(name) as (Class & { fromConfig: Entry[1] }) | undefined;
  if (own !== undefined) return [own, own.fromConfig];
  return Object.hasOwn(registry(), name) ? registry()[name] : undefined;
}

export const isModelClass = (name: string): boolean => {
  const [cls] = classOf(name) ?? [];
  return cls !== undefined && (cls === (LayersModel as Class) || cls.prototype instanceof LayersModel);
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The layers of a model. The config of a sequential model may be a list. */
export const layersOf = ({ config }: SavedLayer): unknown => (Array.isArray(config) ? config : config.layers);

/** Describes the first fault of a model, if any. */
export function topologyFault(model: unknown): string | undefined {
  const fault = shapeFault(model, 'the network');
  if (fault !== undefined) return fault;
  const saved = model as SavedLayer;
  if (!isModelClass(saved.class_name)) {
    return `it must be a model of tfjs, got the class ${show(saved.class_name)}`;
  }
  const list = layersOf(saved);
  if (!Array.isArray(list) || list.length === 0)
    return `the network must have a list of layers, got ${show(list)}`;
  const names = new Set<string>();
  for (const [i, layer] of (list as unknown[]).entries()) {
    const fault = layerFault(layer, i, names);
    if (fault !== undefined) return fault;
  }
  return 'output_layers' in saved.config || saved.class_name !== 'Sequential'
    ? graphFault(saved.config, list as SavedLayer[])
    : undefined;
}

function shapeFault(layer: unknown, what: string): string | undefined {
  if (!isObject(layer)) return `${what} must be an object, got ${show(layer)}`;
  if (typeof layer.class_name !== 'string')
    return `${what} must have a class name, got ${show(layer.class_name)}`;
  const isList = Array.isArray(layer.config) && what === 'the network';
  if (!isObject(layer.config) && !isList) return `${what} must have a config, got ${show(layer.config)}`;
  return undefined;
}

function layerFault(layer: unknown, index: number, names: Set<string>): string | undefined {
  const fault = shapeFault(layer, `layer ${index}`);
  if (fault !== undefined) return fault;
  const { name: outer, class_name: className, config } = layer as SavedLayer;
  const name = config.name;
  if (typeof name !== 'string' || name === '') return `layer ${index} must have a name, got ${show(name)}`;
  const what = `layer ${show(name)}`;
  if (outer !== undefined && outer !== name) return `${what} is called ${show(outer)} as well`;
  if (names.has(name)) return `two layers have the name ${show(name)}`;
  names.add(name);
  if (classOf(className) === undefined) {
    return (
      `${what} is of the class ${show(className)}, which TensorFlow.js does not know. ` +
      'Register the class with tf.serialization.registerClass before loading'
    );
  }
  const inner = isModelClass(className) ? topologyFault(layer) : attributeFault(className, config);
  return inner === undefined ? undefined : `${what}: ${inner}`;
}

type Reference = [name: string, node: number, tensor: number];

const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isReference = (value: unknown, names: Map<string, number>): value is Reference =>
  Array.isArray(value) && names.has(value[0] as string) && isIndex(value[1]) && isIndex(value[2]);

/** Checks that tfjs finds the inputs of all layers of a functional model. */
function graphFault(config: Record<string, unknown>, list: readonly SavedLayer[]): string | undefined {
  // the count of calls of each layer: an input and a nested model have one from the start
  const calls = new Map(
    list.map(({ class_name: cls, config }) => [
      config.name as string,
      cls === 'InputLayer' || isModelClass(cls) ? 1 : 0,
    ]),
  );
  let waiting: [layer: string, inputs: Reference[]][] = [];
  for (const { name: outer, config, inbound_nodes: nodes } of list) {
    const name = config.name as string;
    // tfjs looks layers up by this name, and waits for those that it does not find
    if (outer === undefined) return `layer ${show(name)} must have its name outside of its config too`;
    if (!Array.isArray(nodes)) return `layer ${show(name)} must have a list of inputs, got ${show(nodes)}`;
    for (const node of nodes as unknown[]) {
      if (!Array.isArray(node)) return `layer ${show(name)} has an input that is ${show(node)}`;
      for (const input of node as unknown[]) {
        if (isReference(input, calls)) continue;
        return Array.isArray(input) && typeof input[0] === 'string' && !calls.has(input[0])
          ? `layer ${show(name)} takes the output of ${show(input[0])}, which does not exist`
          : `layer ${show(name)} has an input that is ${show(input)}`;
      }
      if (node.length > 0) waiting.push([name, node as Reference[]]);
    }
  }
  for (let before = Infinity; waiting.length < before;) {
    before = waiting.length;
    waiting = waiting.filter(([layer, inputs]) => {
      const ready = inputs.every(([input, node]) => calls.get(input)! > node);
      if (ready) calls.set(layer, calls.get(layer)! + 1);
      return !ready;
    });
  }
  if (waiting.length > 0) {
    return `layer ${show(waiting[0]![0])} never receives its inputs: layers wait for each other or for missing calls`;
  }
  for (const end of ['input_layers', 'output_layers']) {
    const ends = config[end];
    const isValid = (item: unknown) => isReference(item, calls) && calls.get(item[0])! > item[1];
    if (!Array.isArray(ends) || !ends.every(isValid))
      return `${end} must name outputs of layers, got ${show(ends)}`;
  }
  return undefined;
}

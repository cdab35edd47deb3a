/**
 * The layers with weights in files of Keras.
 *
 * Keras 3 has groups `layers/<class>_<n>/vars/<i>`. The classes are in the order of the alphabet, so only the order within each class
 * is known. Keras 2 lists the layers in the attribute `layer_names` and the weights in `weight_names`, in the order of the model.
 */
import type { Refuse } from '../refuse.js';
import { type H5Dataset, type H5Group, mostLevels } from './hdf5/objects.js';

/** A layer and its weights. */
export interface SavedLayer {
  /** Its name in the file, for messages. */
  readonly name: string;
  readonly weights: readonly H5Dataset[];
}

/** A network of a file. Layers of the same class are in the order of the model. */
export interface SavedNetwork {
  /** Its name in the file, `''` for a network that is the whole file. */
  readonly name: string;
  readonly layers: readonly SavedLayer[];
}

/** The networks of a file. */
export function savedNetworks(root: H5Group, refuse: Refuse): SavedNetwork[] {
  const whole = root.group('model_weights') ?? root; // of `model.save('….h5')`
  const names = listedNames(whole, 'layer_names');
  const networks = names === undefined ? ofKeras3(root) : ofKeras2(whole, names, refuse);
  if (networks.length === 0) refuse('has no layers with weights of Keras.');
  return networks;
}

/** Keras splits long lists: `layer_names0`, `layer_names1`, … */
function listedNames(group: H5Group, attribute: string): string[] | undefined {
  const whole = group.texts(attribute);
  if (whole !== undefined) return whole;
  const names: string[] = [];
  for (let i = 0; ; i++) {
    const part = group.texts(`${attribute}${i}`);
    if (part === undefined) return i === 0 ? undefined : names;
    for (const name of part) names.push(name);
  }
}

function ofKeras2(root: H5Group, layerNames: readonly string[], refuse: Refuse): SavedNetwork[] {
  const own: SavedLayer[] = [];
  const nested: SavedNetwork[] = [];
  for (const layerName of layerNames) {
    const group = root.group(layerName);
    const names = group && listedNames(group, 'weight_names');
    if (names === undefined) return refuse(`is damaged: the layer ${JSON.stringify(layerName)} is missing.`);
    const layers = new Map<string, H5Dataset[]>();
    for (const name of names) {
      const weight = group!.dataset(name);
      if (weight === undefined) return refuse(`is damaged: the weight ${JSON.stringify(name)} is missing.`);
      const layer = name.slice(0, Math.max(0, name.lastIndexOf('/')));
      layers.set(layer, [...(layers.get(layer) ?? []), weight]);
    }
    // A model within the model is a group with the weights of several layers.
    const found = [...layers].map(([name, weights]) => ({ name, weights }));
    if (found.length > 1) nested.push({ name: layerName, layers: found });
    else own.push(...found.map(({ weights }) => ({ name: layerName, weights })));
  }
  return own.length > 0 ? [{ name: '', layers: own }, ...nested] : nested;
}

/** The count at the end of a name: `conv2d_10` is the 10th layer after `conv2d`. */
const classAndCount = (name: string): [className: string, count: number] => {
  const [, className, count = '0'] = /^(.*?)(?:_(\d+))?$/s.exec(name)!;
  return [className!, Number(count)];
};

function ofKeras3(root: H5Group): SavedNetwork[] {
  const networks: SavedNetwork[] = [];
  const visit = (group: H5Group, path: readonly string[]) => {
    if (path.length > mostLevels) return;
    // Keras 2.12 and 2.13 have another name for the list of layers.
    const list = group.group('layers') ?? group.group('_layer_checkpoint_dependencies');
    const layers = (list?.names ?? [])
      .map((name) => ({ name, count: classAndCount(name)[1] }))
      .sort((a, b) => a.count - b.count)
      .map(({ name }) => ({ name, weights: variablesOf(list!.group(name)?.group('vars')) }))
      .filter(({ weights }) => weights.length > 0);
    if (layers.length > 0) networks.push({ name: path.join('/'), layers });
    for (const name of group.names) {
      // Optimizers have variables only. A network has no networks within its layers in the programs that are supported.
      if (layers.length > 0 || ['optimizer', 'vars', 'layers', '_layer_checkpoint_dependencies'].includes(name)) continue; // prettier-ignore
      const member = group.group(name);
      if (member !== undefined) visit(member, [...path, name]);
    }
  };
  visit(root, []);
  return networks;
}

/** The variables `0`, `1`, … of a layer. */
const variablesOf = (group: H5Group | undefined): H5Dataset[] =>
  (group?.names ?? [])
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((name) => group!.dataset(name) ?? []);

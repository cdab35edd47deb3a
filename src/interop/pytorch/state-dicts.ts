/** Finds the state dicts in a file: alone, in a checkpoint, or several networks in one dictionary by prefixes of the keys. */
import type { NamedArray, StateDict } from '../../models/state-dict.js';
import type { Refuse } from '../refuse.js';
import { PickledTensor, tensorReader } from './tensor.js';
import type { PickleValue } from './unpickle.js';

/** Levels of dictionaries that are searched. */
const mostLevels = 8;

/** Whether a value is the state of an optimizer of PyTorch. */
export const isOptimizer = (value: PickleValue): value is Map<string, PickleValue> =>
  value instanceof Map && value.has('state') && value.has('param_groups');

/** Whether a value is a dictionary of tensors with names. */
const isStateDict = (value: PickleValue): value is Map<string, PickledTensor> =>
  value instanceof Map &&
  value.size > 0 &&
  [...value].every(([key, item]) => typeof key === 'string' && item instanceof PickledTensor);

/** The dictionaries of tensors in a value, by their path: `''` for the value itself, `state_dict.G_A`. */
function dictionariesIn(content: PickleValue): Map<string, Map<string, PickledTensor>> {
  const found = new Map<string, Map<string, PickledTensor>>();
  const seen = new Set<PickleValue>();
  const visit = (value: PickleValue, path: string, level: number): void => {
    if (!(value instanceof Map) || level > mostLevels || seen.has(value) || isOptimizer(value)) return;
    seen.add(value);
    if (isStateDict(value)) return void found.set(path, value);
    for (const [key, item] of value) {
      if (typeof key === 'string') visit(item, path === '' ? key : `${path}.${key}`, level + 1);
    }
  };
  visit(content, '', 0);
  return found;
}

/**
 * The name of a parameter of the known networks, and what stands before it: `netG_A.module.` The dot must match line breaks. Else a
 * long name that ends with one would take quadratic time.
 */
const parameterName = /^(.*?)((?:model|net)\.\d+\..+|model\.model\..+|mlp_\d+\.\d+\..+)$/s;

/**
 * Splits entries by the prefixes of their names. `module.`, which `nn.DataParallel` adds, is removed. Entries of a network that
 * is not known stay together.
 *
 * @param path the name of the dictionary in its file
 */
export function splitByPrefix(
  path: string,
  entries: Iterable<readonly [string, NamedArray]>,
): Record<string, StateDict> {
  const networks = new Map<string, Map<string, NamedArray>>();
  for (const [name, array] of entries) {
    const [, prefix = '', own = name] = parameterName.exec(name) ?? [];
    const parts = [path, ...prefix.split('.')].filter((part) => part !== '' && part !== 'module');
    const network = networks.get(parts.join('.')) ?? new Map<string, NamedArray>();
    networks.set(parts.join('.'), network.set(own, array));
  }
  return Object.fromEntries([...networks].map(([name, network]) => [name, Object.fromEntries(network)]));
}

/**
 * The state dicts of a `.pth` file by name. The name of a dictionary that is the whole file is `''`.
 *
 * @param fileSize bytes of the file, which bound the copies of tensors that share memory
 */
export function stateDictsIn(
  content: PickleValue,
  fileSize: number,
  refuse: Refuse,
): Record<string, StateDict> {
  const read = tensorReader(refuse, fileSize);
  const dictionaries = dictionariesIn(content);
  if (dictionaries.size === 0) {
    const advice = 'Save the state dict: torch.save(network.state_dict(), path).';
    refuse(
      isOptimizer(content)
        ? `is the state of an optimizer, and has no weights.`
        : `has no state dict. ${advice}`,
    );
  }
  const found: Record<string, StateDict> = {};
  for (const [path, dictionary] of dictionaries) {
    const entries = [...dictionary].map(([name, tensor]) => [name, read(name, tensor)] as const);
    Object.assign(found, splitByPrefix(path, entries));
  }
  return found;
}

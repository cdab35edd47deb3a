/** The state of `torch.optim.Adam`, as `torch.save(optimizer.state_dict(), path)` writes it. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { NamedArray } from '../../models/state-dict.js';
import { type Refuse, refusing } from '../refuse.js';
import { type Picklable, PythonFloat, PythonTuple } from './pickle.js';
import { readPth } from './read-pth.js';
import { isOptimizer } from './state-dicts.js';
import { PickledTensor, tensorReader } from './tensor.js';
import type { PickleValue } from './unpickle.js';
import { encodePth } from './write-pth.js';

/** The state of a parameter. */
export interface AdamParameter {
  steps: number;
  m: NamedArray;
  v: NamedArray;
}

/** The options of all parameters. */
export interface AdamOptions {
  rate: number;
  initialRate: number;
  betas: readonly number[];
  epsilon: number;
}

/** The content of a file, in parts. Parameters that were never trained have no state. */
export function encodeAdam(
  parameters: readonly (AdamParameter | undefined)[],
  { rate, initialRate, betas, epsilon }: AdamOptions,
): Uint8Array[] {
  const slots = parameters.flatMap((own, i): [number, Picklable][] => {
    if (own === undefined) return [];
    const { steps, m, v } = own;
    const step: NamedArray = { shape: [], data: Float32Array.of(steps) };
    return [[i, new Map<string, Picklable>([['step', step], ['exp_avg', m], ['exp_avg_sq', v]])]]; // prettier-ignore
  });
  const group = new Map<string, Picklable>([
    ['lr', new PythonFloat(rate)],
    ['betas', new PythonTuple(betas.map((beta) => new PythonFloat(beta)))],
    ['eps', new PythonFloat(epsilon)],
    ['weight_decay', 0],
    ['amsgrad', false],
    ['maximize', false],
    ['foreach', null],
    ['capturable', false],
    ['differentiable', false],
    ['fused', null],
    ['initial_lr', new PythonFloat(initialRate)],
    ['params', [...parameters.keys()]],
  ]);
  return encodePth(new Map<string, Picklable>([['state', new Map(slots)], ['param_groups', [group]]])); // prettier-ignore
}

/**
 * Reads a file.
 *
 * @param count the count of parameters that it must have
 * @returns the state of each parameter by position, undefined for parameters without one; and the learning rate as a factor of the
 * initial one, if a scheduler of PyTorch has noted that
 * @throws CycleGANError `INVALID_DATA`, `INVALID_STATE`
 */
export function readAdam(
  where: string,
  name: string,
  bytes: Uint8Array,
  count: number,
): { parameters: (AdamParameter | undefined)[]; factor: number | undefined } {
  const refuse: Refuse = refusing(where, name);
  const invalid = (fault: string): never => {
    throw new CycleGANError('INVALID_STATE', `${where}: ${show(name)} ${fault}`);
  };
  const content = readPth(bytes, refuse);
  if (!isOptimizer(content)) return invalid('has no state of an optimizer. Save optimizer.state_dict().');
  const read = tensorReader(refuse, bytes.length);
  const [states, groups] = [content.get('state'), content.get('param_groups')];
  if (!(states instanceof Map) || !isGroups(groups)) {
    return invalid('has no state of an optimizer. Save optimizer.state_dict().');
  }
  const ids = groups.flatMap((group) => {
    const option = ['amsgrad', 'maximize', 'weight_decay'].find((each) => Boolean(group.get(each)));
    if (option !== undefined)
      invalid(`has the option ${show(option)}, which the Adam of this library does not have.`);
    const params = group.get('params');
    return Array.isArray(params) ? (params as unknown[]) : invalid('has a group without parameters.');
  });
  if (ids.length !== count) invalid(`must have ${count} parameters, got ${ids.length}. Is the model of the same architecture?`); // prettier-ignore
  const parameters = ids.map((id, i) => {
    const own: unknown = states.get(id);
    if (own === undefined) return undefined;
    const [step, m, v] = own instanceof Map ? ['step', 'exp_avg', 'exp_avg_sq'].map((key) => own.get(key) as unknown) : []; // prettier-ignore
    if (!(m instanceof PickledTensor) || !(v instanceof PickledTensor)) {
      return invalid(`has no "exp_avg" and "exp_avg_sq" for parameter ${i}. Is it the state of Adam?`);
    }
    const steps = step instanceof PickledTensor ? Number(read('step', step).data[0]) : step;
    if (!Number.isSafeInteger(steps) || (steps as number) < 1) {
      return invalid(`must have a whole number from 1 as the step of parameter ${i}, got ${show(steps)}.`);
    }
    return { steps: steps as number, m: read('exp_avg', m), v: read('exp_avg_sq', v) };
  });
  return { parameters, factor: factorOf(groups[0]) };
}

const isGroups = (value: PickleValue): value is Map<string, PickleValue>[] =>
  Array.isArray(value) && value.every((group) => group instanceof Map);

function factorOf(group: Map<string, PickleValue> | undefined): number | undefined {
  const [rate, initial] = [group?.get('lr'), group?.get('initial_lr')];
  const isKnown = typeof rate === 'number' && typeof initial === 'number' && initial > 0 && rate >= 0;
  return isKnown ? rate / initial : undefined;
}

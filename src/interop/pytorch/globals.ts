/** The globals of Python that a pickle may name: functions that build tensors, types of storages, and a few containers. */
import { type ElementType, elementTypes } from '../element-types.js';
import { isStorage, type PickledTensor, tensorOf } from './tensor.js';

/** A global of Python. */
export interface Global {
  readonly name: string;
  /** The type of elements, for the types of storages. */
  readonly elements?: ElementType;
  /** Calls the function; undefined if the arguments are invalid. */
  call?(args: readonly unknown[]): unknown;
}

/** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)` */
const rebuildTensor = ([storage, offset, shape, strides]: readonly unknown[]): PickledTensor | undefined =>
  isStorage(storage) ? tensorOf(storage, offset, shape, strides) : undefined;

/** `_rebuild_parameter(tensor, requires_grad, hooks)` */
const rebuildParameter = ([tensor]: readonly unknown[]): unknown =>
  isStorage((tensor as Partial<PickledTensor> | null)?.storage) ? tensor : undefined;

const pairsOf = (pairs: unknown): Map<unknown, unknown> | undefined =>
  Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && typeof pair[0] === 'string')
    ? new Map(pairs as [unknown, unknown][])
    : undefined;

const functions: Record<string, Global['call']> = {
  'collections.OrderedDict': (args) => (args.length === 0 ? new Map() : pairsOf(args[0])),
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': rebuildParameter,
  'torch.Size': ([sizes]) => (Array.isArray(sizes) ? sizes : undefined),
  'builtins.set': ([items = []]) => (Array.isArray(items) ? new Set(items) : undefined),
};

const storages: Record<string, ElementType> = {
  FloatStorage: elementTypes.float32,
  DoubleStorage: elementTypes.float64,
  HalfStorage: elementTypes.float16,
  BFloat16Storage: elementTypes.bfloat16,
  LongStorage: elementTypes.int64,
  IntStorage: elementTypes.int32,
  ShortStorage: elementTypes.int16,
  CharStorage: elementTypes.int8,
  ByteStorage: elementTypes.uint8,
  BoolStorage: elementTypes.uint8,
};

/** The global of a name; undefined for all that a pickle must not use. */
export function globalOf(module: string, name: string): Global | undefined {
  const path = `${module.replace(/^__builtin__$/, 'builtins')}.${name}`;
  if (Object.hasOwn(functions, path)) return { name: path, call: functions[path]! };
  if (module !== 'torch' || !Object.hasOwn(storages, name)) return undefined;
  return { name: path, elements: storages[name]! };
}

/** What the backend was registered with: tfjs keeps the first backend of a name, so a second one must be the same. */
import { findBackendFactory } from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';
import { optionNames, type ResolvedOptions } from './runtime/options.js';

/** A property of the factory: it is removed with the factory, and other copies of this library can read it. */
export interface Registration {
  /** The module's class, which differs between modules. */
  readonly InferenceSession: unknown;
  readonly options: ResolvedOptions;
}

/**
 * Who has the backend's name: the same backend, with the same module and options; nobody; or else the error to throw,
 * `INVALID_ARGUMENT` for other ones, `INVALID_OPTION` for another backend.
 */
export function takenBy(
  where: string,
  { InferenceSession, options }: Registration,
): 'the same' | CycleGANError | undefined {
  const { name } = options;
  const factory = findBackendFactory(name) as { registration?: Registration } | null;
  if (factory === null) return undefined;
  const { registration } = factory;
  if (registration === undefined) {
    return new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "name" is "${name}", which is the name of another backend. Choose another name.`,
    );
  }
  const others = optionNames.filter((option) => !isSame(registration.options[option], options[option]));
  const differences = [
    ...(registration.InferenceSession === InferenceSession ? [] : ['another ONNX Runtime module']),
    ...(others.length === 0 ? [] : [`other options (${others.join(', ')})`]),
  ];
  if (differences.length === 0) return 'the same';
  return new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: backend "${name}" is registered already, with ${differences.join(' and ')}. ` +
      `Remove it first (tf.removeBackend('${name}')), or register under another option "name".`,
  );
}

/** Whether two options are equal. Objects other than plain ones, such as a GPU device, must be the same object. */
function isSame(a: unknown, b: unknown): boolean {
  if (!isPlain(a) || !isPlain(b)) return Object.is(a, b);
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Array.isArray(a) === Array.isArray(b) && [...names].every((name) => isSame(a[name], b[name]));
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';

/** The error for two copies of TensorFlow.js in one program. They share an engine and its tensors, but no layers or models. */
import { CycleGANError } from './errors.js';

/**
 * @param where the class or function that found it
 * @param found what came from the other copy
 */
export function twoCopies(where: string, found: string): CycleGANError {
  return new CycleGANError(
    'UNSUPPORTED',
    `${where}: ${found} of another copy of TensorFlow.js; this program has loaded two. ` +
      'Run "npm ls @tensorflow/tfjs-core @tensorflow/tfjs-layers" to find them and "npm dedupe" to keep one version; ' +
      'in a bundler resolve both packages to one folder (Vite: resolve.dedupe, webpack: resolve.alias).',
  );
}

/**
 * Runs `build`, which creates the variables of a model. All copies of TensorFlow.js register variables in one engine, but each
 * copy counts names separately, so names may collide.
 */
export function withCopiesNamed<T>(where: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof Error && error.message.endsWith('was already registered'))) throw error;
    throw twoCopies(where, 'the engine has variables');
  }
}

/** IO handlers of tfjs for saving and loading models. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';

/** The handlers that tfjs has for a URL. As in tfjs, a path without `scheme://` is relative to the page. */
function handlersFor(url: string, purpose: 'save' | 'load'): tf.io.IOHandler[] {
  if (purpose === 'save') return tf.io.getSaveHandlers(url);
  const relative = !url.includes('://') && tf.env().getBool('IS_BROWSER');
  return relative ? [tf.io.http(url)] : tf.io.getLoadHandlers(url);
}

/** The handler for `target`, which is a handler or a URL. */
export function ioHandler(
  where: string,
  target: string | tf.io.IOHandler,
  purpose: 'save' | 'load',
): tf.io.IOHandler {
  if (typeof target === 'object' && (target as unknown) !== null) {
    if (typeof target[purpose] === 'function') return target;
    throw new CycleGANError('INVALID_ARGUMENT', `${where}: this IO handler cannot ${purpose}.`);
  }
  const [handler] = typeof target === 'string' ? handlersFor(target, purpose) : [];
  if (handler === undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected an IO handler or a URL with a registered handler, got ${show(target)}. ` +
        `In Node.js, use fileSystem(folder) of 'ts-cyclegan/node', or 'file://…' with @tensorflow/tfjs-node.`,
    );
  }
  return handler;
}

/**
 * Loads artifacts. Errors of the handler, such as a missing file or invalid JSON, become a `CycleGANError`.
 *
 * @param source what the handler was found by, for messages
 */
export async function loadArtifacts(
  where: string,
  handler: tf.io.IOHandler,
  source: string | tf.io.IOHandler,
): Promise<tf.io.ModelArtifacts> {
  try {
    return await handler.load!();
  } catch (cause) {
    if (isCycleGANError(cause)) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new CycleGANError(
      message.includes('status code 404') ? 'NOT_FOUND' : 'INVALID_MODEL',
      `${where}: ${typeof source === 'string' ? show(source) : 'the model'} cannot be read: ${message}`,
      { cause },
    );
  }
}

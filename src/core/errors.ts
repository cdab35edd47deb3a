/**
 * The error class of this library. Every message names the function, the argument, the expected and the actual value, and a
 * remedy. `code` is stable, for programs.
 */

/** The kind of an error. Codes are stable between versions, unlike messages. */
export type ErrorCode =
  | 'UNKNOWN_OPTION' // an option that does not exist, often a misspelled one
  | 'INVALID_OPTION' // an option out of its range, or options that cannot be combined
  | 'INVALID_ARGUMENT' // an argument that is not an option: a wrong type, an empty list
  | 'INVALID_SHAPE' // a tensor or image of the wrong size or channel count
  | 'INVALID_WEIGHTS' // named arrays that are missing, unknown or of the wrong shape
  | 'INVALID_MODEL' // networks that do not fit together, or a saved model that is damaged or of another version
  | 'INVALID_STATE' // a trainer state that does not belong to this trainer
  | 'INVALID_DATA' // images that cannot be read, or none at all
  | 'NOT_FOUND' // a file or folder that does not exist
  | 'NETWORK' // a server that cannot be reached, or that sends something else than was asked for
  | 'DISK' // a disk that is full or cannot be written to
  | 'DISPOSED' // use after dispose()
  | 'BUSY' // another operation is running; try again when it has ended
  | 'NOT_A_NUMBER' // a loss or weight is NaN or infinite
  | 'ENGINE' // the compute engine rejected a computation or failed
  | 'DEVICE_LOST' // the GPU is gone, and what was in its memory with it
  | 'OUT_OF_MEMORY' // a computation needs more memory than is available
  | 'UNSUPPORTED'; // not available on this backend, network or platform

/**
 * The error that every part of the library throws.
 *
 * @example
 * ```ts
 * import { CycleGAN, isCycleGANError } from 'ts-cyclegan';
 * try {
 *   new CycleGAN({ filters: 0 });
 * } catch (error) {
 *   if (isCycleGANError(error, 'INVALID_OPTION')) console.log(error.message);
 *   else throw error;
 * }
 * ```
 */
export class CycleGANError extends Error {
  /** Always the name of this class. */
  override readonly name = 'CycleGANError';
  /** The kind of the error, for programs. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Whether `error` comes from this library and, if `code` is given, has this code.
 *
 * Compares the name and the code, not the class, so it also works if a program has loaded the library twice (as ESM and as
 * CommonJS, for example).
 */
export function isCycleGANError(error: unknown, code?: ErrorCode): error is CycleGANError {
  if (!(error instanceof Error) || error.name !== 'CycleGANError') return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

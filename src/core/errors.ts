/**
 * The one error class of the library. Every message says where it happened, which argument,
 * what was expected, what came instead, and what to do; `code` is stable and made for programs.
 */

/** What kind of thing went wrong; stable between versions, unlike the messages. */
export type ErrorCode =
  | 'UNKNOWN_OPTION' // an option that does not exist, often a misspelled one
  | 'INVALID_OPTION' // an option out of its range, or options that exclude each other
  | 'INVALID_ARGUMENT' // an argument that is not an option: a wrong type, an empty list
  | 'INVALID_SHAPE' // a tensor or image of a size or channel count that does not fit
  | 'INVALID_WEIGHTS' // named arrays that are missing, unknown or misshapen
  | 'INVALID_MODEL' // a saved model, or networks, that do not fit together or are of another version
  | 'INVALID_STATE' // a trainer state that does not belong to this trainer
  | 'INVALID_DATA' // images that cannot be read, or none at all
  | 'NOT_FOUND' // a file or folder that does not exist
  | 'DISPOSED' // use after dispose()
  | 'BUSY' // not now: something else is under way that it would disturb
  | 'NOT_A_NUMBER' // a loss became NaN or infinite
  | 'ENGINE' // the engine underneath refused a computation, or failed in it
  | 'OUT_OF_MEMORY' // a computation needs more memory than there is
  | 'UNSUPPORTED'; // what this backend, network or platform cannot do

/**
 * Thrown by every part of the library.
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
  /** The kind of error, for programs. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Whether `error` comes from this library, and is of kind `code` if one is given.
 * Looks at the name and code, not at the class, so it also holds when a program has loaded the
 * library twice (as ESM and as CommonJS, say).
 */
export function isCycleGANError(error: unknown, code?: ErrorCode): error is CycleGANError {
  if (!(error instanceof Error) || error.name !== 'CycleGANError') return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

/** Errors between threads: classes and codes do not survive the way, so they travel as plain data. */
import { CycleGANError, type ErrorCode, isCycleGANError } from '../../core/errors.js';
import type { SentError } from './protocol.js';

/** Runs `work` in the Worker. What it throws can be sent. */
export async function sending<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const sent: SentError = {
      cyclegan: true,
      code: isCycleGANError(error) ? error.code : undefined,
      message,
    };
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- plain data, which structured cloning keeps
    throw sent;
  }
}

/** The error that the Worker has sent. Others are the browser's. */
export function received(error: unknown): unknown {
  const { cyclegan, code, message } = (error ?? {}) as Partial<SentError>;
  if (cyclegan !== true) return error;
  return new CycleGANError((code as ErrorCode | undefined) ?? 'ENGINE', message!);
}

/** One HTTP request for the rest of a file, and the checks of its response. */
import type { Origin } from './partial-file.js';

/** A request that did not return the whole file. */
export class Failure extends Error {
  constructor(
    reason: string,
    /**
     * `'retry'`: the same request may succeed later. `'restart'`: the bytes on the disk belong to another file. `'missing'`:
     * the server does not have the file.
     */
    readonly next: 'retry' | 'restart' | 'missing',
    /** Milliseconds that the server asks to wait. */
    readonly wait = 0,
  ) {
    super(reason);
  }
}

export interface Answer {
  /** Position of the first byte of the body in the file: 0, or as many bytes as there are on the disk. */
  start: number;
  origin: Origin;
  body: ReadableStreamDefaultReader<Uint8Array>;
}

/** Runs a step of a connection. Its errors, except an abort, are failures. */
export async function connected<T>(signal: AbortSignal | undefined, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    signal?.throwIfAborted();
    throw new Failure(reasonOf(error), 'retry');
  }
}

/** `fetch` says only "fetch failed" and "terminated"; the cause has the reason. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error & { code?: string } };
  if (!cause) return message;
  return cause.message || (cause.code ?? message); // empty if several addresses were tried
}

/**
 * Asks for the bytes from `have` on.
 *
 * @param stop ends the connection
 * @throws Failure
 */
export async function request(
  url: string,
  have: number,
  origin: Origin | undefined,
  signal: AbortSignal | undefined,
  stop: AbortSignal,
): Promise<Answer> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  const resumes = have > 0 && origin?.validator !== undefined;
  if (resumes) {
    headers.range = `bytes=${have}-`;
    headers['if-range'] = origin.validator!; // the whole file is sent if it has changed
  }
  const response = await connected(signal, () => fetch(url, { headers, signal: stop }));
  const { status, body } = response;
  if (status !== 200 && status !== 206) {
    await body?.cancel();
    throw refusal(response);
  }
  const start = status === 206 ? have : 0;
  const total = sizeOf(response, start);
  if (status === 206 && (!resumes || total !== origin.total)) {
    await body?.cancel();
    throw new Failure('the server sent another part of the file than it was asked for', 'restart');
  }
  const validator = validatorOf(response);
  return {
    start,
    origin: {
      url,
      ...(validator !== undefined && { validator }),
      ...(total !== undefined && { total }),
    },
    body: (body ?? new Blob([]).stream()).getReader(),
  };
}

function refusal({ status, statusText, headers }: Response): Failure {
  const reason = `HTTP ${status} ${statusText}`.trim();
  if (status === 416) return new Failure(reason, 'restart');
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = Number(headers.get('retry-after'));
    return new Failure(reason, 'retry', seconds > 0 ? 1000 * seconds : 0);
  }
  return new Failure(reason, 'missing');
}

/** Size of the whole file. Undefined if unknown, or if a 206 does not begin at `start`. */
function sizeOf({ status, headers }: Response, start: number): number | undefined {
  if (status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
    return Number(from) === start ? Number(total) : undefined;
  }
  const length = headers.get('content-length');
  return length === null || isEncoded(headers) ? undefined : Number(length);
}

/** Some servers send .tar.gz with "Content-Encoding: gzip". `fetch` then returns the .tar, whose size is unknown. */
const isEncoded = (headers: Headers): boolean =>
  !['', 'identity'].includes(headers.get('content-encoding') ?? '');

/** A weak ETag (W/"…") does not promise equal bytes. */
function validatorOf({ headers }: Response): string | undefined {
  if (isEncoded(headers)) return undefined;
  const etag = headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return headers.get('last-modified') ?? undefined;
}

/**
 * Downloads a file, and resumes where an earlier call or connection ended. Bytes are kept on every error, and dropped only if the
 * file on the server has changed.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { onDisk, requireSpace } from './disk.js';
import type { PartialFile } from './partial-file.js';
import { connected, Failure, request } from './request.js';

/** How long a download waits for a server. */
export interface Patience {
  /** Consecutive attempts without a new byte before it gives up. */
  attempts: number;
  /** Milliseconds before the second attempt. They double with each further one. */
  delay: number;
  /** Milliseconds without a byte, after which a connection counts as cut. */
  silence: number;
}
export const patience: Patience = { attempts: 6, delay: 500, silence: 60_000 };

/** A server may ask for no longer wait than this, in milliseconds. */
const longestWait = 60_000;
/** A file may change on the server while it is downloaded, but not each time. */
const mostRestarts = 3;

export interface Transfer {
  /** Name of the function, for messages. */
  where: string;
  /** Addresses of the same file. The next one is used if one does not have the file, or sends nothing. */
  urls: readonly string[];
  file: PartialFile;
  /** Size in bytes, if known. */
  bytes?: number | undefined;
  signal?: AbortSignal | undefined;
  onBytes(have: number, total: number | undefined): void;
  onRetry(reason: string): void;
  patience: Patience;
}

/**
 * Returns when the whole file is on the disk.
 *
 * @throws CycleGANError `NETWORK`, `NOT_FOUND`, `DISK`, `INVALID_DATA` for another size than `bytes`; the reason of `signal`
 */
export async function transfer(job: Transfer): Promise<void> {
  const { origin } = await job.file.read();
  // the address of an earlier call is the first: only there can the download be resumed
  const urls = [...job.urls].sort((a, b) => Number(b === origin?.url) - Number(a === origin?.url));
  const failures: { url: string; failure: Failure }[] = [];
  for (const url of urls) {
    const failure = await fromServer(job, url);
    if (!failure) return;
    failures.push({ url, failure });
    const { have } = await job.file.read();
    if (failure.next !== 'missing' && have > 0) break; // another server would begin anew
  }
  const list = failures.map(({ url, failure }) => `${show(url)}: ${failure.message}`).join('; ');
  if (failures.every(({ failure }) => failure.next === 'missing')) {
    throw new CycleGANError(
      'NOT_FOUND',
      `${job.where}: no server has the file (${list}). Pass the address of a mirror as option "url".`,
    );
  }
  throw new CycleGANError(
    'NETWORK',
    `${job.where}: the download failed (${list}). Try again later: it resumes where it ended.`,
  );
}

/** Tries one server until it has sent the file, or until patience ends. Returns the last failure. */
async function fromServer(job: Transfer, url: string): Promise<Failure | undefined> {
  let [fruitless, restarts] = [0, 0];
  for (;;) {
    const { have: before } = await job.file.read();
    const failure = await attempt(job, url).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof Failure) return error;
        throw error;
      },
    );
    if (!failure || failure.next === 'missing') return failure;
    if (failure.next === 'restart') {
      if (++restarts > mostRestarts) return failure;
      await job.file.remove();
    } else {
      const { have } = await job.file.read();
      fruitless = have > before ? 1 : fruitless + 1;
      if (fruitless >= job.patience.attempts) return failure;
    }
    job.onRetry(failure.message);
    const wait = Math.max(job.patience.delay * 2 ** Math.max(0, fruitless - 1), failure.wait);
    await sleep(Math.min(wait, longestWait), undefined, { signal: job.signal }).catch(() => {
      job.signal?.throwIfAborted();
    });
  }
}

/** @throws Failure; CycleGANError `DISK`, `INVALID_DATA` */
async function attempt(job: Transfer, url: string): Promise<void> {
  job.signal?.throwIfAborted();
  const known = await job.file.read();
  const origin = known.origin?.url === url ? known.origin : undefined;
  const have = origin ? known.have : 0;
  if (origin?.total !== undefined && have >= origin.total) {
    if (have === origin.total) return; // ended between the last byte and the next step
    throw new Failure('more bytes were received than the server announced', 'restart');
  }

  const stop = new AbortController();
  const signal = job.signal ? AbortSignal.any([job.signal, stop.signal]) : stop.signal;
  const silent = () => {
    const seconds = job.patience.silence / 1000;
    stop.abort(new Error(`the server sent nothing for ${seconds} seconds`));
  };
  const timer = setTimeout(silent, job.patience.silence);
  try {
    const answer = await request(url, have, origin, job.signal, signal);
    const { total } = answer.origin;
    if (job.bytes !== undefined && total !== undefined && total !== job.bytes)
      throw wrongSize(job, url, total);
    const { path } = job.file;
    if (total !== undefined) await requireSpace(job.where, path, total - answer.start, kept);
    if (answer.start === 0) {
      await job.file.remove();
      await saving(job, () => job.file.note(answer.origin));
    }
    const handle = await saving(job, () => open(path, answer.start === 0 ? 'w' : 'r+'));
    try {
      await receive(job, handle, answer, () => timer.refresh());
    } finally {
      await handle.close();
    }
  } finally {
    clearTimeout(timer);
    stop.abort(); // ends the connection if the body has not been read to its end
  }
}

type Answer = Awaited<ReturnType<typeof request>>;

async function receive(
  job: Transfer,
  handle: FileHandle,
  { start, origin: { total }, body }: Answer,
  onChunk: () => void,
): Promise<void> {
  let have = start;
  job.onBytes(have, total);
  for (;;) {
    const { done, value } = await connected(job.signal, () => body.read());
    if (done) break;
    onChunk();
    await saving(job, () => writeAll(handle, value, have));
    have += value.length;
    job.onBytes(have, total);
  }
  if (total !== undefined && have < total) {
    throw new Failure(`the connection ended after ${have} of ${total} bytes`, 'retry');
  }
  await saving(job, () => handle.datasync());
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

const kept = 'The downloaded bytes are kept. Make space, then try again: it resumes where it ended.';
const saving = <T>(job: Transfer, write: () => Promise<T>) => onDisk(job.where, job.file.path, kept, write);

const wrongSize = ({ where, bytes }: Transfer, url: string, total: number) =>
  new CycleGANError(
    'INVALID_DATA',
    `${where}: ${show(url)} has ${total} bytes, expected ${bytes}: the file on the server has changed. ` +
      'To use it unchecked, pass the part of the address before the file name as option "url".',
  );

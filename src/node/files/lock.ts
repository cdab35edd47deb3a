/**
 * Lock files: one process at a time works in a folder. The file names the process. A lock is stale if its process has ended, so a
 * killed process is in nobody's way. Whether a process on another machine still runs is unknown. So the time of the file is renewed
 * while the work goes on, and the lock is stale if that was more than ten minutes ago.
 *
 * Locks by time alone, as in `proper-lockfile`, do not fit: a training step can block the event loop for seconds, so the lock could
 * not be renewed.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { codeOf } from './error-code.js';

/** A lock that is held. */
export interface Lock {
  /** Renews the time of the file, at most once a minute. */
  renew(): void;
  release(): void;
}

interface Holder {
  pid: number;
  host: string;
  id: string;
}

/** Paths of the locks that this process holds. A process that ended may have had the same id, in containers for example. */
const held = new Set<string>();

const staleAfter = 10 * 60_000;
const renewAfter = 60_000;
/** A file without content is being written, or was left by a crash. */
const emptyFor = 2000;

/**
 * Takes a lock.
 *
 * @param path the file
 * @param busy the message if another process holds the lock, such as `Process 12 on "host"`
 * @throws CycleGANError `BUSY`
 */
export function takeLock(path: string, busy: (holder: string) => string): Lock {
  const own: Holder = { pid: process.pid, host: hostname(), id: randomUUID() };
  if (!create(path, own)) replaceStale(path, own, busy);
  held.add(path);
  const isOwn = () => holderOf(path)?.id === own.id;
  const release = () => {
    process.off('exit', release);
    held.delete(path);
    if (isOwn()) rmSync(path, { force: true });
  };
  process.once('exit', release);
  let renewed = Date.now();
  return {
    renew() {
      const now = Date.now();
      if (now - renewed < renewAfter) return;
      renewed = now;
      if (isOwn()) utimesSync(path, now / 1000, now / 1000);
    },
    release,
  };
}

/** Creates the file, unless there is one. Hard links would do this at once, but not all file systems have them. */
function create(path: string, own: Holder): boolean {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(path, JSON.stringify(own));
    return true;
  } catch (error) {
    rmSync(path, { force: true }); // the disk is full
    throw error;
  }
}

/** Replaces a stale lock. Meanwhile a folder serves as a second lock, so that only one process can replace it. */
function replaceStale(path: string, own: Holder, busy: (holder: string) => string): void {
  const refuse = () => {
    const holder = holderOf(path);
    const name = holder === undefined ? 'Another process' : `Process ${holder.pid} on ${show(holder.host)}`;
    return new CycleGANError('BUSY', busy(name));
  };
  const guard = `${path}.replacing`;
  if ((ageOf(guard) ?? 0) > 10_000) rmdirSync(guard); // its process was killed
  try {
    mkdirSync(guard);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw refuse();
  }
  try {
    if (isAlive(path)) throw refuse();
    rmSync(path, { force: true });
    if (!create(path, own)) throw refuse();
  } finally {
    rmdirSync(guard);
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Milliseconds since the file was written; undefined if there is none. */
function ageOf(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && Date.now() - stats.mtimeMs;
}

function isAlive(path: string): boolean {
  const holder = holderOf(path);
  const age = ageOf(path) ?? Infinity;
  if (holder === undefined) return age < emptyFor;
  const { pid, host } = holder;
  if (host !== hostname()) return age < staleAfter;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // a process of another user
  }
}

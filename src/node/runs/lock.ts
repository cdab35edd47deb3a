/**
 * The lock of a run folder: one process trains in it at a time. `lock.json` names the process. A lock is stale if its process has
 * ended, so a killed run can be resumed at once. Whether a process on another machine still runs is unknown. So the time of the file is
 * renewed while training, and the lock is stale if that was more than ten minutes ago.
 *
 * Locks by time alone, as in `proper-lockfile`, do not fit: a training step can block the event loop for seconds, so the lock could
 * not be renewed.
 */
import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';

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

/**
 * Takes the lock of a run folder.
 *
 * @throws CycleGANError `BUSY` if another process holds it
 */
export function takeLock(where: string, path: string): Lock {
  const own: Holder = { pid: process.pid, host: hostname(), id: randomUUID() };
  const draft = `${path}.${own.id}`;
  try {
    writeFileSync(draft, JSON.stringify(own));
    if (!tryLink(draft, path)) replaceStale(where, path, draft);
  } finally {
    rmSync(draft, { force: true });
  }
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

/** Whether a name is that of a lock which a killed process did not take. The holder of the lock may remove it. */
export const isLockDraft = (name: string): boolean =>
  /^lock\.json\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(name);

/** Gives the lock file its name, unless there is one: a link is atomic. */
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Replaces a stale lock. Meanwhile a folder serves as a second lock, so that only one process can replace it. */
function replaceStale(where: string, path: string, draft: string): void {
  const guard = `${path}.replacing`;
  const age = ageOf(guard);
  if (age !== undefined && age > 10_000) rmdirSync(guard); // its process was killed
  try {
    mkdirSync(guard);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw busy(where, path, holderOf(path));
  }
  try {
    const holder = holderOf(path);
    if (holder !== undefined && isAlive(holder, path)) throw busy(where, path, holder);
    rmSync(path, { force: true });
    if (!tryLink(draft, path)) throw busy(where, path, holderOf(path));
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

function ageOf(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && Date.now() - stats.mtimeMs;
}

const isAlive = ({ pid, host }: Holder, path: string): boolean => {
  if (host !== hostname()) return (ageOf(path) ?? Infinity) < staleAfter;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // a process of another user
  }
};

function busy(where: string, path: string, holder: Holder | undefined): CycleGANError {
  const who = holder === undefined ? 'Another process' : `Process ${holder.pid} on ${show(holder.host)}`;
  return new CycleGANError(
    'BUSY',
    `${where}: ${who} is training in this run folder. Wait until it ends, or use another folder. ` +
      `If there is no such process, remove ${show(path)}.`,
  );
}

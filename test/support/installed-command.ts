/** The command `ts-cyclegan` of a project that has installed the packed tarball. Only for tests of the vitest project `package`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

export interface Ended {
  /** null if a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A process whose output is collected. */
export interface Started {
  child: ChildProcess;
  /** What it has printed until now. */
  printed: { stdout: string; stderr: string };
  closed: Promise<Ended>;
}

export const bin = (project: string) => join(project, 'node_modules/.bin/ts-cyclegan');

/** Starts a program. Colours depend on the test alone. */
export function started(command: string, args: readonly string[], cwd: string, env = {}): Started {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...own } = process.env;
  const child = spawn(command, args, { cwd, env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (printed.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
  const closed = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...printed }));
  });
  return { child, printed, closed };
}

/** Runs a program to its end, whatever its exit code. */
export const ended = (command: string, args: readonly string[], cwd: string, env = {}): Promise<Ended> =>
  started(command, args, cwd, env).closed;

/** Writes a PNG file of noise, which depends on `seed` only. */
export async function noiseImage(file: string, width: number, height: number, seed: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  let state = seed + 1;
  const next = () => (state = Math.imul(state, 1664525) + 1013904223) >>> 24; // the high bits of an LCG
  const data = Uint8Array.from({ length: width * height * 3 }, next);
  await sharp(data, { raw: { width, height, channels: 3 } }).toFile(file);
}

/** Writes `count` images to each of these folders. */
export async function noiseFolders(folder: string, names: readonly string[], count: number): Promise<void> {
  for (const [i, name] of names.entries()) {
    for (let j = 0; j < count; j++) await noiseImage(join(folder, name, `${j}.png`), 28, 26, 100 * i + j);
  }
}

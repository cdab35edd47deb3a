/** Opens files of a run folder. Nothing outside of the folder is read, also if a symbolic link leads there. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { SheetInfo } from '../protocol.js';

/** Errors that mean: not there, or not for us. */
const absent = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'EISDIR', 'EINVAL']);
const isAbsent = (error: unknown): boolean => absent.has((error as NodeJS.ErrnoException).code ?? '');

/** A file of the folder, opened for reading; undefined if it is missing, no plain file, or outside of the folder. */
export async function openInside(folder: string, name: string): Promise<FileHandle | undefined> {
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
    if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
    // without waiting for a writer, in case the name is a pipe
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The content of a small file, or undefined. */
export async function readInside(folder: string, name: string, limit: number): Promise<Buffer | undefined> {
  const file = await openInside(folder, name);
  if (!file) return undefined;
  try {
    return (await file.stat()).size <= limit ? await file.readFile() : undefined;
  } finally {
    await file.close();
  }
}

/** The JSON object of a file, or undefined if there is none. */
export async function readJson(folder: string, name: string): Promise<Record<string, unknown> | undefined> {
  const text = await readInside(folder, name, 1 << 22);
  try {
    const value: unknown = text && JSON.parse(text.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // being written, or broken: the next look may find it whole
  }
}

const sheetName = /^step-(\d{1,15})\.png$/;

/** File names of the sheets, by step. */
export async function listSheets(folder: string): Promise<Map<number, string>> {
  const names = await readdir(join(folder, 'samples')).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const sheets = names.flatMap((name): [number, string][] => {
    const match = sheetName.exec(name);
    return match ? [[Number(match[1]), name]] : [];
  });
  return new Map(sheets.sort(([a], [b]) => a - b));
}

/** A sheet as the page names it; undefined if it cannot be opened. */
export async function sheetInfo(folder: string, step: number, name: string): Promise<SheetInfo | undefined> {
  const file = await openInside(folder, join('samples', name));
  if (!file) return undefined;
  try {
    const { mtimeMs, size } = await file.stat();
    return { step, version: `${Math.floor(mtimeMs).toString(36)}-${size.toString(36)}` };
  } finally {
    await file.close();
  }
}

/** A partially downloaded file, and next to it the facts that are needed to resume. */
import { readFile, rm, stat } from 'node:fs/promises';
import { writeFileAtomically } from '../files/write-file.js';

/** What the server reported about the file when its first byte was received. */
export interface Origin {
  url: string;
  /** A strong ETag or, without one, the value of Last-Modified. Undefined if the download cannot be resumed. */
  validator?: string;
  /** Size of the whole file in bytes. Undefined if the server did not say. */
  total?: number;
}

export interface PartialFile {
  readonly path: string;
  /** Bytes that are on the disk, and their origin. */
  read(): Promise<{ have: number; origin: Origin | undefined }>;
  /** Records the origin of the bytes that will be written. */
  note(origin: Origin): Promise<void>;
  /** Removes all of it. */
  remove(): Promise<void>;
}

export function partialFile(path: string): PartialFile {
  const facts = `${path}.json`;
  return {
    path,
    async read() {
      const origin = await readFile(facts, 'utf8').then(parse, () => undefined);
      const have = await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
      return origin ? { have, origin } : { have: 0, origin };
    },
    note: (origin) => writeFileAtomically(facts, JSON.stringify(origin)),
    async remove() {
      await rm(facts, { force: true }); // first: bytes without facts are never used
      await rm(path, { force: true });
    },
  };
}

function parse(text: string): Origin | undefined {
  try {
    const { url, validator, total } = JSON.parse(text) as Partial<Origin>;
    if (typeof url !== 'string') return undefined;
    return {
      url,
      ...(typeof validator === 'string' && { validator }),
      ...(typeof total === 'number' && { total }),
    };
  } catch {
    return undefined;
  }
}

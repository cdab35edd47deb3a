/** Loads sharp, an optional dependency, when the first image is read or written. */
import type sharp from 'sharp';
import { CycleGANError } from '../../core/errors.js';

/** The module sharp. */
export type Sharp = typeof sharp;

/** Older versions lose the colour profile of 16-bit grey images. The range in `package.json` starts with it, too. */
const oldest = '0.34.3';

/** @throws CycleGANError `UNSUPPORTED` if it is not installed, is too old or does not run */
export async function loadSharp(): Promise<Sharp> {
  const module = await import('sharp').catch((cause: unknown) => {
    const missing = (cause as NodeJS.ErrnoException).code?.endsWith('MODULE_NOT_FOUND') === true;
    const why = missing ? 'is not installed' : `cannot be loaded: ${(cause as Error).message}`;
    throw unusable(`${why}. Run: npm install sharp`, cause);
  });
  const { sharp: version } = module.default.versions as Partial<Record<string, string>>;
  if (version === undefined || version.localeCompare(oldest, 'en', { numeric: true }) < 0) {
    const got = version ?? 'an unknown version';
    throw unusable(`must be ${oldest} or newer, got ${got}. Run: npm install sharp@latest`);
  }
  return module.default;
}

const unusable = (why: string, cause?: unknown) =>
  new CycleGANError('UNSUPPORTED', `ts-cyclegan/node: images are read and written with sharp, which ${why}`, {
    cause,
  });

/** sharp is an optional peer: loaded when a picture is first read or written, asked for by name where it is missing. */
import type sharp from 'sharp';
import { CycleGANError } from '../core/errors.js';

/** The module sharp. */
export type Sharp = typeof sharp;

/** @throws CycleGANError `UNSUPPORTED` where it is not installed or does not run */
export async function loadSharp(): Promise<Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code?.endsWith('MODULE_NOT_FOUND') === true;
    const why = missing ? 'is not installed' : `cannot be loaded: ${(cause as Error).message}`;
    throw new CycleGANError(
      'UNSUPPORTED',
      `ts-cyclegan/node: pictures are read and written with sharp, which ${why}. Run: npm install sharp`,
      { cause },
    );
  }
}

/** Checks the entries of a weights manifest, and computes their size in bytes. */
import type { io } from '@tensorflow/tfjs-core';
import { show } from './options.js';

/** Bytes of one stored value. Strings have no fixed length. */
const stored: Record<string, number> = { float32: 4, int32: 4, bool: 1, complex64: 8, string: NaN };
const quantized: Record<string, number> = { float16: 2, uint8: 1, uint16: 2 };

const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 0;

/** The count of elements of a shape. */
export const valuesOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Bytes of one weight; NaN if the manifest does not tell, as for strings. */
export function bytesOf({ shape, dtype, quantization }: io.WeightsManifestEntry): number {
  return valuesOf(shape) * (quantization === undefined ? stored[dtype]! : quantized[quantization.dtype]!);
}

/** Describes the fault of `specs`; undefined if tfjs can decode weights with it. */
export function specFault(specs: unknown): string | undefined {
  if (!Array.isArray(specs)) return `the list of weights must be an array, got ${show(specs)}`;
  const names = new Set<string>();
  for (const [i, spec] of (specs as (Partial<io.WeightsManifestEntry> | null)[]).entries()) {
    const { name, shape, dtype, quantization } = spec ?? {};
    if (typeof name !== 'string' || name === '') return `weight ${i} has no name`;
    if (names.has(name)) return `two weights have the name ${show(name)}`;
    names.add(name);
    if (!Array.isArray(shape) || !shape.every(isSize) || !isSize(8 * valuesOf(shape))) {
      return `the weight ${show(name)} must have a shape of whole numbers, got ${show(shape)}`;
    }
    if (!Object.hasOwn(stored, String(dtype))) {
      return `the weight ${show(name)} must have a dtype of TensorFlow.js, got ${show(dtype)}`;
    }
    const fault = quantization === undefined ? undefined : quantizationFault(quantization, dtype!);
    if (fault !== undefined) return `the weight ${show(name)} ${fault}`;
  }
  return undefined;
}

function quantizationFault(quantization: unknown, dtype: string): string | undefined {
  const { dtype: to, scale, min } = (quantization ?? {}) as Record<string, unknown>;
  if (!Object.hasOwn(quantized, String(to))) {
    return `must be quantized to float16, uint8 or uint16, got ${show(to)}`;
  }
  if (dtype !== 'float32' && !(dtype === 'int32' && to !== 'float16')) {
    return `of dtype ${dtype} cannot be quantized to ${show(to)}`;
  }
  const most = (scale as number) * 2 ** (8 * quantized[String(to)]!) + (min as number);
  if (
    to !== 'float16' &&
    !(Number.isFinite(scale) && Number.isFinite(min) && Number.isFinite(Math.fround(most)))
  ) {
    return `must be quantized with a finite scale and minimum, got ${show(scale)} and ${show(min)}`;
  }
  return undefined;
}

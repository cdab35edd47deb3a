/** Converts the bytes of weights to float16, and checks that all weights are finite. */
import type { io } from '@tensorflow/tfjs-core';
import { setFloat16 } from '@petamoriken/float16';
import { bytesOf } from '../core/weight-specs.js';

/**
 * Calls `visit` with each entry and its bytes, which are aligned.
 *
 * @param data the bytes of all weights, or a buffer for each weight
 */
function forEachWeight(
  specs: readonly io.WeightsManifestEntry[],
  data: io.WeightData,
  visit: (spec: io.WeightsManifestEntry, bytes: Uint8Array) => void,
): void {
  if (Array.isArray(data)) {
    specs.forEach((spec, i) => visit(spec, new Uint8Array(data[i]!)));
    return;
  }
  const all = new Uint8Array(data);
  let at = 0;
  for (const spec of specs) {
    const bytes = bytesOf(spec);
    const own = all.subarray(at, at + bytes);
    visit(spec, at % 4 === 0 ? own : own.slice());
    at += bytes;
  }
}

const floats = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new Float32Array(buffer, byteOffset, byteLength / 4);
const halves = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new Uint16Array(buffer, byteOffset, byteLength / 2);

/** The name of the first weight that holds NaN or Infinity. */
export function nonFiniteWeight(
  specs: readonly io.WeightsManifestEntry[],
  data: io.WeightData,
): string | undefined {
  let found: string | undefined;
  forEachWeight(specs, data, ({ name, dtype, quantization }, bytes) => {
    if (dtype !== 'float32' || found !== undefined) return;
    const isFinite =
      quantization === undefined
        ? floats(bytes).every(Number.isFinite)
        : quantization.dtype !== 'float16' || halves(bytes).every((bits) => (bits & 0x7c00) !== 0x7c00);
    if (!isFinite) found = name;
  });
  return found;
}

/** Rounds float32 weights to float16. Returns a buffer for each weight. */
export function toFloat16(
  specs: readonly io.WeightsManifestEntry[],
  data: io.WeightData,
): { specs: io.WeightsManifestEntry[]; data: ArrayBuffer[] } {
  const smaller: io.WeightsManifestEntry[] = [];
  const parts: ArrayBuffer[] = [];
  forEachWeight(specs, data, (spec, bytes) => {
    if (spec.dtype !== 'float32') {
      smaller.push(spec);
      parts.push(bytes.slice().buffer);
      return;
    }
    const view = new DataView(new ArrayBuffer(bytes.length / 2));
    floats(bytes).forEach((value, i) => setFloat16(view, 2 * i, value, true));
    smaller.push({ ...spec, quantization: { dtype: 'float16' } as never });
    parts.push(view.buffer);
  });
  return { specs: smaller, data: parts };
}

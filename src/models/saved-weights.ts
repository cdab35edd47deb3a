/** Converts the bytes of weights to float16, and checks that all weights are finite. */
import type { io } from '@tensorflow/tfjs-core';
import { setFloat16 } from '@petamoriken/float16';
import { bytesOf } from '../core/weight-specs.js';

/** Calls `visit` with each entry and its bytes. */
function forEachWeight(
  specs: readonly io.WeightsManifestEntry[],
  data: ArrayBuffer,
  visit: (spec: io.WeightsManifestEntry, bytes: ArrayBuffer) => void,
): void {
  let at = 0;
  for (const spec of specs) {
    const bytes = bytesOf(spec);
    visit(spec, data.slice(at, at + bytes)); // a copy is always aligned
    at += bytes;
  }
}

/** The name of the first weight that holds NaN or Infinity. */
export function nonFiniteWeight(
  specs: readonly io.WeightsManifestEntry[],
  data: ArrayBuffer,
): string | undefined {
  let found: string | undefined;
  forEachWeight(specs, data, ({ name, dtype, quantization }, bytes) => {
    if (dtype !== 'float32' || found !== undefined) return;
    const isFinite =
      quantization === undefined
        ? new Float32Array(bytes).every(Number.isFinite)
        : quantization.dtype !== 'float16' ||
          new Uint16Array(bytes).every((bits) => (bits & 0x7c00) !== 0x7c00);
    if (!isFinite) found = name;
  });
  return found;
}

/** Rounds float32 weights to float16. */
export function toFloat16(
  specs: readonly io.WeightsManifestEntry[],
  data: ArrayBuffer,
): { specs: io.WeightsManifestEntry[]; data: ArrayBuffer } {
  const smaller = specs.map((spec): io.WeightsManifestEntry =>
    spec.dtype === 'float32' ? { ...spec, quantization: { dtype: 'float16' } as never } : spec,
  );
  const bytes = new Uint8Array(smaller.reduce((sum, spec) => sum + bytesOf(spec), 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  forEachWeight(specs, data, ({ dtype }, weight) => {
    if (dtype !== 'float32') {
      bytes.set(new Uint8Array(weight), at);
      at += weight.byteLength;
      return;
    }
    for (const value of new Float32Array(weight)) {
      setFloat16(view, at, value, true);
      at += 2;
    }
  });
  return { specs: smaller, data: bytes.buffer };
}

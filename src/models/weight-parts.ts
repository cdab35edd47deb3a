/**
 * The weights of a model in parts, one part for each weight. Handlers that take them so save a model without copying its weights:
 * a save would need three times their memory otherwise (all weights joined, and a copy for each hash).
 */
import * as tf from '@tensorflow/tfjs-core';

/** Weights and their bytes, in the same order. */
export interface WeightParts {
  specs: tf.io.WeightsManifestEntry[];
  parts: ArrayBuffer[];
}

/** A handler that takes `weightData` as one buffer for each weight. It only reads them: they may be the memory of the weights. */
export interface PartsHandler extends tf.io.IOHandler {
  /** The SHA-256 of bytes in parts, as 64 hexadecimal digits, without a copy. */
  readonly sha256OfParts?: (parts: readonly ArrayBuffer[]) => Promise<string>;
}

/**
 * Reads weights. The parts are the memory of the tensors where a backend hands it out, as the cpu backend does; they remain valid
 * when the tensors are disposed.
 */
export async function readWeightParts(
  weights: readonly { name: string; tensor: tf.Tensor }[],
): Promise<WeightParts> {
  const specs = weights.map(({ name, tensor: { shape, dtype } }): tf.io.WeightsManifestEntry => {
    return { name, shape, dtype: dtype };
  });
  // all reads start now, so training can continue meanwhile
  const parts = await Promise.all(weights.map(({ name, tensor }) => bytesOfTensor(name, tensor)));
  return { specs, parts };
}

async function bytesOfTensor(name: string, tensor: tf.Tensor): Promise<ArrayBuffer> {
  if (tensor.dtype !== 'float32') return (await tf.io.encodeWeights([{ name, tensor }])).data;
  const { buffer, byteOffset, byteLength } = await tensor.data<'float32'>();
  const isWhole = buffer instanceof ArrayBuffer && byteLength === buffer.byteLength;
  return isWhole ? buffer : new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength)).buffer;
}

/** Joins buffers. One buffer is returned as it is. */
export function joinParts(data: tf.io.WeightData): ArrayBuffer {
  const parts = Array.isArray(data) ? data : [data];
  return parts.length === 1 && parts[0] instanceof ArrayBuffer
    ? parts[0]
    : tf.io.CompositeArrayBuffer.join(parts);
}

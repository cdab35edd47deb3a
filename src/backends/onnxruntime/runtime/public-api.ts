/** ONNX Runtime through its public API, which answers with promises: in browsers, and in Node if there is no native binding. */
import { CycleGANError } from '../../../core/errors.js';
import { Queue } from '../../../core/queue.js';
import { type ElementType } from '../../../onnx/index.js';
import { type HostData } from './host-data.js';
import { type OnnxRuntime, type PublicTensor } from './module.js';
import { type AsyncRuntime, type Feed, type Results } from './runtime.js';
import { type SessionMemory, type SessionOptions } from './session-options.js';

/**
 * Calls of ONNX Runtime, one after another, whichever backend they are for: onnxruntime-web's WebGPU breaks if one call
 * begins before another has ended.
 */
const calls = new Queue();

export function publicRuntime(
  ort: OnnxRuntime,
  options: Omit<SessionOptions, keyof SessionMemory>,
  reason: string,
): AsyncRuntime {
  return {
    sync: false,
    reason,
    async createSession(model, memory) {
      const session = await calls
        .run(() => ort.InferenceSession.create(model, { ...options, ...memory }))
        .catch((cause: unknown) => {
          throw explained(cause);
        });
      return {
        run: (feeds, fetches) =>
          calls.run(async () => {
            const fed: Record<string, object> = {};
            for (const [name, feed] of Object.entries(feeds)) fed[name] = tensorOf(ort, feed);
            const tensors = await session.run(fed, fetches);
            return Object.fromEntries(fetches.map((name) => [name, resultOf(tensors[name]!)]));
          }),
        dispose() {
          void calls.run(() => session.release()).catch(() => undefined);
        },
      };
    },
  };
}

function tensorOf(ort: OnnxRuntime, feed: Feed): object {
  const { type, dims } = feed;
  return feed.location === 'cpu'
    ? new ort.Tensor(type as never, feed.data as never, dims)
    : ort.Tensor.fromGpuBuffer(feed.gpuBuffer, { dataType: type as never, dims });
}

/** Its elements, or a tensor on the device. That is freed in the queue, too. */
function resultOf(tensor: PublicTensor): Results[string] {
  if (tensor.location !== 'gpu-buffer') return tensor.data as HostData;
  return {
    location: 'gpu-buffer',
    type: tensor.type as ElementType,
    dims: tensor.dims,
    gpuBuffer: tensor.gpuBuffer,
    dispose() {
      void calls.run(() => Promise.resolve(tensor.dispose?.())).catch(() => undefined);
    },
  };
}

/** ONNX Runtime's error says what is wrong with a graph. If it has not even started, the error needs an explanation. */
function explained(cause: unknown): unknown {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!message.startsWith('no available backend found') || message.includes('backend not found'))
    return cause;
  return new CycleGANError(
    'ENGINE',
    `onnxruntime backend: ONNX Runtime does not start. It says: ${message}. In a browser, its .wasm and .mjs files must be ` +
      'served beside the program, or where ort.env.wasm.wasmPaths says.',
    { cause },
  );
}

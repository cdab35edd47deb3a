/** ONNX Runtime through the public API, which answers with promises: in browsers, and where Node's binding is not. */
import { type OnnxRuntime } from './module.js';
import { type AsyncRuntime, type Results } from './runtime.js';
import { type SessionMemory, type SessionOptions } from './session-options.js';

export function publicRuntime(
  ort: OnnxRuntime,
  options: Omit<SessionOptions, keyof SessionMemory>,
  reason: string,
): AsyncRuntime {
  return {
    sync: false,
    reason,
    async createSession(model, memory) {
      const session = await ort.InferenceSession.create(model, { ...options, ...memory });
      return {
        async run(feeds, fetches) {
          const fed: Record<string, object> = {};
          for (const [name, { type, data, dims }] of Object.entries(feeds)) {
            fed[name] = new ort.Tensor(type as never, data as never, dims);
          }
          const tensors = await session.run(fed, fetches);
          return Object.fromEntries(fetches.map((name) => [name, tensors[name]!.data as Results[string]]));
        },
        dispose() {
          void session.release();
        },
      };
    },
  };
}

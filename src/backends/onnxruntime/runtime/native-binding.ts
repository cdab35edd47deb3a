/** The native binding inside onnxruntime-node, as far as it is used. */
import { type HostData } from './host-data.js';
import { type DeviceTensor } from './runtime.js';
import { type SessionOptions } from './session-options.js';

export interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: Partial<SessionOptions>): void;
  run(
    feeds: object,
    fetches: object,
    options: object,
  ): Record<string, { location: 'cpu'; data: HostData } | DeviceTensor>;
  endProfiling(): void;
  dispose(): void;
}

export interface Binding {
  initOrt(): void;
  readonly binding: {
    readonly InferenceSession: new () => NativeSession;
    initOrtOnce?(logLevel: number, tensor: unknown, isMainThread: boolean): void;
  };
}

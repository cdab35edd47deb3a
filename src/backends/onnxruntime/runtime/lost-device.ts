/**
 * A GPU that is lost: its driver was reset, it was unplugged, or the browser took it away. Everything in its memory is gone, and a
 * second call of ONNX Runtime would end a browser's tab. So the first one that fails for that reason is the last, and all later ones
 * fail like it.
 */
import { CycleGANError } from '../../../core/errors.js';
import { type OnnxRuntime } from './module.js';
import {
  type AsyncRuntime,
  type DeviceTensor,
  isOnDevice,
  type Results,
  type SyncRuntime,
} from './runtime.js';

/** How WebGPU (Dawn, browsers) says it: 'The Device was lost before mapping was resolved.' '[Device] is lost.' */
const isLost = (cause: unknown): boolean =>
  cause instanceof Error && /device\S* (is |was |has been )?lost/i.test(cause.message);

function lostDevice(cause: unknown): CycleGANError {
  return new CycleGANError(
    'DEVICE_LOST',
    'onnxruntime backend: the GPU is lost: its driver was reset, it was switched off, or the browser took it away. Tensors on it ' +
      'are gone. Create a model again and restore the last state or checkpoint, in this program on another backend ' +
      "(executionProviders: ['cpu'] in Node, ['wasm'] in a page), or on the GPU after a restart of the program or page.",
    { cause },
  );
}

/** Calls of one device, until it is lost. */
function callsOf() {
  let lost: CycleGANError | undefined;
  const failed = (cause: unknown): unknown => {
    if (isLost(cause)) lost ??= lostDevice(cause);
    return lost ?? cause;
  };
  return {
    get areOver() {
      return lost !== undefined;
    },
    end(): void {
      lost ??= lostDevice(undefined);
    },
    now<T>(call: () => T): T {
      if (lost !== undefined) throw lost;
      try {
        return call();
      } catch (cause) {
        throw failed(cause);
      }
    },
    async later<T>(call: () => Promise<T>): Promise<T> {
      if (lost !== undefined) throw lost;
      try {
        return await call();
      } catch (cause) {
        throw failed(cause);
      }
    },
  };
}

type Calls = ReturnType<typeof callsOf>;

/** Tensors of a lost device are not freed: there is nothing to free. */
const guarded = (results: Results, calls: Calls): Results =>
  Object.fromEntries(
    Object.entries(results).map(([name, result]) => [
      name,
      isOnDevice(result) ? freedBy(result, calls) : result,
    ]),
  );

const freedBy = (tensor: DeviceTensor, calls: Calls): DeviceTensor => {
  const { location, type, dims, gpuBuffer } = tensor;
  const dispose = () => {
    if (!calls.areOver) tensor.dispose();
  };
  return { location, type, dims, gpuBuffer, dispose };
};

/** The runtime of a GPU. If that is lost, all calls throw (or reject with) CycleGANError `DEVICE_LOST`. */
export function untilLost(runtime: SyncRuntime): SyncRuntime {
  const calls = callsOf();
  return {
    ...runtime,
    createSession(model, memory) {
      const session = calls.now(() => runtime.createSession(model, memory));
      return {
        run: (...args) =>
          guarded(
            calls.now(() => session.run(...args)),
            calls,
          ),
        dispose() {
          if (!calls.areOver) session.dispose();
        },
      };
    },
  };
}

/** The same of a runtime that answers with promises. In a page, the device itself tells when it is lost. */
export function asyncUntilLost(runtime: AsyncRuntime, ort: OnnxRuntime): AsyncRuntime {
  const calls = callsOf();
  let open = 0;
  const watch = async () => {
    const device = (await ort.env.webgpu?.device) as { lost?: Promise<unknown> } | undefined;
    if (device?.lost === undefined) return;
    await device.lost;
    if (open > 0) calls.end(); // with the last session, onnxruntime-web gives its device up
  };
  return {
    ...runtime,
    async createSession(model, memory) {
      const session = await calls.later(() => runtime.createSession(model, memory));
      if (open++ === 0) watch().catch(() => undefined); // the first call that fails tells, too
      return {
        run: async (...args) => guarded(await calls.later(() => session.run(...args)), calls),
        dispose() {
          open--;
          if (!calls.areOver) session.dispose();
        },
      };
    },
  };
}

/**
 * The memory of a device, such as a GPU. Sessions leave their results there, and are fed what is there. Arrays move between main
 * memory and the device through sessions of one Identity: onnxruntime-node has no other way (`getData` of a tensor on a device ends
 * the process), and it is synchronous there.
 */
import { type ElementType, encodeModel } from '../../../onnx/index.js';
import { type HostArray } from './array-types.js';
import {
  type AsyncRuntime,
  type Device,
  type DeviceTensor,
  type Feed,
  type HostFeed,
  isOnDevice,
  type Results,
  type Session,
  type SyncRuntime,
} from './runtime.js';
import { type SessionMemory } from './session-options.js';

/** Where the output of a session is. */
type Place = 'gpu-buffer' | 'cpu';

/** What every session of a runtime with a device gets. */
export const staysOnDevice = { preferredOutputLocation: 'gpu-buffer' } as const;

function identity(type: ElementType): Uint8Array {
  return encodeModel({
    irVersion: 10,
    opsets: { '': 21 },
    producer: 'ts-cyclegan',
    graph: {
      name: 'transfer',
      nodes: [{ op: 'Identity', name: 'transfer', inputs: ['x'], outputs: ['y'], attributes: {} }],
      inputs: [{ name: 'x', type, shape: ['n'] }],
      outputs: [{ name: 'y', type, shape: ['n'] }],
      initializers: [],
    },
  });
}

/** Sessions of one Identity, opened when they are first used. */
function transfers<S>(open: (model: Uint8Array, memory: SessionMemory) => S) {
  const opened = new Map<string, S>();
  return {
    to(place: Place, type: ElementType): S {
      const key = `${place} ${type}`;
      let session = opened.get(key);
      if (session === undefined) {
        const location = place === 'cpu' ? {} : staysOnDevice;
        session = open(identity(type), { enableCpuMemArena: false, ...location });
        opened.set(key, session);
      }
      return session;
    },
    clear(dispose: (session: S) => void): void {
      for (const session of opened.values()) dispose(session);
      opened.clear();
    },
  };
}

/** The same elements as a list. Of ONNX Runtime's tensors, either `data` or `gpuBuffer` throws. */
function flat(feed: Feed): { x: Feed } {
  const { type } = feed;
  const dims = [feed.dims.reduce((a, b) => a * b, 1)];
  if (feed.location === 'cpu') return { x: { type, dims, data: feed.data, location: 'cpu' } };
  return { x: { type, dims, gpuBuffer: feed.gpuBuffer, location: 'gpu-buffer' } };
}

/** @param runtime one whose sessions leave results on the device if they are told to */
export function deviceOf(runtime: SyncRuntime): Device {
  const sessions = transfers((model, memory) => runtime.createSession(model, memory));
  return {
    upload: (feed) => sessions.to('gpu-buffer', feed.type).run(flat(feed), ['y']).y as DeviceTensor,
    download: (tensor) => sessions.to('cpu', tensor.type).run(flat(tensor), ['y']).y as HostArray,
    dispose() {
      sessions.clear((session) => session.dispose());
    },
  };
}

/** The same of a runtime that answers with promises. */
export function asyncDeviceOf(runtime: AsyncRuntime): Device {
  const sessions = transfers((model, memory) => runtime.createSession(model, memory));
  const run = async (session: Promise<Session<Promise<Results>>>, feed: Feed) =>
    (await (await session).run(flat(feed), ['y'])).y;
  return {
    upload: async (feed) => (await run(sessions.to('gpu-buffer', feed.type), feed)) as DeviceTensor,
    download: async (tensor) => (await run(sessions.to('cpu', tensor.type), tensor)) as HostArray,
    dispose() {
      sessions.clear((session) => {
        session.then(
          (opened) => opened.dispose(),
          () => undefined, // there is nothing to dispose
        );
      });
    },
  };
}

const sample: HostFeed = { type: 'float32', dims: [3], data: Float32Array.of(1, -2, 0.5), location: 'cpu' };

const isSample = (got: ArrayLike<number>): boolean =>
  (sample.data as Float32Array).every((x, i) => got[i] === x);

/** Whether arrays come back from a device as they were. */
export function moves(device: Device): boolean {
  try {
    const tensor = device.upload(sample) as DeviceTensor;
    try {
      return isOnDevice(tensor) && isSample(device.download(tensor) as HostArray);
    } finally {
      tensor.dispose();
    }
  } catch {
    return false;
  }
}

/** The same of a device that answers with promises. */
export async function movesLater(device: Device): Promise<boolean> {
  try {
    const tensor = await device.upload(sample);
    try {
      return isOnDevice(tensor) && isSample(await device.download(tensor));
    } finally {
      tensor.dispose();
    }
  } catch {
    return false;
  }
}

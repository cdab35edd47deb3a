/**
 * Values whose arrays are in the memory of a device: everything that a run leaves there, and arrays that were uploaded to be fed.
 * Weights and an optimizer's slots stay there from step to step.
 */
import { type Compiled } from '../compiler/compile.js';
import { elementType } from '../lowering/writer.js';
import { type ResidentBuffer, type Value } from '../recording/value.js';
import { type HostArray } from '../runtime/array-types.js';
import { type HostData } from '../runtime/host-data.js';
import {
  type DeviceTensor,
  type Feed,
  type HostFeed,
  isOnDevice,
  type Results,
  type Runtime,
} from '../runtime/runtime.js';
import { hostValuesOf } from './host-values.js';
import { type ResidentValues } from './resident-values.js';

/** Smaller arrays are fed from main memory each time: their upload as such would take another run. */
const SMALLEST = 256;

/** What a run gives, by name: arrays, or buffers on the device. */
export type Outcome = Readonly<Record<string, HostData | ResidentBuffer>>;

export class DeviceMemory {
  /** Bytes that crossed from main memory to the device, and back. */
  readonly totals = { bytesUploaded: 0, bytesDownloaded: 0 };
  private readonly live = new Set<DeviceTensor>();

  constructor(
    private readonly runtime: Runtime,
    private readonly residents: ResidentValues,
  ) {}

  /** Whether results stay on a device. */
  get isThere(): boolean {
    return this.runtime.device !== undefined;
  }

  /** How many arrays are on the device. */
  get arrays(): number {
    return this.live.size;
  }

  /** What must be uploaded before a program runs. @throws if a leaf has no elements */
  missing({ inputs }: Compiled, leaves: readonly Value[]): { value: Value; feed: HostFeed }[] {
    const missing = new Map<Value, HostFeed>();
    for (const { leaf, spec, scalar } of inputs) {
      const value = leaves[leaf]!;
      if (scalar || value.state.type === 'resident') continue;
      const data = hostValuesOf(value, this.residents);
      const feed: HostFeed = { type: elementType(spec.dtype), dims: spec.shape, data, location: 'cpu' };
      if (spec.size >= SMALLEST) missing.set(value, feed);
    }
    return [...missing].map(([value, feed]) => ({ value, feed }));
  }

  upload(feed: HostFeed): DeviceTensor | Promise<DeviceTensor> {
    this.count(feed);
    return this.runtime.device!.upload(feed);
  }

  /** A value is on the device from now on. */
  attach(value: Value, tensor: DeviceTensor): void {
    this.residents.attach(value, this.bufferOf(tensor));
  }

  /** Counts what is fed from main memory. */
  countFeeds(feeds: Readonly<Record<string, Feed>>): void {
    if (this.isThere) for (const feed of Object.values(feeds)) this.count(feed);
  }

  private count(feed: Feed): void {
    if (feed.location === 'cpu') this.totals.bytesUploaded += (feed.data as HostArray).byteLength;
  }

  /** The results of a run, those on the device as buffers. */
  outcomeOf(results: Results): Outcome {
    if (!this.isThere) return results as Outcome;
    return Object.fromEntries(
      Object.entries(results).map(([name, result]) => [
        name,
        isOnDevice(result) ? this.bufferOf(result) : result,
      ]),
    );
  }

  private bufferOf(tensor: DeviceTensor): ResidentBuffer {
    this.live.add(tensor);
    return {
      values: 0,
      tensor,
      read: () => {
        const data = this.runtime.device!.download(tensor);
        if (data instanceof Promise) return data.then(this.downloaded);
        return this.downloaded(data);
      },
      free: () => {
        if (this.live.delete(tensor)) tensor.dispose();
      },
    };
  }

  private readonly downloaded = (data: HostArray): HostArray => {
    this.totals.bytesDownloaded += data.byteLength;
    return data;
  };

  dispose(): void {
    for (const tensor of this.live) tensor.dispose();
    this.live.clear();
    this.runtime.device?.dispose();
  }
}

/** A wanted value has its elements, in main memory or on the device. @param owned whether nothing else refers to the array */
export function setResult(
  value: Value,
  result: HostData | ResidentBuffer,
  owned: boolean,
  residents: ResidentValues,
): void {
  if ('free' in result) residents.attach(value, result);
  else value.state = { type: 'known', data: result, owned };
}

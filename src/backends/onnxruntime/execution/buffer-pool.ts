/** Arrays of computed values that are no longer needed, for the results of later runs in the program's thread. */
import { type Spec } from '../lowering/specs.js';
import { elementType } from '../lowering/writer.js';
import { empty, type Value } from '../recording/value.js';
import { ArrayPool } from '../runtime/array-pool.js';
import { type ArrayType, arrayTypes, type HostArray } from '../runtime/array-types.js';
import { type HostFeed } from '../runtime/runtime.js';

/** Smaller arrays are not worth the bookkeeping. */
const SMALLEST = 1024;

/** Undefined if it is larger than the memory: ONNX Runtime then fails where it makes it, and names the operator. */
function newArray(type: ArrayType, size: number): HostArray | undefined {
  try {
    return new arrayTypes[type](size);
  } catch {
    return undefined;
  }
}

export class BufferPool {
  private readonly pool = new ArrayPool<HostArray>();

  /** Takes the array of a value that a run made, that no tensor holds, and that was never shown to the program. */
  give(value: Value): void {
    const { state, spec, refs, readers } = value;
    if ((state.type !== 'known' && state.type !== 'resident') || !state.owned) return;
    const data = state.data as HostArray | undefined; // runs give no strings
    if (refs > 0 || readers > 0 || data === undefined || spec.size < SMALLEST) return;
    if (state.type === 'known') value.state = empty;
    else state.data = undefined;
    this.pool.give({ type: elementType(spec.dtype), size: spec.size }, data);
  }

  /**
   * Arrays for results, by name, in ONNX Runtime's form. It could make them itself, but an array that native code owns is freed
   * only when the event loop has its turn, and a loop of steps may never give it one.
   */
  take(results: ReadonlyMap<string, Spec>): Record<string, HostFeed> {
    this.pool.countRun();
    const taken: Record<string, HostFeed> = {};
    for (const [name, { dtype, size, shape }] of results) {
      const type = elementType(dtype);
      const data = this.pool.take({ type, size }) ?? newArray(type, size);
      if (data !== undefined) taken[name] = { type, dims: shape, data, location: 'cpu' };
    }
    return taken;
  }

  clear(): void {
    this.pool.clear();
  }
}

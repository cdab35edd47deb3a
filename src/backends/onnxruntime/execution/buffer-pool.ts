/** The arrays of values that were computed and that nobody needs any more, for the results of later runs in this thread. */
import { ArrayPool } from '../runtime/array-pool.js';
import { type Feed } from '../runtime/runtime.js';
import { type Spec } from '../lowering/specs.js';
import { type Numbers } from '../runtime/ort-thread.js';
import { type Value } from '../recording/value.js';
import { elementType } from '../lowering/writer.js';

/** Smaller arrays are not worth the bookkeeping. */
const SMALLEST = 1024;

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/** Undefined if it is larger than the memory: ONNX Runtime then fails where it makes it, and names the operator. */
function newArray(type: keyof typeof arrays, size: number): Numbers | undefined {
  try {
    return new arrays[type](size);
  } catch {
    return undefined;
  }
}

export class BufferPool {
  private readonly pool = new ArrayPool<Numbers>();

  /** Takes the array of a value that was computed, is held by nobody, and was never shown to anybody. */
  give(value: Value): void {
    const { spec, refs, readers, owned } = value;
    const data = value.data as Numbers | undefined; // runs give no strings
    if (!owned || refs > 0 || readers > 0 || data === undefined || spec.size < SMALLEST) return;
    value.data = undefined;
    this.pool.give({ type: elementType(spec.dtype), size: spec.size }, data);
  }

  /**
   * Arrays for results, by name, in the form that ONNX Runtime takes. It could make them itself, but an array that native code
   * owns is freed only when the event loop has its turn, and a loop of steps may never give it one.
   */
  take(results: ReadonlyMap<string, Spec>): Record<string, Feed> {
    this.pool.countRun();
    const taken: Record<string, Feed> = {};
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

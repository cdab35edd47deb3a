/**
 * Arrays of numbers that nobody needs any more, for the results of later runs. A training step replaces every weight
 * and every slot of its optimizer by a new array of the same size; without this each step would leave tens of
 * megabytes to garbage collection, and ask the system for as many.
 */
import { type Feed } from './runtime/runtime.js';
import { type Spec } from './specs.js';
import { type Numbers } from './runtime/ort-thread.js';
import { type Value } from './values.js';
import { elementType } from './graph/writer.js';

/** Smaller arrays are not worth the bookkeeping. */
const SMALLEST = 1024;
/** Bytes that are kept. They stay while a step computes, so for large networks they would raise its peak of memory. */
const MOST_BYTES = 128 * 2 ** 20;

/** A step of training is a few runs, and some of them are of other sizes. */
const MOST_UNUSED = 8;

const keyOf = ({ dtype, size }: Spec): string => `${dtype}${size}`;

export class BufferPool {
  private readonly free = new Map<string, Numbers[]>();
  private bytes = 0;
  /** Runs, one after another, that found nothing here. */
  private unused = 0;

  /** Takes the array of a value that was computed, is held by nobody, and was never shown to anybody. */
  give(value: Value): void {
    const { spec, refs, readers, owned } = value;
    const data = value.data as Numbers | undefined; // runs give no strings
    if (!owned || refs > 0 || readers > 0 || data === undefined || spec.size < SMALLEST) return;
    if (this.bytes + data.byteLength > MOST_BYTES) return;
    value.data = undefined;
    this.bytes += data.byteLength;
    const key = keyOf(spec);
    const list = this.free.get(key);
    if (list === undefined) this.free.set(key, [data]);
    else list.push(data);
  }

  /** For results by name: arrays for as many as there are, in the form that ONNX Runtime takes. */
  take(results: ReadonlyMap<string, Spec>): Record<string, Feed> {
    const taken: Record<string, Feed> = {};
    let found = false;
    for (const [name, spec] of results) {
      const data = this.free.get(keyOf(spec))?.pop();
      if (data === undefined) continue;
      found = true;
      this.bytes -= data.byteLength;
      taken[name] = { type: elementType(spec.dtype), dims: spec.shape, data, location: 'cpu' };
    }
    this.unused = found ? 0 : this.unused + 1;
    if (this.unused > MOST_UNUSED) this.clear(); // of other sizes than are needed now
    return taken;
  }

  clear(): void {
    this.free.clear();
    this.bytes = 0;
  }
}

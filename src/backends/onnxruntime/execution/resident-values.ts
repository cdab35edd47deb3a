/**
 * Values whose arrays are in the memory of threads or of a device. Buffers are counted by the values that use them: with the last one,
 * a buffer is freed.
 */
import { empty, type ResidentBuffer, type Value } from '../recording/value.js';

export class ResidentValues {
  /** Values that no tensor holds any more. Recorded nodes and runs under way may still need them. */
  private released: Value[] = [];
  /** Whether the buffers are gone. */
  isDisposed = false;

  /** A value's array is in `buffer` from now on, and stays in main memory if it is there. */
  attach(value: Value, buffer: ResidentBuffer): void {
    const { state, hostData } = value;
    const owned = state.type === 'known' && state.owned;
    value.state = { type: 'resident', buffer, data: hostData, owned };
    buffer.values++;
    if (value.refs <= 0) this.release(value); // it was replaced while it was recorded
  }

  /** No tensor holds `value` any more. */
  release(value: Value): void {
    if (value.state.type === 'resident') this.released.push(value);
  }

  /** Frees the buffers of released values that no run needs (`readers`). Must be called only if nothing is recorded. */
  collect(): void {
    const { released } = this;
    if (released.length === 0) return;
    this.released = released.filter(({ readers }) => readers > 0);
    for (const value of released) {
      if (value.readers > 0 || value.state.type !== 'resident') continue;
      const { buffer, data, owned } = value.state;
      value.state = data === undefined ? empty : { type: 'known', data, owned };
      if (--buffer.values === 0) buffer.free();
    }
  }

  dispose(): void {
    this.isDisposed = true;
    this.released = [];
  }
}

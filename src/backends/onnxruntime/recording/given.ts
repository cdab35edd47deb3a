/**
 * Arrays that the program gave, and to which it may write at any time. A tensor of such an array shows what is written, as on
 * tfjs' cpu backend. A recorded kernel uses the elements of the moment in which it was called, whenever it runs.
 */
import { type Spec } from '../lowering/specs.js';
import { copyOf, type HostData, isCopyOf } from '../runtime/host-data.js';
import { type GivenArray, Value } from './value.js';

/**
 * Larger arrays are copied once, and their tensor then keeps the copy, as on GPU backends: comparing weights with a copy
 * takes longer than recording their network.
 */
const MOST_COMPARED = 2 ** 14;

export class Given implements GivenArray {
  /** Undefined when its tensor has a copy for itself. */
  private array: HostData | undefined;
  /** What nodes took last: a value whose data never changes. */
  private taken: Value | undefined;
  private isHidden = false;

  /** @param release is called with values that later nodes do not take */
  constructor(
    array: HostData,
    private readonly spec: Spec,
    private readonly owner: object,
    private readonly release: (value: Value) => void,
  ) {
    this.array = array;
  }

  get now(): HostData | undefined {
    return this.isHidden ? undefined : (this.array ?? this.taken!.known);
  }

  take(): Value {
    const { array, taken, spec } = this;
    if (this.isHidden || array === undefined) return taken!;
    if (taken !== undefined && isCopyOf(taken.known!, array, spec.dtype)) return taken;
    this.dispose();
    const data = copyOf(array, spec.dtype);
    this.taken = new Value(spec, this.owner, { type: 'known', data, owned: false });
    if (spec.size > MOST_COMPARED) this.array = undefined;
    return this.taken;
  }

  hide(): void {
    this.take();
    this.isHidden = true;
  }

  show(): void {
    this.isHidden = false;
  }

  dispose(): void {
    if (this.taken === undefined) return;
    this.taken.refs = 0;
    this.release(this.taken);
  }
}

/**
 * Arrays that the program gave, to which it may write at any time. A tensor of one shows what is written, as on tfjs' cpu
 * backend. A node takes the values of the moment in which it is recorded, whenever it runs.
 */
import { copyOf, isCopyOf, type HostData } from '../runtime/host-data.js';
import { type Spec } from '../lowering/specs.js';
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

  /** @param leave is told of values that later nodes do not take */
  constructor(
    array: HostData,
    private readonly spec: Spec,
    private readonly owner: object,
    private readonly leave: (value: Value) => void,
  ) {
    this.array = array;
  }

  get now(): HostData | undefined {
    return this.isHidden ? undefined : (this.array ?? this.taken!.data);
  }

  take(): Value {
    const { array, taken, spec } = this;
    if (this.isHidden || array === undefined) return taken!;
    if (taken !== undefined && isCopyOf(taken.data!, array, spec.dtype)) return taken;
    this.dispose();
    this.taken = new Value(spec, this.owner);
    this.taken.data = copyOf(array, spec.dtype);
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
    this.leave(this.taken);
  }
}

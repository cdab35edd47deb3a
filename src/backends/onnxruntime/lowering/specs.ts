/**
 * Shapes and types, each stored once, so that the rest of the backend compares them by identity: recording a training step needs
 * thousands of comparisons.
 */
import { type DataType, util } from '@tensorflow/tfjs-core';

/** Shape and type of a value. Two of one table are equal exactly if they are the same object. */
export interface Spec {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** Count of elements. */
  readonly size: number;
}

/** A table of specs. */
export class Specs {
  private readonly known = new Map<string, Spec>();
  private next = 0;

  of(shape: readonly number[], dtype: DataType): Spec {
    const key = `${dtype}${shape.join()}`;
    let spec = this.known.get(key);
    if (spec === undefined) {
      spec = { id: this.next++, shape: [...shape], dtype, size: util.sizeFromShape([...shape]) };
      this.known.set(key, spec);
    }
    return spec;
  }

  /** Forgets all specs. Ids are not given again, so old specs never equal new ones. */
  clear(): void {
    this.known.clear();
  }
}

/** Whether `spec` has `shape`. */
export function hasShape(spec: Spec, shape: readonly number[]): boolean {
  const own = spec.shape;
  if (own.length !== shape.length) return false;
  for (let i = 0; i < shape.length; i++) if (own[i] !== shape[i]) return false;
  return true;
}

/**
 * Arrays that are no longer needed, for the results of later runs. A training step replaces every weight and every slot of
 * its optimizer by a new array of the same size. Without a pool each step leaves tens of megabytes to garbage collection.
 *
 * Arrays of sizes that no run asks for, such as copies of a program's images, must not fill the pool. So an array that no run has
 * taken for a while is dropped.
 */

/** An array can be used for a result of the same kind. */
export interface ArrayKind {
  readonly type: string;
  /** Count of elements. */
  readonly size: number;
}

/** Bytes that are kept. They stay while a step computes, so for large networks they would raise its peak of memory. */
const MOST_BYTES = 128 * 2 ** 20;

/** Runs. A training step is a few of them; arrays are dropped after one to two times as many. */
const PATIENCE = 32;

interface Shelf<T> {
  readonly bytes: number;
  readonly arrays: T[];
}

const bytesOf = ({ type, size }: ArrayKind): number => size * (type === 'bool' ? 1 : 4);

/** @typeParam T an array, or its id */
export class ArrayPool<T> {
  private recent = new Map<string, Shelf<T>>();
  /** The arrays that were in the pool when `recent` was begun. */
  private earlier = new Map<string, Shelf<T>>();
  private bytes = 0;
  private runs = 0;

  /** @param drop is called with each array that is dropped */
  constructor(private readonly drop: (array: T) => void = () => undefined) {}

  /** Takes an array in, or drops it if there is no room. */
  give(kind: ArrayKind, array: T): void {
    const bytes = bytesOf(kind);
    if (this.bytes + bytes > MOST_BYTES) {
      this.drop(array);
      return;
    }
    this.bytes += bytes;
    const key = `${kind.type}${kind.size}`;
    const shelf = this.recent.get(key);
    if (shelf === undefined) this.recent.set(key, { bytes, arrays: [array] });
    else shelf.arrays.push(array);
  }

  take(kind: ArrayKind): T | undefined {
    const key = `${kind.type}${kind.size}`;
    const array = this.recent.get(key)?.arrays.pop() ?? this.earlier.get(key)?.arrays.pop();
    if (array !== undefined) this.bytes -= bytesOf(kind);
    return array;
  }

  /** To be called once a run. */
  countRun(): void {
    if (++this.runs % PATIENCE > 0) return;
    this.empty(this.earlier);
    this.earlier = this.recent;
    this.recent = new Map();
  }

  /** Drops all arrays. */
  clear(): void {
    this.empty(this.recent);
    this.empty(this.earlier);
  }

  private empty(shelves: Map<string, Shelf<T>>): void {
    for (const { bytes, arrays } of shelves.values()) {
      this.bytes -= bytes * arrays.length;
      arrays.forEach(this.drop);
    }
    shelves.clear();
  }
}

/** A growing array of values. */
export class Values {
  #array = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }
  /** All values. Valid until the next change. */
  get array(): Float64Array {
    return this.#array.subarray(0, this.#length);
  }
  /** The last value, or NaN. */
  get last(): number {
    return this.#length > 0 ? this.#array[this.#length - 1]! : NaN;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length++] = value;
  }

  /** Keeps the first values only. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length);
  }
}

/** Values that know their smallest and largest one. NaN is neither. */
export class RangedValues extends Values {
  #min = Infinity;
  #max = -Infinity;

  get min(): number {
    return this.#min;
  }
  get max(): number {
    return this.#max;
  }

  override push(value: number): void {
    super.push(value);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  override cut(length: number): void {
    super.cut(length);
    [this.#min, this.#max] = [Infinity, -Infinity];
    for (const value of this.array) {
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
  }
}

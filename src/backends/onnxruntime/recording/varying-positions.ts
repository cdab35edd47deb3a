/**
 * Where a part is cut out of a tensor, or put into one, belongs to the graph, as passes need it. But random crops have another
 * place each, and would compile a graph each. So from so many places on, for one shape of tensor and of part, places are data.
 */

/** More than a network cuts out of one tensor, such as the parts of a batch. */
const FEW = 8;
/** More shapes than a program ever has that cuts at fixed places. */
const MOST_SHAPES = 10_000;

export class Places {
  private seen = new Map<string, Set<string>>();

  /** Whether places of this kind vary; once they do, they always will. */
  vary(name: string, from: readonly number[], to: readonly number[], place: readonly unknown[]): boolean {
    const key = `${name} ${from.join()} ${to.join()}`;
    let places = this.seen.get(key);
    if (places === undefined) {
      if (this.seen.size >= MOST_SHAPES) this.seen.clear();
      this.seen.set(key, (places = new Set()));
    }
    if (places.size <= FEW) places.add(place.join());
    return places.size > FEW;
  }
}

/**
 * Whether parts are cut at positions that vary. A position belongs to the graph, as passes need it. But random crops have another
 * position each, and would compile a graph each: from some positions on, for one shape of tensor and of part, positions are fed.
 */

/** More than a network cuts out of one tensor, such as the images of a batch. */
const FEW = 8;
/** More shapes than a program ever has that cuts at fixed positions. */
const MOST_SHAPES = 10_000;

export class VaryingPositions {
  private seen = new Map<string, Set<string>>();

  /** Whether positions of this kind vary. Once they do, they always will. */
  vary(name: string, from: readonly number[], to: readonly number[], position: readonly unknown[]): boolean {
    const key = `${name} ${from.join()} ${to.join()}`;
    let positions = this.seen.get(key);
    if (positions === undefined) {
      if (this.seen.size >= MOST_SHAPES) this.seen.clear();
      this.seen.set(key, (positions = new Set()));
    }
    if (positions.size <= FEW) positions.add(position.join());
    return positions.size > FEW;
  }
}

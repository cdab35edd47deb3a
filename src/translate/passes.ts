/**
 * Divides a network into passes over the image. A norm needs the statistics of its whole input, so a pass over all tiles ends at
 * each of them. A pass begins at feature maps that earlier passes have kept in main memory.
 */
import { elements, type Graph } from './graph.js';

/** A pass over all tiles of a value. */
export interface Pass {
  /** The index of the value. */
  readonly target: number;
  /** Whether the value is kept in main memory. Otherwise only its statistics are. */
  readonly keep: boolean;
  /** Whether a norm needs the statistics of the value. */
  readonly statistics: boolean;
  /** Kept values that no later pass needs. */
  readonly release: readonly number[];
}

/** Passes, and what they need. */
export interface Plan {
  readonly passes: readonly Pass[];
  /** The most bytes of kept values at the same time, without the input image. */
  readonly peakBytes: number;
  /** Multiplications and additions of all passes, without those in the overlap of tiles. */
  readonly cost: number;
}

/** Kept values up to this size are not worth a second computation. */
const fewBytes = 2 ** 30;
/** The largest growth of the cost for less memory. */
const mostGrowth = 1.5;

/** Values that a norm needs the statistics of. */
const normalized = (graph: Graph): Set<number> =>
  new Set(graph.flatMap(({ op, inputs }) => (op?.normalizes ? inputs : [])));

/** Values that are worth keeping: inputs of norms, and results of several inputs or convolutions that are used more than once. */
function keepable(graph: Graph, normalized: ReadonlySet<number>): Set<number> {
  const uses = graph.map(() => 0);
  for (const { inputs } of graph) for (const input of inputs) uses[input]!++;
  const kept = new Set<number>();
  /** Follows operations that cost next to nothing. */
  const origin = (index: number): number => {
    const { op, inputs } = graph[index]!;
    return op?.pointwise && inputs.length === 1 && !kept.has(index) ? origin(inputs[0]!) : index;
  };
  graph.forEach(({ op }, index) => {
    if (op === undefined) return;
    if (normalized.has(index)) kept.add(index);
    else if (uses[index]! > 1 && origin(index) !== 0 && !kept.has(origin(index))) kept.add(index);
  });
  kept.delete(graph.length - 1);
  return kept;
}

/** The values that are computed, and the kept ones that are read, to compute `target`. */
function reached(graph: Graph, target: number, kept: ReadonlySet<number>) {
  const computed = new Set<number>();
  const read = new Set<number>();
  const visit = (index: number): void => {
    if (computed.has(index) || read.has(index)) return;
    if (index !== target && (kept.has(index) || index === 0)) {
      read.add(index);
      return;
    }
    computed.add(index);
    graph[index]!.inputs.forEach(visit);
  };
  visit(target);
  return { computed, read };
}

/** The plan that keeps these values. */
function planKeeping(graph: Graph, kept: ReadonlySet<number>, statistics: ReadonlySet<number>): Plan {
  const output = graph.length - 1;
  const targets = graph.map((_, i) => i).filter((i) => i === output || kept.has(i) || statistics.has(i));
  const reads = targets.map((target) => reached(graph, target, kept));
  const lastRead = new Map<number, number>();
  reads.forEach(({ read }, at) => read.forEach((index) => lastRead.set(index, at)));
  const bytes = (index: number) => 4 * elements(graph[index]!);
  let [live, peakBytes, cost] = [0, 0, 0];
  const passes = targets.map((target, at): Pass => {
    const keep = target === output || kept.has(target);
    if (keep) live += bytes(target);
    peakBytes = Math.max(peakBytes, live);
    for (const index of reads[at]!.computed) cost += elements(graph[index]!) * (graph[index]!.op?.cost ?? 0);
    const release = [...reads[at]!.read].filter((index) => index !== 0 && lastRead.get(index) === at);
    for (const index of release) live -= bytes(index);
    return { target, keep, statistics: statistics.has(target), release };
  });
  return { passes, peakBytes, cost };
}

/**
 * Plans the passes. All values that are needed more than once are kept, up to 1 GiB. Above, large values that are cheap to
 * compute again are not kept: the first and last layers of a generator, for example.
 */
export function planPasses(graph: Graph, memory = fewBytes): Plan {
  const statistics = normalized(graph);
  let kept = keepable(graph, statistics);
  let plan = planKeeping(graph, kept, statistics);
  const most = plan.cost * mostGrowth;
  const bySize = [...kept].sort((a, b) => elements(graph[b]!) - elements(graph[a]!));
  const dropped: number[] = [];
  for (const index of bySize) {
    if (plan.peakBytes <= memory) break;
    const fewer = new Set(kept);
    fewer.delete(index);
    const next = planKeeping(graph, fewer, statistics);
    if (next.peakBytes > plan.peakBytes || next.cost > most) continue;
    [kept, plan] = [fewer, next];
    dropped.push(index);
  }
  // some of them were not needed for the smallest peak
  for (const index of dropped.reverse()) {
    const more = new Set([...kept, index]);
    const next = planKeeping(graph, more, statistics);
    if (next.peakBytes <= plan.peakBytes) [kept, plan] = [more, next];
  }
  return plan;
}

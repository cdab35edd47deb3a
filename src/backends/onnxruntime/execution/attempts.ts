/**
 * Computes what can be computed when a graph fails. One kernel is at fault: the graph is cut in halves until that kernel is alone.
 * Its outputs and all values that depend on them fail, and everything else is computed. Independent parts are separated first, so
 * that they are computed as if nothing had failed.
 */
import { isCycleGANError } from '../../../core/errors.js';
import { isSameFailure } from '../compiler/explain.js';
import { gather, type Gathered, type Wants } from '../recording/gather.js';
import { fail, type Node, type Value } from '../recording/value.js';

/** Whether no input of a node has failed. If one has, the node fails for the same reason. */
function isSound(node: Node): boolean {
  for (const input of node.inputs) {
    if (input?.state.type !== 'failed') continue;
    fail(node, input.state.error);
    return false;
  }
  return true;
}

/**
 * Yields graphs to be run, one after the other; `next` takes the error of a graph that failed. At the end every wanted value is
 * computed or has failed.
 *
 * @param recorded nodes in the order in which they were recorded
 * @param wants which of their outputs are to be computed
 * @param first the error of a graph of which these nodes are a part
 */
export function* attempts(
  recorded: readonly Node[],
  wants: Wants,
  first?: Error,
): Generator<Gathered, void, Error | undefined> {
  const gathered = gather(recorded, wants);
  if (gathered.wanted.length === 0) return;
  const failure = yield gathered;
  if (failure === undefined) return;
  if (isCycleGANError(failure, 'DEVICE_LOST')) {
    for (const node of recorded) fail(node, failure); // nothing can be computed any more
    return;
  }
  const nodes = gathered.nodes.filter(isSound);
  const original = first !== undefined && isSameFailure(first, failure) ? first : failure;
  if (nodes.length < gathered.nodes.length) yield* attempts(nodes, wants, first);
  else if (nodes.length === 1) fail(nodes[0]!, original);
  else {
    const [former, later] = halves(nodes);
    const between = new Set<Value | undefined>(later.flatMap(({ inputs }) => inputs));
    yield* attempts(former, (value) => wants(value) || between.has(value), original);
    yield* attempts(later.filter(isSound), wants, original);
  }
}

/** Two halves. The second may need outputs of the first. Independent parts are separated first. */
function halves(nodes: readonly Node[]): [Node[], Node[]] {
  const parts = independentParts(nodes);
  const pieces = parts.length > 1 ? parts : nodes.map((node) => [node]);
  const middle = Math.ceil(pieces.length / 2);
  return [pieces.slice(0, middle).flat(), pieces.slice(middle).flat()];
}

/** Nodes that depend on each other, directly or through others, are in one part. */
function independentParts(nodes: readonly Node[]): Node[][] {
  const next = nodes.map((_, i) => i); // leads from each node to the last of its part
  const lastOf = (i: number): number => {
    while (next[i] !== i) i = next[i] = next[next[i]!]!;
    return i;
  };
  const makers = new Map<Value | undefined, number>();
  nodes.forEach(({ inputs, outputs }, i) => {
    for (const input of inputs) {
      const maker = makers.get(input);
      if (maker !== undefined) next[lastOf(maker)] = i;
    }
    for (const output of outputs) makers.set(output, i);
  });
  const parts = new Map<number, Node[]>();
  nodes.forEach((node, i) => {
    const last = lastOf(i);
    const part = parts.get(last);
    if (part === undefined) parts.set(last, [node]);
    else part.push(node);
  });
  return [...parts.values()];
}

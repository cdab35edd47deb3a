/** How much memory a run of a graph needs: the most bytes of values that are alive at once, in the order of its nodes. */
import { type Graph } from '../lowering/graph.js';

const BYTES = 4; // of an element; bools take fewer

export function peakBytes({ values, nodes, outputs }: Graph): number {
  const lastUse = new Map<number, number>();
  nodes.forEach(({ inputs }, at) => {
    for (const input of inputs) if (input !== undefined) lastUse.set(input.value, at);
  });
  for (const output of outputs) lastUse.set(output, nodes.length);
  const dying: number[][] = nodes.map(() => []);
  for (const [value, at] of lastUse) if (values[value]!.source.from === 'node') dying[at]?.push(value);

  const size = (list: readonly number[]) => list.reduce((sum, value) => sum + values[value]!.spec.size, 0);
  let alive = 0;
  let peak = 0;
  nodes.forEach((node, at) => {
    alive += size(node.outputs.filter((output) => lastUse.has(output)));
    peak = Math.max(peak, alive);
    alive -= size(dying[at]!);
  });
  return BYTES * peak;
}

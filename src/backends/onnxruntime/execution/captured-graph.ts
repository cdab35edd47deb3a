/**
 * A computation that was traced once and is replayed with other inputs, without the program that called its kernels: its graph, and
 * for each leaf of the graph which input it is, or the value that it always is.
 */
import { type Spec } from '../lowering/specs.js';
import { type Gathered } from '../recording/gather.js';
import { type Value } from '../recording/value.js';

/** The index of an input, or a value that is the same each time. */
type Source = number | Value;

export interface CapturedGraph {
  /** Of its program. */
  readonly signature: string;
  readonly inputs: readonly Spec[];
  readonly leaves: readonly Source[];
  /** Of the values that the graph computes. */
  readonly specs: readonly Spec[];
  /** How many of the outputs the graph computes. There are more of them than specs if one comes twice. */
  readonly made: number;
  /** By output: its index among the values that the graph computes, or the input or value that it is. */
  readonly outputs: readonly (
    { readonly from: 'graph'; readonly at: number } | { readonly from: 'outside'; readonly source: Source }
  )[];
}

/**
 * @param gathered the graph of `outputs`, and of nothing else
 * @param signature of its program
 * @param taken what the graph got for the inputs
 */
export function capturedGraph(
  gathered: Gathered,
  signature: string,
  inputs: readonly Value[],
  taken: readonly Value[],
  outputs: readonly Value[],
): CapturedGraph {
  const sourceOf = (value: Value): Source => {
    const at = inputs.findIndex((input, i) => input === value || taken[i] === value);
    if (at >= 0) return at;
    value.share();
    return value;
  };
  const known = outputs.map((value): CapturedGraph['outputs'][number] => {
    const at = gathered.wanted.indexOf(value);
    return at >= 0 ? { from: 'graph', at } : { from: 'outside', source: sourceOf(value) };
  });
  return {
    signature,
    inputs: inputs.map(({ spec }) => spec),
    leaves: gathered.leaves.map(sourceOf),
    specs: gathered.wanted.map(({ spec }) => spec),
    made: known.filter(({ from }) => from === 'graph').length,
    outputs: known,
  };
}

/** The value of a source, if the inputs are these. */
export const valueOf = (source: Source, inputs: readonly Value[]): Value =>
  typeof source === 'number' ? inputs[source]! : source;

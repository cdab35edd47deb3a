/**
 * A computation that was recorded once and is run again with other numbers, without the program that called its
 * kernels: its graph, and for each of the graph's leaves which input it is, or what it always is.
 */
import { type Gathered } from '../recording/gather.js';
import { type Spec } from '../lowering/specs.js';
import { type Value } from '../recording/value.js';

/** A number counts the inputs; a value is the same each time. */
type Source = number | Value;

export interface Replay {
  readonly signature: string;
  readonly inputs: readonly Spec[];
  readonly leaves: readonly Source[];
  /** Of what the graph gives. */
  readonly specs: readonly Spec[];
  /** How many of the outputs the graph gives; more than there are specs if one comes twice. */
  readonly made: number;
  /** By output: its place among what the graph gives, or that of the input that it is, or a value. */
  readonly outputs: readonly (
    { readonly from: 'graph'; readonly at: number } | { readonly from: 'outside'; readonly source: Source }
  )[];
}

/**
 * @param gathered the graph of `outputs`, and of nothing else
 * @param taken what went into it for the inputs
 */
export function replayOf(
  gathered: Gathered,
  inputs: readonly Value[],
  taken: readonly Value[],
  outputs: readonly Value[],
): Replay {
  const sourceOf = (value: Value): Source => {
    const at = inputs.findIndex((input, i) => input === value || taken[i] === value);
    if (at >= 0) return at;
    value.owned = false;
    return value;
  };
  const known = outputs.map((value): Replay['outputs'][number] => {
    const at = gathered.wanted.indexOf(value);
    return at >= 0 ? { from: 'graph', at } : { from: 'outside', source: sourceOf(value) };
  });
  return {
    signature: gathered.signature,
    inputs: inputs.map(({ spec }) => spec),
    leaves: gathered.leaves.map(sourceOf),
    specs: gathered.wanted.map(({ spec }) => spec),
    made: known.filter(({ from }) => from === 'graph').length,
    outputs: known,
  };
}

/** The value that a source is, where the inputs are these. */
export const valueOf = (source: Source, inputs: readonly Value[]): Value =>
  typeof source === 'number' ? inputs[source]! : source;

/** The elements of values in main memory: for graphs, for tensors to show, and hidden while inputs are traced. */
import { CycleGANError } from '../../../core/errors.js';
import { hidden, type State, type Value } from '../recording/value.js';
import { copyOf, type HostData } from '../runtime/host-data.js';
import { type ResidentValues } from './resident-values.js';

/** For a graph: nobody writes to them. Elements that come from a thread stay in main memory. @throws if there are none */
export function hostValuesOf(value: Value, residents: ResidentValues): HostData {
  const { state, hostData } = value;
  if (hostData !== undefined) return hostData;
  if (state.type === 'resident' && !residents.isDisposed)
    return (state.data = state.buffer.read() as HostData); // threads answer at once
  throw state.type === 'failed' ? state.error : unreadable();
}

/** Sees to it that leaves of a graph have host data. @throws if one has no elements */
export function loadHostValues(leaves: readonly Value[], residents: ResidentValues): void {
  for (const leaf of leaves) if (leaf.state.type !== 'filled') hostValuesOf(leaf, residents);
}

/**
 * For the program, which may write to them: a copy; a promise if the value is on a device whose runtime answers with promises.
 *
 * @throws if there are none
 */
export function copiedValuesOf(value: Value, residents: ResidentValues): HostData | Promise<HostData> {
  const { state, known, spec } = value;
  if (known === undefined && state.type === 'resident' && !residents.isDisposed) return state.buffer.read();
  return copyOf(known ?? hostValuesOf(value, residents), spec.dtype);
}

const unreadable = (): CycleGANError =>
  new CycleGANError(
    'DISPOSED',
    'onnxruntime backend: this tensor cannot be read: its backend was removed or reset, or it was disposed. ' +
      'Read tensors (await tensor.data()) before.',
  );

/**
 * Hides the elements of values while these are traced as inputs, so that nothing is computed of them outside of the graph.
 * Filled values become arrays: the next input need not be filled. Running ones have no elements yet.
 *
 * @returns shows them again
 * @throws if a value has none; then nothing is hidden
 */
export function hide(values: ReadonlySet<Value>, residents: ResidentValues): () => void {
  const isElsewhere = ({ state: { type } }: Value) => type === 'resident' || type === 'running';
  for (const value of values) if (!isElsewhere(value)) hostValuesOf(value, residents);
  const shows = [...values].map((value) => {
    const { state } = value;
    switch (state.type) {
      case 'given':
        state.array.hide();
        return () => state.array.show();
      case 'resident': {
        const { data } = state;
        state.data = undefined;
        return () => void (state.data = data);
      }
      default: {
        const shown: State =
          state.type === 'known' || state.type === 'running'
            ? state
            : { type: 'known', data: value.hostData!, owned: false };
        value.state = hidden;
        return () => void (value.state = shown);
      }
    }
  });
  return () => {
    for (const show of shows) show();
  };
}

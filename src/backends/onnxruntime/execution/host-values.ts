/** The elements of values in main memory: for graphs, for tensors to show, and hidden while inputs are traced. */
import { CycleGANError } from '../../../core/errors.js';
import { hidden, type State, type Value } from '../recording/value.js';
import { copyOf, type HostData } from '../runtime/host-data.js';
import { type ThreadMemory } from './thread-memory.js';

/** For a graph: nobody writes to them. Elements that come from a thread stay in main memory. @throws if there are none */
function hostValuesOf(value: Value, memory: ThreadMemory): HostData {
  const { state, hostData } = value;
  if (hostData !== undefined) return hostData;
  if (state.type === 'resident' && !memory.isDisposed) return (state.data = memory.read(state.buffer));
  throw state.type === 'failed' ? state.error : unreadable();
}

/** Sees to it that leaves of a graph have host data. @throws if one has no elements */
export function loadHostValues(leaves: readonly Value[], memory: ThreadMemory): void {
  for (const leaf of leaves) if (leaf.state.type !== 'filled') hostValuesOf(leaf, memory);
}

/** For the program, which may write to them: a copy. @throws if there are none */
export function copiedValuesOf(value: Value, memory: ThreadMemory): HostData {
  const { state, known, spec } = value;
  if (known === undefined && state.type === 'resident' && !memory.isDisposed)
    return memory.read(state.buffer);
  return copyOf(known ?? hostValuesOf(value, memory), spec.dtype);
}

const unreadable = (): CycleGANError =>
  new CycleGANError(
    'DISPOSED',
    'onnxruntime backend: this tensor cannot be read: its backend was removed or reset, or it was disposed. ' +
      'Read tensors (await tensor.data()) before.',
  );

/**
 * Hides the elements of values while these are traced as inputs, so that nothing is computed of them outside of the graph.
 * Filled values become arrays: the next input need not be filled.
 *
 * @returns shows them again
 * @throws if a value has none; then nothing is hidden
 */
export function hide(values: ReadonlySet<Value>, memory: ThreadMemory): () => void {
  for (const value of values) if (value.state.type !== 'resident') hostValuesOf(value, memory);
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
          state.type === 'known' ? state : { type: 'known', data: value.hostData!, owned: false };
        value.state = hidden;
        return () => void (value.state = shown);
      }
    }
  });
  return () => {
    for (const show of shows) show();
  };
}

/** The values of what is known, wherever they are: for graphs, for tensors to show, and hidden while inputs are recorded. */
import { CycleGANError } from '../../../core/errors.js';
import { copyOf, filledData, type HostData } from '../runtime/host-data.js';
import { type Residents } from './thread-memory.js';
import { type Value } from '../recording/value.js';

/** For a graph: nobody writes to them. @throws why they are not known */
export function valuesOf(value: Value, residents: Residents): HostData {
  const { data, fill, spec, error, resident } = value;
  if (data !== undefined) return data;
  if (resident !== undefined && !residents.isDisposed) return (value.data = residents.read(value));
  if (fill !== undefined) return filledData(spec.size, spec.dtype, fill);
  throw (
    error ??
    new CycleGANError(
      'DISPOSED',
      'onnxruntime backend: this tensor cannot be read: its backend was removed or reset, or it was disposed. ' +
        'Read tensors (await tensor.data()) before.',
    )
  );
}

/** For the program, which may write to them: a copy. @throws why they are not known */
export function shownValuesOf(value: Value, residents: Residents): HostData {
  const { known, resident, spec } = value;
  if (known === undefined && resident !== undefined && !residents.isDisposed) return residents.read(value);
  return copyOf(known ?? valuesOf(value, residents), spec.dtype);
}

/**
 * While values are recorded as inputs nobody knows them, so that nothing is made of them outside of the graph.
 *
 * @returns ends that
 */
export function hide(values: ReadonlySet<Value>, residents: Residents): () => void {
  const shows = [...values].map((value) => {
    const { given, resident } = value;
    if (given !== undefined) {
      given.hide();
      return () => given.show();
    }
    const data = resident === undefined ? valuesOf(value, residents) : value.data;
    value.data = value.fill = undefined;
    return () => void (value.data = data);
  });
  return () => {
    for (const show of shows) show();
  };
}

/** Whether a program gives on a backend what it gives on cpu. */
import { execute, renew, type Outcome, type Shown } from './execute.js';
import { noisy } from './noise.js';
import { type Program } from './program.js';

/** What is wrong with a program's outcome on a backend; undefined if nothing is, or if it does not run on cpu either. */
export function difference(program: Program, backend: string): string | undefined {
  const want = execute(program, 'cpu');
  if (want.error !== undefined) return undefined;
  const got = execute(program, backend);
  if (got.error !== undefined) renew(backend);
  if (got.error !== undefined) return `throws ${messageOf(got.error)}`;
  for (const [i, one] of want.shown.entries()) {
    const other = got.shown[i]!;
    const where = `${one.name}: `;
    if (other.dtype !== one.dtype) return `${where}${other.dtype} instead of ${one.dtype}`;
    if (other.shape.join() !== one.shape.join())
      return `${where}shape [${other.shape.join()}] instead of [${one.shape.join()}]`;
    const exact = wrongAt(one, other, () => 0);
    if (exact === undefined) continue;
    if (one.dtype !== 'float32' && one.dtype !== 'complex64') return where + exact;
    const wrong = wrongAt(one, other, tolerance(program, want, i));
    if (wrong !== undefined) return where + wrong;
  }
  return undefined;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

function wrongAt(
  { values }: Shown,
  { values: got }: Shown,
  tolerance: (i: number) => number,
): string | undefined {
  if (got.length !== values.length) return `${got.length} numbers instead of ${values.length}`;
  for (let i = 0; i < values.length; i++) {
    const [w, g] = [values[i]!, got[i]!];
    if (typeof w === 'string' || typeof g === 'string') {
      if (w !== g) return `"${g}" instead of "${w}", element ${i}`;
      continue;
    }
    if (w === g || (Number.isNaN(w) && Number.isNaN(g))) continue;
    const most = tolerance(i);
    if (Math.abs(w - g) <= most || most === Infinity) continue;
    return `${g} instead of ${w}, element ${i}`;
  }
  return undefined;
}

/** By how much numbers of what was shown at `at` may differ. */
function tolerance(program: Program, want: Outcome, at: number): (i: number) => number {
  const { name } = want.shown[at]!;
  const values = want.shown[at]!.values as ArrayLike<number>;
  const moved = execute(program, 'cpu', noisy);
  const other = moved.shown[at];
  if (other === undefined || other.name !== name) return () => Infinity;
  const others = other.values as ArrayLike<number>;
  let [largest, shift] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    largest = Math.max(largest, Math.abs(values[i]!));
    const by = Math.abs(values[i]! - others[i]!);
    shift = Math.max(shift, by);
  }
  const most = 20 * shift + 4e-6 * largest + 1e-6;
  return (i) => (Number.isFinite(values[i]!) === Number.isFinite(others[i]!) ? most : Infinity);
}

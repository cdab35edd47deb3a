/**
 * What needs no graph: kernels that see the same elements in another shape, or a part of known ones; those that
 * fill; complex numbers; and checks of indices that are known.
 */
import {
  type DataType,
  type NamedTensorInfoMap,
  slice_util,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type RecordingBackend } from './backend.js';
import { checkIndices, checkRowIndices } from './check-indices.js';
import { copyOf } from './host-data.js';
import { type SliceAttrs, slicing } from './kernels/slicing.js';

/** A kernel in tfjs' own form. Gives undefined where it does not apply. */
export type DirectKernel = (
  backend: RecordingBackend,
  inputs: NamedTensorInfoMap,
  attrs: never,
) => TensorInfo | undefined;

/** The same elements in another shape: the same data id, held once more. */
function view(backend: RecordingBackend, x: TensorInfo, shape: readonly number[]): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
}

const filled =
  (fill: number): DirectKernel =>
  (backend, { x }) =>
    x!.dtype === 'string' || x!.dtype === 'complex64' ? undefined : backend.filled(x!.shape, x!.dtype, fill);

/** Checks indices [n, rank] of rows, if they are known; the kernel itself is recorded. */
function checked(
  backend: RecordingBackend,
  indices: TensorInfo,
  rank: number,
  shape: readonly number[],
): undefined {
  const { known } = backend.valueFor(indices);
  if (known !== undefined && rank > 0) checkRowIndices(known, rank, shape);
}

/** How many axes the indices of a scatter index: those in a list index the first. */
const scatterRank = ({ shape }: TensorInfo): number => (shape.length > 1 ? shape.at(-1)! : 1);

export const directKernels: Readonly<Record<string, DirectKernel>> = {
  Identity: (backend, { x }) => view(backend, x!, x!.shape),
  Reshape: (backend, { x }, { shape }: { shape: number[] }) => {
    const size = util.sizeFromShape(x!.shape);
    const inferred = util.inferFromImplicitShape(shape, size);
    const inferredSize = util.sizeFromShape(inferred);
    util.assert(
      size === inferredSize,
      () =>
        `The new shape (${inferred.join()}) has ${inferredSize} elements and the old ` +
        `shape (${x!.shape.join()}) has ${size} elements. The new shape and old ` +
        'shape must have the same number of elements.',
    );
    return view(backend, x!, inferred);
  },
  ExpandDims: (backend, { input }, { dim }: { dim: number }) => {
    const shape = [...input!.shape];
    const rank = shape.length;
    util.assert(
      -(rank + 1) <= dim && dim <= rank,
      () => `Axis must be in the interval [${-(rank + 1)}, ${rank}]`,
    );
    shape.splice(dim < 0 ? rank + dim + 1 : dim, 0, 1);
    return view(backend, input!, shape);
  },
  ZerosLike: filled(0),
  OnesLike: filled(1),
  Fill: (backend, _, { shape, value, dtype }: { shape: number[]; value: unknown; dtype?: DataType }) =>
    typeof value === 'number' && (dtype ?? 'float32') !== 'string'
      ? backend.filled(shape, dtype ?? 'float32', value)
      : undefined,
  Complex: (backend, { real, imag }) => ({
    dataId: backend.complex(
      real!.shape,
      view(backend, real!, real!.shape),
      view(backend, imag!, imag!.shape),
    ),
    shape: real!.shape,
    dtype: 'complex64',
  }),
  Real: (backend, { input }) => {
    const parts = backend.valueFor(input!).parts;
    return parts && view(backend, parts.real, input!.shape);
  },
  Imag: (backend, { input }) => {
    const parts = backend.valueFor(input!).parts;
    return parts && view(backend, parts.imag, input!.shape);
  },
  /**
   * A part of known values that lie side by side, such as a batch of a dataset, is cut out here: batches that
   * begin elsewhere give the same graph, and only the batch is fed.
   */
  Slice: (backend, { x }, attrs: SliceAttrs) => {
    const value = backend.valueFor(x!);
    const { known } = value;
    const [begin, shape] = slicing(x!.shape, attrs);
    if (known === undefined || !slice_util.isSliceContinous(x!.shape, begin, shape)) return undefined;
    const from = slice_util.computeFlatOffset(begin, util.computeStrides(x!.shape));
    const to = from + util.sizeFromShape(shape);
    value.owned = false; // the part looks into it
    const part = Array.isArray(known) ? known.slice(from, to) : known.subarray(from, to);
    return backend.fromHost(shape, x!.dtype, value.given === undefined ? part : copyOf(part, x!.dtype));
  },
  GatherV2: (backend, { x, indices }, { axis }: { axis: number }) => {
    const [$axis] = util.parseAxisParam(axis, x!.shape);
    const { known } = backend.valueFor(indices!);
    if (known !== undefined) checkIndices(known, x!.shape[$axis!]!);
    return undefined;
  },
  GatherNd: (backend, { params, indices }) =>
    checked(backend, indices!, indices!.shape.at(-1) ?? 0, params!.shape),
  ScatterNd: (backend, { indices }, { shape }: { shape: number[] }) =>
    checked(backend, indices!, scatterRank(indices!), shape),
  TensorScatterUpdate: (backend, { tensor, indices }) =>
    checked(backend, indices!, scatterRank(indices!), tensor!.shape),
  Cast: (backend, { x }, { dtype }: { dtype: DataType }) =>
    x!.dtype === dtype && dtype !== 'complex64' ? view(backend, x!, x!.shape) : undefined,
};

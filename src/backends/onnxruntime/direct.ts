/**
 * Kernels that record nothing themselves: those that see the same elements in another shape, those that fill,
 * complex numbers, and those that are made of other kernels.
 */
import {
  type DataType,
  type NamedTensorInfoMap,
  slice_util,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type RecordingBackend } from './backend.js';

/** A kernel in tfjs' own form. `run` calls another kernel of this backend. */
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
   * A part of numbers that are known and lie side by side, such as a batch of a dataset: no node, so that batches
   * that begin elsewhere give the same graph.
   */
  Slice: (backend, { x }, { begin, size }: { begin: number | number[]; size: number | number[] }) => {
    const { data } = backend.valueFor(x!);
    const [from, sizes] = slice_util.parseSliceParams(x!, begin, size) as [number[], number[]];
    if (data === undefined || !slice_util.isSliceContinous(x!.shape, from, sizes)) return undefined;
    slice_util.assertParamsValid(x!, from, sizes);
    const start = slice_util.computeFlatOffset(from, util.computeStrides(x!.shape));
    const end = start + util.sizeFromShape(sizes);
    return backend.fromHost(
      sizes,
      x!.dtype,
      Array.isArray(data) ? data.slice(start, end) : data.subarray(start, end),
    );
  },
  /** Checks indices that are known, as the cpu backend does; others are checked when they are computed. */
  GatherV2: (backend, { x, indices }, { axis }: { axis: number }) => {
    const [$axis] = util.parseAxisParam(axis, x!.shape);
    const size = x!.shape[$axis!]!;
    const { data = [] } = backend.valueFor(indices!);
    for (const index of data as Int32Array) {
      util.assert(
        index <= size - 1 && index >= 0,
        () => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`,
      );
    }
    return undefined;
  },
  Cast: (backend, { x }, { dtype }: { dtype: DataType }) =>
    x!.dtype === dtype && dtype !== 'complex64' ? view(backend, x!, x!.shape) : undefined,
};

/**
 * Kernels that need no graph. Some are views: the same elements in another shape, or a part of known elements. Others change
 * metadata only: filled and complex values. Known indices are checked here, where the kernel is called.
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
import { copyOf, partOf } from './runtime/host-data.js';
import { type Kernel } from './kernels/kernel.js';
import { padAt, type PadAttrs, padShape } from './kernels/padding.js';
import { sliceAt, type SliceAttrs, slicing, type StridedAttrs, stridedSlicing } from './kernels/slicing.js';

/** A kernel in tfjs' own form. Returns undefined if it does not apply. */
export type ViewKernel = (
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
  (fill: number): ViewKernel =>
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

/** How many axes the indices of a scatter refer to: those in a list refer to the first. */
const scatterRank = ({ shape }: TensorInfo): number => (shape.length > 1 ? shape.at(-1)! : 1);

/**
 * A part of known values, such as a batch or a random crop of an image, is cut here: parts at other positions give the same graph,
 * and only the part is fed. A part of other values is a node, whose position is fed if it varies.
 */
function part(
  backend: RecordingBackend,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo | undefined {
  const value = backend.valueFor(x);
  const { known, state } = value;
  if (state.type === 'filled') return backend.filled(size, x.dtype, state.fill);
  if (known !== undefined) {
    const cut = partOf(known, x.shape, begin, size);
    if (state.type === 'given') return backend.fromHost(size, x.dtype, copyOf(cut, x.dtype));
    if (!Array.isArray(cut) && cut.buffer === (known as Float32Array).buffer) value.share(); // the part is a view of it
    return backend.fromHost(size, x.dtype, cut);
  }
  if (!canVary(x, size) || !backend.positions.vary('Slice', x.shape, size, begin)) return undefined;
  const from = backend.fromHost([begin.length], 'int32', Int32Array.from(begin));
  return recordAt(backend, 'SliceAt', sliceAt, { x, begin: from }, { size: [...size] });
}

/** Whether a part of `x`, or `x` as a part of a tensor of the `other` shape, can be in a graph. */
const canVary = ({ shape, dtype }: TensorInfo, other: readonly number[]): boolean =>
  dtype !== 'string' && dtype !== 'complex64' && ![...shape, ...other].includes(0) && shape.length > 0;

/** Records a kernel whose last input is a position that nothing else holds. */
function recordAt(
  backend: RecordingBackend,
  name: string,
  kernel: Kernel,
  inputs: NamedTensorInfoMap,
  attrs: object,
): TensorInfo {
  const answer = backend.runKernel(name, kernel, inputs, attrs) as TensorInfo;
  backend.disposeData(Object.values(inputs).at(-1)!.dataId);
  return answer;
}

export const viewKernels: Readonly<Record<string, ViewKernel>> = {
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
    const { state } = backend.valueFor(input!);
    return state.type === 'complex' ? view(backend, state.real, input!.shape) : undefined;
  },
  Imag: (backend, { input }) => {
    const { state } = backend.valueFor(input!);
    return state.type === 'complex' ? view(backend, state.imag, input!.shape) : undefined;
  },
  Slice: (backend, { x }, attrs: SliceAttrs) => {
    const [begin, shape] = slicing(x!.shape, attrs);
    return part(backend, x!, begin, shape);
  },
  /** With steps of 1 it is a slice in another shape. */
  StridedSlice: (backend, { x }, attrs: StridedAttrs) => {
    const { begin, end, strides, finalShape, isSimpleSlice } = stridedSlicing(x!.shape, attrs);
    const cut = isSimpleSlice
      ? part(backend, x!, begin, slice_util.computeOutShape(begin, end, strides))
      : undefined;
    return cut && { ...cut, shape: finalShape };
  },
  PadV2: (backend, { x }, { paddings, constantValue }: PadAttrs & { constantValue: number }) => {
    const shape = padShape(x!.shape, paddings);
    if (!canVary(x!, shape) || !backend.positions.vary('PadV2', x!.shape, shape, paddings)) return undefined;
    const pairs = backend.fromHost([shape.length, 2], 'int32', Int32Array.from(paddings.flat()));
    return recordAt(backend, 'PadAt', padAt, { x: x!, paddings: pairs }, { shape, constantValue });
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

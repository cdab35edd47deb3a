/** Matrix products: BatchMatMul, the fused one, Einsum. */
import { backend_util, type DataType, util } from '@tensorflow/tfjs-core';
import { int, type Lowering, string } from '../lowering/lowering.js';
import { type Spec } from '../lowering/specs.js';
import { activate, type ActivationAttrs } from './activation.js';
import { type Kernel, kernel } from './kernel.js';

interface MatMulAttrs {
  transposeA: boolean;
  transposeB: boolean;
}

/** Shape of the product. Throws tfjs' own errors where the factors do not fit. */
function productShape(a: Spec, b: Spec, { transposeA, transposeB }: MatMulAttrs): number[] {
  const sides = ({ shape }: Spec, transposed: boolean): [outer: number, rows: number] => {
    const [rows, columns] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
    return transposed ? [columns, rows] : [rows, columns];
  };
  const [rows, innerA] = sides(a, transposeA);
  const [innerB, columns] = sides(b, transposeB);
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  util.assert(
    innerA === innerB,
    () =>
      `Error in matMul: inner shapes (${innerA}) and (${innerB}) of Tensors with shapes ${a.shape.join()} and ` +
      `${b.shape.join()} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  return [...batch, rows, columns];
}

/** a · b, plus a bias that broadcasts. */
function product(call: Lowering<MatMulAttrs>, bias?: string): string {
  const [a, b] = call.inputs as readonly [Spec, Spec];
  const { transposeA, transposeB } = call.attrs;
  if (a.shape.length === 2 && b.shape.length === 2 && a.dtype === 'float32') {
    const terms = [call.input(0), call.input(1), ...(bias === undefined ? [] : [bias])];
    return call.op('Gemm', terms, { transA: int(transposeA ? 1 : 0), transB: int(transposeB ? 1 : 0) });
  }
  const factor = (i: number, transposed: boolean): string => {
    const rank = call.inputs[i]!.shape.length;
    const swapped = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
    return transposed ? call.transpose(call.input(i), swapped) : call.input(i);
  };
  const y = call.op('MatMul', [factor(0, transposeA), factor(1, transposeB)]);
  return bias === undefined ? y : call.op('Add', [y, bias]);
}

const types: readonly DataType[] = ['float32', 'int32'];

const batchMatMul = kernel<MatMulAttrs>({
  inputs: ['a', 'b'],
  infer([a, b], attrs) {
    const shape = productShape(a!, b!, attrs);
    return types.includes(a!.dtype) && a!.dtype === b!.dtype ? [{ shape, dtype: a!.dtype }] : undefined;
  },
  lower(call) {
    call.output(product(call));
  },
});

const broadcastsTo = (spec: Spec, shape: number[]): boolean =>
  util.arraysEqual(backend_util.assertAndGetBroadcastShape(shape, [...spec.shape]), shape);

/** A product with a bias and an activation, which may have weights. */
const fusedMatMul = kernel<MatMulAttrs & ActivationAttrs>({
  inputs: ['a', 'b', 'bias', 'preluActivationWeights'],
  infer(inputs, attrs) {
    const [a, b, ...others] = inputs as [Spec, Spec, Spec?, Spec?];
    const shape = productShape(a, b, attrs);
    const lowers = [a, b, ...others].every((spec) => spec === undefined || spec.dtype === 'float32');
    const fits = others.every((spec) => spec === undefined || broadcastsTo(spec, shape));
    return lowers && fits ? [{ shape, dtype: 'float32' }] : undefined;
  },
  lower(call) {
    const [, , bias, alpha] = call.inputs as readonly (Spec | undefined)[];
    const y = product(call, bias && call.input(2));
    call.output(activate(call, y, alpha && call.input(3)));
  },
});

const einsum = kernel<{ equation: string }>({
  inputs: 'list',
  infer(inputs, { equation }) {
    const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(equation, inputs.length);
    backend_util.checkEinsumDimSizes(allDims.length, idDims, inputs as never);
    const { dtype } = inputs[0]!;
    if (!types.includes(dtype) || inputs.some((factor) => factor.dtype !== dtype)) return undefined;
    const kept = allDims.slice(0, allDims.length - summedDims.length);
    const sizes = new Map<number, number>();
    idDims.forEach((dims, i) => dims.forEach((dim, axis) => sizes.set(dim, inputs[i]!.shape[axis]!)));
    return [{ shape: kept.map((_, dim) => sizes.get(dim)!), dtype }];
  },
  lower(call) {
    const factors = call.inputs.map((_, i) => call.input(i));
    call.output(call.op('Einsum', factors, { equation: string(call.attrs.equation.replace(/\s/g, '')) }));
  },
});

export const matrixKernels: Readonly<Record<string, Kernel>> = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
  Einsum: einsum,
};

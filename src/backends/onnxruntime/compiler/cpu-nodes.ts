/**
 * Which nodes of a model ONNX Runtime runs on the CPU though its provider is WebGPU. It does not tell, so this is what its profile
 * shows for the operators that kernels write. Each of these nodes moves its inputs and outputs across the bus.
 */
import { type OnnxNode } from '../../../onnx/index.js';

/** Operators without a kernel for WebGPU in ONNX Runtime 1.30. */
const missing = [
  'BitwiseAnd',
  'FusedMatMul',
  'IsInf',
  'IsNaN',
  'LRN',
  'Mod',
  'Or',
  'Round',
  'Selu',
  'Sign',
  'Sum',
];

/** Codes of int64 and float64, which a GPU does not have: what computes with them runs on the CPU. */
const wide = [7, 11];
/** Operators that give int64. */
const giveWide = ['ArgMax', 'ArgMin'];

/** @param nodes in an order in which they can run */
export function countCpuNodes(nodes: readonly OnnxNode[]): number {
  const wideValues = new Set<string>();
  let count = 0;
  for (const { op, inputs, outputs, attributes } of nodes) {
    const isNarrowed = op === 'Equal' || op === 'Cast';
    const isWidened = op === 'Cast' && wide.includes((attributes.to as { int: number }).int);
    const isWide = inputs.some((input) => wideValues.has(input));
    if (isWidened || isWide || missing.includes(op)) count++;
    if (isWidened || giveWide.includes(op) || (isWide && !isNarrowed))
      for (const output of outputs) wideValues.add(output);
  }
  return count;
}

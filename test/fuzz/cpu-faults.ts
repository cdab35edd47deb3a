/**
 * What tfjs' cpu backend, or its gradients, compute wrongly. A difference there would be no fault of another backend, so
 * these are not drawn.
 */
export interface CpuFault {
  readonly what: string;
  readonly reason: string;
}

export const cpuFaults: readonly CpuFault[] = [
  {
    what: 'gradients of resizeNearestNeighbor',
    reason:
      'ResizeNearestNeighborGrad reads the first image of a batch for all of them, and forgets halfPixelCenters.',
  },
  {
    what: 'gradients of resizeBilinear with halfPixelCenters',
    reason: 'ResizeBilinearGrad forgets halfPixelCenters.',
  },
  { what: 'gradients of mirrorPad', reason: 'tfjs slices the border off instead of folding it back.' },
  {
    what: 'matMul of batches that broadcast in some axes only, [4, 3, n, k] and [4, 1, k, m]',
    reason: 'BatchMatMul counts batches flat, so that factors of other batches are multiplied.',
  },
  {
    what: 'tensorScatterUpdate of a tensor that is used again',
    reason: 'TensorScatterUpdate writes into its input.',
  },
  {
    what: 'reshape and fft of a complex tensor that is used again',
    reason: 'Reshape gives the parts of its input the new shape too.',
  },
  {
    what: 'gradients of maxPool3d with windows of other height than width',
    reason: 'maxPool3dPositions multiplies rows of the window by its height instead of its width.',
  },
  {
    what: 'complex tensors that move to the cpu backend from another',
    reason: 'Its move() forgets the two parts.',
  },
  {
    what: 'stridedSlice with shrinkAxisMask and steps other than 1',
    reason: 'StridedSlice walks the shape without the axes that shrink, or throws.',
  },
  { what: 'windows larger than the image', reason: 'Shapes get negative sizes.' },
  {
    what: 'leakyrelu in fused kernels without leakyreluAlpha',
    reason: 'The default is left out, and NaN comes.',
  },
];

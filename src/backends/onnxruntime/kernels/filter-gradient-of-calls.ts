/**
 * The gradient of a filter that several convolutions share, by Winograd's algorithm: the tiles of all of them go into one matrix product.
 * Stands for a sum of Conv2DBackpropFilter; has no kernel in tfjs: a pass writes it.
 */
import { type Spec } from '../lowering/specs.js';
import { type Kernel, kernel } from './kernel.js';
import { type Geometry, geometry, type WindowAttrs } from './windows.js';
import { winogradFilterGradient } from './winograd.js';

export type FilterGradientAttrs = WindowAttrs & { filterShape: number[] };

/** @param inputs x and dy of one convolution after the other */
export const geometries = (
  inputs: readonly Pick<Spec, 'shape'>[],
  { filterShape, ...attrs }: FilterGradientAttrs,
): Geometry[] => inputs.filter((_, i) => i % 2 === 0).map((x) => geometry(x.shape, filterShape, attrs));

export const filterGradientOfCalls: Kernel = kernel<FilterGradientAttrs>({
  inputs: 'list',
  infer: () => undefined,
  lower(call) {
    call.output(winogradFilterGradient(call, geometries(call.inputs as Spec[], call.attrs)));
  },
});

/** Passes over a recorded graph, in the order in which they run. Each has a file of its own, and can be skipped. */
import { type KernelGraph } from '../kernels/kernel.js';
import { convolveByRows } from './convolve-by-rows.js';
import { foldPadding } from './fold-padding.js';
import { joinFilterGradients } from './join-filter-gradients.js';
import { multiplyWindows } from './multiply-windows.js';
import { simplify } from './simplify.js';
import { sliceEarly } from './slice-early.js';
import { splitPhases } from './split-phases.js';
import { type LoweringSettings } from '../lowering/writer.js';

/** A pass over the graph that the option `withoutPasses` can skip. */
export type PassName =
  | 'simplify'
  | 'sliceEarly'
  | 'foldPadding'
  | 'joinFilterGradients'
  | 'convolveByRows'
  | 'multiplyWindows'
  | 'splitPhases';

const passes = {
  simplify,
  sliceEarly,
  foldPadding,
  joinFilterGradients,
  convolveByRows,
  multiplyWindows,
  splitPhases,
} satisfies Record<PassName, (graph: KernelGraph, settings: LoweringSettings) => KernelGraph>;

export const passNames = Object.keys(passes) as PassName[];

export interface PassSettings extends LoweringSettings {
  readonly withoutPasses: readonly PassName[];
}

export const runPasses = (graph: KernelGraph, settings: PassSettings): KernelGraph =>
  passNames
    .filter((name) => !settings.withoutPasses.includes(name))
    .reduce((current, name) => passes[name](current, settings), graph);

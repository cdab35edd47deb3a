/**
 * Freezes weights. A program that has run a few times with the same filters is compiled once more with these filters as constants:
 * ONNX Runtime then transforms and packs them once, when it creates the session, instead of in each run. A loop of translations
 * gets faster. Training, whose filters change at each step, stays as it is.
 *
 * A graph is frozen only if all its filters stay the same. The elements of a value never change, so filters are compared by id. When
 * no tensor holds a filter any more, the program with its elements is released. Each frozen program that was hardly used doubles
 * the runs before the next one is frozen, so alternating between training and translation rarely recompiles.
 *
 * The frozen program rounds differently. A graph with gradients of filters is therefore never frozen, even if its filters stay the
 * same for a while, as when gradients accumulate: training that is resumed then must give the same bits.
 */
import { type Gathered } from '../recording/gather.js';
import { geometryOfCall, type WindowAttrs } from '../kernels/windows.js';
import { transformedSize, usesWinograd, type WinogradSettings } from '../kernels/winograd.js';
import { type Program, type ProgramCache } from './program-cache.js';
import { type Kind, type Value } from '../recording/value.js';

/** Runs with the same filters before they are frozen. */
const FIRST_WAIT = 4;
/** After this many runs a frozen program has paid for itself. */
const PAYS = 64;
/** How many sets of filters are distinguished: models of one shape in turns. */
const MOST_SETS = 4;
/** Fewer bytes of filters are not worth freezing. */
const LEAST_BYTES = 2 ** 14;

/** Which inputs of a kernel are filters, or are folded into them. */
const filterInputs: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [1],
  Conv2DBackpropInput: [1],
  Conv3D: [1],
  Conv3DBackpropInputV2: [1],
  DepthwiseConv2dNative: [1],
  FusedConv2D: [1, 2],
  FusedDepthwiseConv2D: [1, 2],
  FusedBatchNorm: [1, 2, 3, 4],
  BatchMatMul: [1],
  _FusedMatMul: [1, 2],
};

/** Kernels of graphs that train. */
const filterGradients = [
  'Conv2DBackpropFilter',
  'Conv3DBackpropFilterV2',
  'DepthwiseConv2dNativeBackpropFilter',
];

/** A program that can be frozen. Its session may still be being created. */
export interface FreezableProgram extends Program {
  readonly isReady: boolean;
}

/** Compiles what was gathered with some leaves, by index, as constants; `program` is the one without. */
export type Compile<P> = (gathered: Gathered, frozen: readonly number[], bytes: number, program: P) => P;

/** One set of filters. */
interface FilterSet<P> {
  runs: number;
  frozen?: { readonly program: P; readonly filters: readonly Value[]; runs: number };
}

/** What is known about a program as it was recorded. */
interface History<P> {
  /** Which leaves are filters; none if they are not worth it. */
  readonly filters: readonly number[];
  /** What they take as constants. */
  readonly bytes: number;
  /** By the filters' ids, in order of last use. */
  readonly sets: Map<string, FilterSet<P>>;
  wait: number;
}

export class Freezer<P extends FreezableProgram> {
  private readonly histories = new WeakMap<P, History<P>>();
  /** Histories with something frozen. */
  private readonly holding = new Set<History<P>>();

  constructor(
    private readonly programs: ProgramCache<P>,
    private readonly compile: Compile<P>,
    private readonly settings: WinogradSettings,
  ) {}

  /** The program to run: `program`, or the frozen one for the filters among these leaves. */
  choose(program: P, gathered: Gathered): P {
    const history = this.historyOf(program, gathered);
    if (history.filters.length === 0) return program;
    const filters = history.filters.map((leaf) => gathered.leaves[leaf]!);
    const set = setOf(history, filters);
    set.runs++;
    if (set.frozen === undefined && set.runs >= history.wait)
      this.freeze(program, history, set, filters, gathered);
    const { frozen } = set;
    if (frozen?.program.isReady !== true) return program;
    frozen.runs++;
    this.programs.get(frozen.program.signature); // used last
    return frozen.program;
  }

  /** Releases frozen programs whose filters no tensor holds, and forgets those that the cache has removed. */
  collect(): void {
    for (const history of this.holding) {
      for (const [key, set] of history.sets) {
        if (set.frozen === undefined) continue;
        const { program, filters, runs } = set.frozen;
        const gone = filters.some(({ refs }) => refs === 0);
        if (!gone && this.programs.has(program)) continue;
        if (gone) this.programs.remove(program);
        history.sets.delete(key);
        history.wait = runs < PAYS ? history.wait * 2 : FIRST_WAIT;
      }
      if (![...history.sets.values()].some(({ frozen }) => frozen)) this.holding.delete(history);
    }
  }

  private freeze(
    recorded: P,
    history: History<P>,
    set: FilterSet<P>,
    filters: readonly Value[],
    gathered: Gathered,
  ): void {
    const { bytes } = history;
    // It must not displace other programs, and values that are still computed cannot be written.
    if (!this.programs.fits(bytes) || filters.some(({ known }) => known === undefined)) return;
    const program = this.compile(gathered, history.filters, bytes, recorded);
    set.frozen = { program, filters, runs: 0 };
    this.programs.add(program);
    this.holding.add(history);
  }

  private historyOf(program: P, gathered: Gathered): History<P> {
    let history = this.histories.get(program);
    if (history === undefined) {
      const filters = filtersOf(gathered, this.settings);
      const bytes = 4 * [...filters.values()].reduce((sum, count) => sum + count, 0);
      const worthIt = bytes >= LEAST_BYTES ? [...filters.keys()] : [];
      history = { filters: worthIt, bytes, sets: new Map(), wait: FIRST_WAIT };
      this.histories.set(program, history);
    }
    return history;
  }
}

/** Which leaves are filters of kernels, and how many elements the session makes of each. */
function filtersOf({ nodes, leaves }: Gathered, settings: WinogradSettings): Map<number, number> {
  const filters = new Map<Value, number>();
  if (nodes.some(({ kind }) => filterGradients.includes(kind.name))) return new Map();
  for (const { kind, inputs } of nodes) {
    for (const i of filterInputs[kind.name] ?? []) {
      const value = inputs[i];
      if (value?.spec.dtype === 'float32') filters.set(value, elementsOf(kind, i, settings));
    }
  }
  const found = leaves.flatMap((leaf, i) => {
    const count = leaf.state.type === 'filled' ? undefined : filters.get(leaf);
    return count === undefined ? [] : [[i, count] as const];
  });
  return new Map(found);
}

/** Kernels whose filters Winograd's algorithm may transform. */
const convolutions = ['Conv2D', 'FusedConv2D', 'Conv2DBackpropInput'];

function elementsOf({ name, inputs, attrs }: Kind, i: number, settings: WinogradSettings): number {
  const { size } = inputs[i]!;
  if (i !== 1 || !convolutions.includes(name)) return size;
  const info = geometryOfCall(inputs, attrs as WindowAttrs);
  return usesWinograd(settings, info) ? transformedSize(info) : size;
}

function setOf<P>({ sets }: History<P>, filters: readonly Value[]): FilterSet<P> {
  const key = filters.map(({ id }) => id).join();
  const set = sets.get(key) ?? { runs: 0 };
  sets.delete(key);
  sets.set(key, set);
  if (sets.size > MOST_SETS) {
    const [oldest] = [...sets].find(([, { frozen }]) => frozen === undefined) ?? [];
    if (oldest !== undefined) sets.delete(oldest);
  }
  return set;
}

/** Curves for the screen: smoothed, and at most a few hundred points, however long the run is. */
import type { SeriesColumn, SeriesPart } from '../protocol.js';
import { type Columns, indexOfStep, orNull } from './columns.js';
import type { Averages } from './smoothing.js';

/** Which part of the curves, and how. */
export interface View {
  /** First and last step, inclusive. */
  readonly from: number;
  readonly to: number;
  /** At most this many points. */
  readonly points: number;
  /** About this many steps are averaged; 1 for none. */
  readonly smoothing: number;
}

/** Columns without noise. */
const asTheyAre = new Set(['lr', 'memory']);
/** Measurements on test images, which only a few steps have. */
export const isSparse = (name: string): boolean => name.startsWith('test_');
/** Rows over which the speed is measured: the time of a single step says little. */
const speedRows = 20;

/**
 * Points of all columns. A point stands for 1, 2, 4, 8 … steps, and these groups start at multiples of their size: while a run
 * grows, old points stay where they are.
 */
export function curvesOf(
  columns: Columns,
  averages: Averages,
  { from, to, points, smoothing }: View,
): SeriesPart {
  const { steps } = columns;
  const [first, end] = [indexOfStep(steps, from), indexOfStep(steps, to + 1)];
  if (first >= end) return { steps: [], columns: {} };
  const groups = groupsOf(steps, first, end, points);
  const result: Record<string, SeriesColumn> = {};
  const add = (name: string, raw: Float64Array, isSmooth = smoothing > 1) => {
    const smooth = isSmooth ? averages.of(name, raw, smoothing, columns) : undefined;
    result[name] = columnOf(raw, smooth, groups);
  };
  for (const name of columns.names)
    add(name, columns.column(name)!, smoothing > 1 && !asTheyAre.has(name) && !isSparse(name));
  const speed = speedOf(columns);
  if (speed) add('speed', speed);
  return { steps: groups.map(([, last]) => steps[last - 1]!), columns: result };
}

/** Ranges of rows [start, end), one for each point. */
function groupsOf(steps: Float64Array, first: number, end: number, points: number): [number, number][] {
  const span = steps[end - 1]! - steps[first]! + 1;
  let size = 1;
  while (span / size > points - 1) size *= 2;
  const groups: [number, number][] = [];
  for (let start = first; start < end;) {
    const next = (Math.floor(steps[start]! / size) + 1) * size;
    const stop = Math.min(end, indexOfStep(steps, next));
    groups.push([start, stop]);
    start = stop;
  }
  return groups;
}

/** `smooth`: the value of a group is that of its last row; without, it is the mean of its rows. */
function columnOf(
  raw: Float64Array,
  smooth: Float64Array | undefined,
  groups: readonly [number, number][],
): SeriesColumn {
  const column = { value: [], min: [], max: [] } as Record<keyof SeriesColumn, (number | null)[]>;
  for (const [start, end] of groups) {
    let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
    for (let i = start; i < end; i++) {
      const value = raw[i]!;
      if (Number.isNaN(value)) continue;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
      count++;
    }
    column.value.push(short(smooth ? smooth[end - 1]! : sum / count));
    column.min.push(short(min));
    column.max.push(short(max));
  }
  return column;
}

/** Five digits are more than a screen shows. */
const short = (value: number): number | null => orNull(Number(value.toPrecision(5)));

/** Steps per second at a row, from the column `seconds`; NaN if it is not known. */
export function speedAt(steps: Float64Array, seconds: Float64Array, row: number): number {
  const before = Math.max(0, row - speedRows);
  const time = seconds[row]! - seconds[before]!;
  return time > 0 ? (steps[row]! - steps[before]!) / time : NaN;
}

function speedOf(columns: Columns): Float64Array | undefined {
  const seconds = columns.column('seconds');
  if (!seconds) return undefined;
  const { steps } = columns;
  const speed = new Float64Array(steps.length);
  for (let i = 0; i < speed.length; i++) speed[i] = speedAt(steps, seconds, i);
  return speed;
}

/** Curves for the screen: smoothed, and at most a few hundred points, however long the run is. */
import type { SeriesColumn, SeriesPart } from '../protocol.js';
import { type Columns, indexOfStep, orNull } from './columns.js';

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

/** Rows over which the speed is measured: the time of a single step says little. */
const speedRows = 20;

/**
 * Points of all columns. A point stands for 1, 2, 4, 8 … steps, and these groups start at multiples of their size: while a run
 * grows, old points stay where they are.
 */
export function curvesOf(columns: Columns, { from, to, points, smoothing }: View): SeriesPart {
  const { steps } = columns;
  const [first, end] = [indexOfStep(steps, from), indexOfStep(steps, to + 1)];
  if (first >= end) return { steps: [], columns: {} };
  const groups = groupsOf(steps, first, end, points);
  const result: Record<string, SeriesColumn> = {};
  for (const name of columns.names) {
    const raw = columns.column(name)!;
    const smooth = smoothing > 1 && name !== 'lr' && name !== 'memory' ? smoothed(raw, smoothing) : undefined;
    result[name] = columnOf(raw, smooth, groups);
  }
  const speed = speedOf(columns);
  if (speed) result.speed = columnOf(speed, smoothing > 1 ? smoothed(speed, smoothing) : undefined, groups);
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

/** Exponential moving average over about `count` rows, without the bias of its start. */
function smoothed(values: Float64Array, count: number): Float64Array {
  const keep = 1 - 1 / count;
  const result = new Float64Array(values.length);
  let [mean, weight] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value)) {
      mean = keep * mean + (1 - keep) * value;
      weight = keep * weight + (1 - keep);
    }
    result[i] = weight === 0 ? NaN : mean / weight;
  }
  return result;
}

/** Steps per second at each row, from the column `seconds`. */
export function speedOf(columns: Columns): Float64Array | undefined {
  const seconds = columns.column('seconds');
  if (!seconds) return undefined;
  const { steps } = columns;
  return Float64Array.from(steps, (step, i) => {
    const before = Math.max(0, i - speedRows);
    const time = seconds[i]! - seconds[before]!;
    return time > 0 ? (step - steps[before]!) / time : NaN;
  });
}

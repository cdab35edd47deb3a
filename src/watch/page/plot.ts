/** One chart on a canvas: uPlot with the page's colours. */
import uPlot from 'uplot';
import { bytes, count, short, speed } from './format.js';
import type { ChartKind } from './explanations.js';
import { token } from './colours.js';

/** One line. */
export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly steps: readonly number[];
  readonly value: readonly (number | null)[];
  /** The smallest and largest value around each point, if they are shown. */
  readonly band?: { readonly min: readonly (number | null)[]; readonly max: readonly (number | null)[] };
}

/** What a chart shows. */
export interface PlotOptions {
  readonly kind: ChartKind;
  readonly lines: readonly Line[];
  readonly log: boolean;
  readonly width: number;
  readonly height: number;
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** The step under the pointer, which a new chart does not know of. */
  readonly pointed: number | undefined;
  /** Called with the range that was drawn with the pointer. */
  readonly onZoom: (from: number, to: number) => void;
  /** Called for a double click. */
  readonly onReset: () => void;
  /** Called with the values under the pointer, or undefined when it leaves. */
  readonly onHover: (step: number | undefined, values: (number | null | undefined)[]) => void;
}

// uPlot's names for these are types only
const [linear, logarithm, arcsinh] = [1, 3, 4] as unknown as uPlot.Scale.Distr[] as [
  uPlot.Scale.Distr,
  uPlot.Scale.Distr,
  uPlot.Scale.Distr,
];

/** Values as the chart's kind shows them. */
export const valueText = (kind: ChartKind, value: number | null | undefined): string => {
  if (value === null || value === undefined) return '–';
  if (kind.format === 'bytes') return bytes(value);
  return kind.format === 'speed' ? speed(value) : short(value);
};

/** Draws into `target`, which must be empty. */
export function plot(target: HTMLElement, options: PlotOptions): uPlot {
  const { kind, lines, log, width, height, pointed, onZoom, onReset, onHover } = options;
  const { data, columns } = dataOf(lines);
  const axis = {
    stroke: token('muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: token('grid'), width: 1 },
    ticks: { show: false },
  };
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const line of lines) {
    series.push({
      label: line.label,
      stroke: line.colour,
      width: 2,
      dash: [...line.dash],
      points: { show: data[0].length < 2 || kind.sparse === true },
      spanGaps: true,
    });
    if (!line.band) continue;
    const hidden = { stroke: 'transparent', width: 0, points: { show: false }, spanGaps: true };
    series.push({ ...hidden }, { ...hidden });
    bands.push({ series: [series.length - 1, series.length - 2], fill: `${line.colour}1f` });
  }
  const logarithmic = log && kind.key !== 'speed' && kind.key !== 'memory';
  const chart = new uPlot(
    {
      width,
      height,
      legend: { show: false },
      padding: [10, 12, 0, 0],
      cursor: {
        // other charts follow the pointer, but do not zoom a second time
        sync: {
          key: 'steps',
          setSeries: false,
          filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
        },
        bind: { dblclick: () => () => (onReset(), null) },
        drag: { x: true, y: false, setScale: false },
        y: false,
        points: { size: 7 },
        ...(kind.sparse && { hover: { skip: [null] } }), // the nearest step that has a value
      },
      scales: {
        x: { time: false, range: () => xRange(data[0], options) },
        y: {
          range: () => yRange(kind, lines, logarithmic),
          distr: distrOf(logarithmic, lines),
          asinh: 0.1,
        },
      },
      axes: [
        {
          ...axis,
          size: 26,
          space: 70,
          values: (_, splits) => splits.map((x) => (Number.isInteger(x) ? count(x) : '')),
        },
        {
          ...axis,
          size: 56,
          space: 34,
          values: (_, splits) => splits.map((y) => ((y as number | null) === null ? '' : tickText(kind, y))),
        },
      ],
      series,
      bands,
      hooks: {
        ready: [
          (u) => {
            if (pointed !== undefined) u.setCursor({ left: u.valToPos(pointed, 'x'), top: 0 });
          },
        ],
        setSelect: [
          (u) => {
            if (u.select.width < 4) return;
            const [from, to] = [u.select.left, u.select.left + u.select.width].map((x) => u.posToVal(x, 'x'));
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            onZoom(Math.max(0, Math.floor(from!)), Math.ceil(to!));
          },
        ],
        setCursor: [
          (u) => {
            const { idx, idxs } = u.cursor;
            if (idx === null || idx === undefined) {
              onHover(undefined, []);
              return;
            }
            const at = (column: number) => idxs?.[column] ?? idx;
            onHover(
              data[0][at(columns[0]!)],
              columns.map((column) => data[column]![at(column)]),
            );
          },
        ],
      },
    },
    data,
    target,
  );
  return chart;
}

const tickText = (kind: ChartKind, y: number): string =>
  kind.format === 'bytes' ? bytes(y) : short(Number(y.toPrecision(10)));

/** Lines of one run share their steps; those of several runs are joined. */
function dataOf(lines: readonly Line[]): { data: uPlot.AlignedData; columns: number[] } {
  const columns: number[] = [];
  let next = 1;
  for (const line of lines) {
    columns.push(next);
    next += line.band ? 3 : 1;
  }
  const ofLine = ({ value, band }: Line) =>
    (band ? [value, band.min, band.max] : [value]) as (number | null)[][];
  const sameSteps = lines.every(({ steps }) => steps === lines[0]!.steps);
  if (sameSteps) return { data: [[...lines[0]!.steps], ...lines.flatMap(ofLine)], columns };
  const tables = lines.map((line) => [[...line.steps], ...ofLine(line)] as uPlot.AlignedData);
  return { data: uPlot.join(tables), columns };
}

function xRange(steps: ArrayLike<number>, { from, to }: PlotOptions): [number, number] {
  const [first, last] = [from ?? steps[0] ?? 0, to ?? steps[steps.length - 1] ?? 1];
  return first < last ? [first, last] : [first - 1, first + 1];
}

const numbers = (values: readonly (number | null)[]): number[] =>
  values.filter((value): value is number => value !== null);
const allPositive = (lines: readonly Line[]): boolean =>
  lines.every(({ value, band }) => [...numbers(value), ...numbers(band?.min ?? [])].every((y) => y > 0));

/** Logarithmic, or arcsinh if values are negative or 0: almost linear around 0, else like a logarithm. */
function distrOf(logarithmic: boolean, lines: readonly Line[]): uPlot.Scale.Distr {
  if (!logarithmic) return linear;
  return allPositive(lines) ? logarithm : arcsinh;
}

/** All of the lines, and most of the bands: single outliers would flatten the lines. */
function yRange(kind: ChartKind, lines: readonly Line[], logarithmic: boolean): [number, number] {
  const values = lines.flatMap(({ value }) => numbers(value));
  const edges = (side: 'min' | 'max') =>
    lines.flatMap(({ band }) => numbers(band?.[side] ?? [])).sort((a, b) => a - b);
  const [low, high] = [edges('min'), edges('max')];
  if (low.length > 0)
    values.push(low[Math.floor(low.length * 0.03)]!, high[Math.ceil(high.length * 0.97) - 1]!);
  if (values.length === 0) return [0, 1];
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  if (logarithmic && min > 0) return min < max ? [min / 1.1, max * 1.1] : [min / 2, max * 2];
  const pad = (max - min) * 0.06 || Math.abs(max) * 0.1 || 1;
  const nearZero = min >= 0 && (min < 0.4 * max || kind.key === 'lr' || kind.key === 'speed');
  return [nearZero ? 0 : min - pad, max + pad];
}

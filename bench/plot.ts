/** A line plot on logarithmic axes, as SVG. A chart library would be larger than the benchmark. */

export interface Line {
  name: string;
  /** x and y, both above 0, in the order of x. */
  points: [number, number][];
}

export interface PlotOptions {
  title: string;
  xLabel: string;
  yLabel: string;
  /** Positions and labels of the ticks of the x axis. */
  xTicks: { x: number; label: string }[];
  yFormat: (y: number) => string;
}

const [width, height] = [720, 440];
const frame = { left: 76, right: 500, top: 48, bottom: 380 };
/** Okabe and Ito's colours, which colour-blind readers can distinguish. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const number = (value: number): string => String(Math.round(value * 10) / 10);

/** 1, 2 and 5 of every power of ten, from the last that is not above `least` to the first that is not below `most`. */
export function decades(least: number, most: number): number[] {
  const ticks: number[] = [];
  const from = Math.floor(Math.log10(least));
  for (let power = from; power <= Math.ceil(Math.log10(most)); power++) {
    for (const digit of [1, 2, 5]) ticks.push(Number(`${digit}e${power}`));
  }
  return ticks.filter((_, i) => (ticks[i + 1] ?? Infinity) > least && (i === 0 || ticks[i - 1]! < most));
}

/** Maps [least, most] to [from, to] by the logarithm. */
function logScale(least: number, most: number, from: number, to: number): (value: number) => number {
  const length = Math.log(most / least) || 1;
  return (value) => from + (Math.log(value / least) / length) * (to - from);
}

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${number(x)}" y="${number(y)}" ${attributes}>${escaped(content)}</text>`;

/** The plot. A dashed line through the first point of the first line shows y growing as x does. */
export function logPlot(lines: readonly Line[], options: PlotOptions): string {
  const { title, xLabel, yLabel, xTicks, yFormat } = options;
  const xs = xTicks.map(({ x }) => x);
  const [leastX, mostX] = [Math.min(...xs), Math.max(...xs)];
  const [startX, startY] = lines[0]!.points[0]!;
  const proportional = (x: number): [number, number] => [x, (startY * x) / startX];
  const guide = [proportional(leastX), proportional(mostX)];
  const ys = [...lines.flatMap(({ points }) => points), ...guide].map(([, y]) => y);
  const yTicks = decades(Math.min(...ys), Math.max(...ys));
  const x = logScale(leastX, mostX, frame.left + 16, frame.right - 16);
  const y = logScale(yTicks[0]!, yTicks.at(-1)!, frame.bottom, frame.top);
  const path = (points: readonly [number, number][]) =>
    points.map((p, i) => `${i === 0 ? 'M' : 'L'}${number(x(p[0]))} ${number(y(p[1]))}`).join('');

  const middle = { x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2 };
  const parts = [
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(frame.left, 26, title, 'font-size="15" font-weight="bold"'),
    ...yTicks.flatMap((tick) => [
      `<path d="M${frame.left} ${number(y(tick))}H${frame.right}" stroke="#ddd"/>`,
      text(frame.left - 8, y(tick) + 4, yFormat(tick), 'text-anchor="end"'),
    ]),
    ...xTicks.map((tick) => text(x(tick.x), frame.bottom + 20, tick.label, 'text-anchor="middle"')),
    text(middle.x, frame.bottom + 44, xLabel, 'text-anchor="middle"'),
    text(18, middle.y, yLabel, `text-anchor="middle" transform="rotate(-90 18 ${middle.y})"`),
    `<path d="${path(guide)}" stroke="#888" stroke-dasharray="5 4"/>`,
    ...lines.flatMap(({ points }, i) => [
      `<path d="${path(points)}" stroke="${colours[i % colours.length]!}" stroke-width="2" fill="none"/>`,
      ...points.map(
        (p) =>
          `<circle cx="${number(x(p[0]))}" cy="${number(y(p[1]))}" r="3.5" fill="${colours[i % colours.length]!}"/>`,
      ),
    ]),
    ...[...lines.map(({ name }) => name), 'proportional'].flatMap((name, i) => {
      const [at, dashed] = [frame.top + 16 + 22 * i, i === lines.length];
      const stroke = dashed
        ? '#888" stroke-dasharray="5 4'
        : `${colours[i % colours.length]!}" stroke-width="2`;
      return [
        `<path d="M${frame.right + 16} ${at}h22" stroke="${stroke}"/>`,
        text(frame.right + 44, at + 4, name),
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
${parts.join('\n')}
</svg>
`;
}

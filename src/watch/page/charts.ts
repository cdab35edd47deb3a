/** The charts and their controls. */
import type { RunInfo } from '../protocol.js';
import { fetchCurves } from './api.js';
import { type CardLine, type ChartCard, chartCard } from './chart-card.js';
import { colour, darkScheme, dashes } from './colours.js';
import { byId, h, setText } from './dom.js';
import { chartsFor } from './explanations.js';
import { count } from './format.js';
import { type Range, shownRuns, state, stepsOf } from './state.js';

const smoothings = [1, 3, 10, 30, 100, 300, 1000];
const smoothingText = (steps: number): string => (steps === 1 ? 'off' : `${count(steps)} steps`);

const ranges: readonly [label: string, range: Range][] = [
  ['Whole run', { kind: 'all' }],
  ['Last half', { kind: 'last', share: 0.5 }],
  ['Last tenth', { kind: 'last', share: 0.1 }],
];

const cards = new Map<string, ChartCard>();
const grid = h('div', { class: 'grid' });
const zoomed = h('option', { value: 'zoom', hidden: true }, 'Zoomed in');
const range = h(
  'select',
  { id: 'range' },
  ...ranges.map(([label], i) => h('option', { value: i }, label)),
  zoomed,
);
const reset = h('button', { type: 'button', id: 'reset', hidden: true }, 'Show the whole run');

/** Creates the controls. */
export function startCharts(): void {
  const start = smoothings.indexOf(state.smoothing);
  const slider = h('input', {
    type: 'range',
    id: 'smoothing',
    min: 0,
    max: smoothings.length - 1,
    value: start,
  });
  const output = h('output', { for: 'smoothing' }, smoothingText(state.smoothing));
  slider.setAttribute('aria-valuetext', smoothingText(state.smoothing));
  slider.addEventListener('input', () => {
    state.smoothing = smoothings[Number(slider.value)]!;
    slider.setAttribute('aria-valuetext', smoothingText(state.smoothing));
    setText(output, smoothingText(state.smoothing));
    void updateCurves();
  });
  const log = h('input', { type: 'checkbox', id: 'log' });
  log.addEventListener('change', () => {
    state.log = log.checked;
    showCharts();
  });
  range.addEventListener('change', () => {
    if (range.value !== 'zoom') setRange(ranges[Number(range.value)]![1]);
  });
  reset.addEventListener('click', () => {
    setRange({ kind: 'all' });
    range.focus();
  });
  byId('charts').append(
    h('h2', { id: 'charts-title' }, 'Curves'),
    h(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'How curves are drawn' },
      h('label', { for: 'smoothing' }, 'Smoothing'),
      slider,
      output,
      h('label', { class: 'check' }, log, 'Log scale'),
      h('label', { for: 'range' }, 'Show'),
      range,
      reset,
    ),
    h(
      'p',
      { class: 'hint' },
      'Drag across a chart to zoom in, double-click to zoom out. The pale areas are the values before smoothing.',
    ),
    grid,
  );
  let width = 0;
  new ResizeObserver(() => {
    if (grid.clientWidth === width) return;
    width = grid.clientWidth;
    for (const card of cards.values()) card.draw();
  }).observe(grid);
  darkScheme.addEventListener('change', showCharts);
}

const zooming = {
  onZoom: (from: number, to: number) => setRange({ kind: 'steps', from, to }),
  onReset: () => setRange({ kind: 'all' }),
};

function setRange(next: Range): void {
  state.range = next;
  const index = ranges.findIndex(([, known]) => JSON.stringify(known) === JSON.stringify(next));
  zoomed.hidden = index >= 0;
  range.value = index >= 0 ? String(index) : 'zoom';
  reset.hidden = next.kind === 'all';
  void updateCurves();
}

let latest = 0;

/** Fetches the curves of the shown runs again, in the resolution of the screen. */
export async function updateCurves(): Promise<void> {
  const request = ++latest;
  const width = grid.querySelector('.plot')?.clientWidth ?? Math.min(innerWidth, 600);
  const query = {
    ...stepsOf(state.range),
    points: Math.max(100, Math.round(width)),
    smoothing: state.smoothing,
  };
  const runs = shownRuns().filter(({ phase }) => phase === 'ready');
  const curves = await Promise.all(runs.map(async ({ id }) => [id, await fetchCurves(id, query)] as const));
  if (request !== latest) return; // a later request has other settings
  state.curves.clear();
  for (const [id, part] of curves) state.curves.set(id, part);
  showCharts();
}

/** Draws what has been fetched. */
export function showCharts(): void {
  const runs = shownRuns().filter(({ id }) => state.curves.has(id));
  const columns = [...new Set(runs.flatMap(({ id }) => Object.keys(state.curves.get(id)!.columns)))];
  const charts = chartsFor(columns);
  const { from, to } = stepsOf(state.range);
  const wanted: HTMLElement[] = [];
  for (const { kind } of charts) {
    const card = cards.get(kind.key) ?? chartCard(kind, zooming);
    cards.set(kind.key, card);
    wanted.push(card.element);
  }
  if (wanted.length !== grid.children.length || wanted.some((element, i) => grid.children[i] !== element)) {
    grid.replaceChildren(...wanted);
  }
  for (const { kind, columns: names } of charts) {
    cards.get(kind.key)!.show({
      lines: linesOf(runs, names),
      log: state.log,
      from: state.range.kind === 'all' ? undefined : from,
      to,
    });
  }
}

/** With one run, colours tell the losses apart; with several, they tell the runs apart, and dashes the losses. */
function linesOf(runs: readonly RunInfo[], names: readonly string[]): CardLine[] {
  const several = state.runs.length > 1;
  return runs.flatMap((run) => {
    const part = state.curves.get(run.id)!;
    return names.flatMap((column, i): CardLine[] => {
      const curve = part.columns[column];
      if (!curve) return [];
      const smooth = state.smoothing > 1 || part.steps.length < run.step;
      return [
        {
          run,
          column,
          label: several ? `${run.name} ${column}` : column,
          colour: colour(several ? run.id : i),
          dash: dashes[i % dashes.length]!,
          steps: part.steps,
          value: curve.value,
          ...(smooth && runs.length === 1 ? { band: curve } : {}),
        },
      ];
    });
  });
}

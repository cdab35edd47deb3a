/** A card with a chart: title, explanation, legend, canvas, and the values as a table for those who do not see the canvas. */
import type uPlot from 'uplot';
import type { RunInfo } from '../protocol.js';
import { h, lastOf, setText } from './dom.js';
import { type ChartKind, meaningOf } from './explanations.js';
import { count } from './format.js';
import { type Line, plot, type PlotOptions, valueText } from './plot.js';

/** One line, and where it comes from. */
export interface CardLine extends Line {
  readonly run: RunInfo;
  readonly column: string;
}

/** What the card shows. */
export interface CardContent {
  readonly lines: readonly CardLine[];
  readonly log: boolean;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** A card in the page. */
export interface ChartCard {
  readonly element: HTMLElement;
  show(content: CardContent): void;
  /** Draws again, in another size or other colours. */
  draw(): void;
}

export function chartCard(
  kind: ChartKind,
  { onZoom, onReset }: Pick<PlotOptions, 'onZoom' | 'onReset'>,
): ChartCard {
  const text = h('p', { class: 'explanation' });
  const legend = h('ul', { class: 'legend', 'aria-hidden': 'true' });
  const canvas = h('div', { class: 'plot', role: 'img' });
  const table = h('div', { class: 'table' });
  const title = h('h3', { id: `chart-${kind.key}` }, kind.title);
  const element = h(
    'article',
    { class: 'card chart', 'aria-labelledby': title.id, 'data-chart': kind.key },
    title,
    text,
    legend,
    canvas,
    h('details', {}, h('summary', {}, 'Values as a table'), table),
  );
  let content: CardContent | undefined;
  let chart: uPlot | undefined;
  let hovered: number | undefined;
  // a live update must not replace the chart under a pointer that is drawing a range
  let dragging = false;
  canvas.addEventListener('pointerdown', () => {
    dragging = true;
    const end = () => {
      dragging = false;
      setTimeout(draw); // after uPlot has seen the end
    };
    addEventListener('pointerup', end, { once: true });
    addEventListener('pointercancel', end, { once: true });
  });

  const values = (current: readonly (number | null | undefined)[], step: number | undefined) => {
    content!.lines.forEach((_, i) => {
      setText(legend.querySelectorAll('b')[i]!, valueText(kind, current[i]));
    });
    setText(legend.querySelector('.at')!, step === undefined ? '' : `step ${count(step)}`);
  };
  const last = () => content!.lines.map(({ value }) => lastOf(value, (y) => y !== null));

  const draw = () => {
    if (!content || canvas.clientWidth === 0 || dragging) return;
    const { lines, log, from, to } = content;
    chart?.destroy();
    chart = plot(canvas, {
      kind,
      lines,
      log,
      from,
      to,
      width: canvas.clientWidth,
      height: canvas.clientHeight,
      pointed: canvas.matches(':hover') ? hovered : undefined,
      onZoom,
      onReset,
      onHover: (step, current) => {
        hovered = step;
        values(step === undefined ? last() : current, step);
      },
    });
  };

  return {
    element,
    draw,
    show(next) {
      content = next;
      setText(text, kind.text(next.lines[0]?.run));
      legend.replaceChildren(...next.lines.map(legendItem), h('li', { class: 'at' }));
      values(last(), undefined);
      canvas.setAttribute('aria-label', label(kind, next.lines));
      table.replaceChildren(valueTable(kind, next.lines));
      draw();
    },
  };
}

const legendItem = ({ label: name, colour, dash }: CardLine): HTMLElement => {
  const item = h('li', {}, h('i', { class: dash.length > 0 ? 'dashed' : 'solid' }), `${name} `, h('b'));
  item.style.setProperty('--line', colour);
  return item;
};

function label(kind: ChartKind, lines: readonly CardLine[]): string {
  const parts = lines.map(({ label: name, run, column, value }) => {
    const last = run.columns[column]?.last ?? value.at(-1);
    return `${name} ${valueText(kind, last)}`;
  });
  return `${kind.title}, curves over the steps. Last values: ${parts.join(', ')}. The table below has more.`;
}

function valueTable(kind: ChartKind, lines: readonly CardLine[]): HTMLElement {
  const head = ['', 'last', 'min', 'max'].map((name) =>
    name ? h('th', { scope: 'col' }, name) : h('td', {}),
  );
  const rows = lines.map(({ label: name, run, column, value }) => {
    const shown = value.filter((y) => y !== null);
    const summary = run.columns[column] ?? {
      last: shown.at(-1) ?? null,
      min: shown.length > 0 ? Math.min(...shown) : null,
      max: shown.length > 0 ? Math.max(...shown) : null,
    };
    const meaning = meaningOf(column);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name, meaning ? h('small', {}, meaning) : undefined),
      ...[summary.last, summary.min, summary.max].map((y) => h('td', {}, valueText(kind, y))),
    );
  });
  return h(
    'table',
    {},
    h('caption', {}, `${kind.title}: values over the whole run`),
    h('thead', {}, h('tr', {}, ...head)),
    h('tbody', {}, ...rows),
  );
}

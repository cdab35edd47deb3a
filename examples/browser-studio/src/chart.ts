/** The losses of a training as lines, drawn by uPlot. */
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element, h } from './dom';

/** The eight losses as four lines: means of both directions. */
const lines = [
  { name: 'Cycle', losses: ['cycle_A', 'cycle_B'], colour: '--line-1' },
  { name: 'Identity', losses: ['idt_A', 'idt_B'], colour: '--line-2' },
  { name: 'Generators', losses: ['G_A', 'G_B'], colour: '--line-3' },
  { name: 'Discriminators', losses: ['D_A', 'D_B'], colour: '--line-4' },
];
const most = 600; // points; then every second one is dropped

/** A chart of losses. */
export interface Chart {
  clear(): void;
  /** Adds the losses of a step. */
  add(step: number, losses: Readonly<Record<string, number>>): void;
}

/** The chart of the page. */
export async function createChart(): Promise<Chart> {
  const { default: UPlot } = await import('uplot');
  const place = element('chart');
  const legend = element('losses');
  let steps: number[] = [];
  let values: number[][] = lines.map(() => []);
  let every = 1;
  let chart: uPlot | undefined;

  const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name);
  const draw = () => {
    chart?.destroy();
    const axis = {
      stroke: token('--quiet'),
      grid: { stroke: token('--border'), width: 1 },
      ticks: { show: false },
    };
    chart = new UPlot(
      {
        width: place.clientWidth,
        height: 220,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false } },
        axes: [axis, { ...axis, size: 40 }],
        series: [
          {},
          ...lines.map(({ colour }) => ({ stroke: token(colour), width: 2, points: { show: false } })),
        ],
      },
      [steps, ...values],
      place,
    );
  };
  new ResizeObserver(() => {
    if (place.clientWidth > 0) draw();
  }).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

  return {
    clear() {
      [steps, values, every] = [[], lines.map(() => []), 1];
      chart?.setData([steps, ...values]);
      legend.replaceChildren();
    },
    add(step, losses) {
      const means = lines.map(({ losses: [a, b] }) => ((losses[a!] ?? 0) + (losses[b!] ?? 0)) / 2);
      legend.replaceChildren(
        ...lines.map(({ name, colour }, i) =>
          h('li', { style: `--colour:var(${colour})` }, `${name} ${means[i]!.toFixed(2)}`),
        ),
      );
      place.ariaLabel = `Losses at step ${step}: ${lines.map(({ name }, i) => `${name} ${means[i]!.toFixed(2)}`).join(', ')}`;
      if (step % every !== 0) return;
      steps.push(step);
      means.forEach((mean, i) => values[i]!.push(mean));
      if (steps.length > most) {
        every *= 2;
        const kept = steps.map((each) => each % every === 0);
        [steps, ...values] = [steps, ...values].map((list) => list.filter((_, i) => kept[i])) as [
          number[],
          ...number[][],
        ];
      }
      chart?.setData([steps, ...values]);
    },
  };
}

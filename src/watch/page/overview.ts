/** How far the runs are: tiles for one run, a table to choose from for several. */
import type { RunInfo } from '../protocol.js';
import { colour } from './colours.js';
import { byId, h, setText } from './dom.js';
import { count, duration, short, speed } from './format.js';
import { state } from './state.js';

/** When the runs were fetched: ages grow from then on. */
let fetched = 0;
let onChoose: () => void = () => undefined;
let shape = '';

/** @param choose called when runs are shown or hidden */
export function startOverview(choose: () => void): void {
  onChoose = choose;
  setInterval(showOverview, 5000);
}

/** Shows what has just been fetched. */
export function updateOverview(): void {
  fetched = performance.now();
  showOverview();
}

/** A run is live if its last step is not long ago, compared with its own speed. */
export function stateOf(run: RunInfo): { name: string; text: string } {
  if (run.phase === 'missing') return { name: 'waiting', text: 'The folder does not exist yet' };
  if (run.phase === 'empty') return { name: 'waiting', text: 'Waiting for the first step' };
  if (run.notes.some(({ severity }) => severity === 'error'))
    return { name: 'failed', text: 'Needs attention' };
  if (run.totalSteps !== null && run.step >= run.totalSteps) return { name: 'finished', text: 'Finished' };
  const age = ((run.age ?? 0) + performance.now() - fetched) / 1000;
  const patience = Math.max(30, 10 / (run.speed ?? 1));
  if (age < patience) return { name: 'live', text: 'Training' };
  return { name: 'waiting', text: `No step for ${duration(age)}` };
}

function showOverview(): void {
  const { runs } = state;
  const [run] = runs;
  if (!run) return;
  const next = runs.length === 1 ? 'one' : runs.map(({ name }) => name).join('\n');
  const section = byId('overview');
  if (next !== shape) {
    shape = next;
    section.replaceChildren(runs.length === 1 ? tiles() : table(runs));
  }
  if (runs.length === 1) fillTiles(section, run);
  else for (const each of runs) fillRow(section, each);
  const title = runs.length === 1 ? run.name : `${runs.length} runs`;
  setText(byId('title'), title);
  document.title = runs.length === 1 && run.phase === 'ready' ? `${count(run.step)} · ${title}` : title;
}

const names = ['State', 'Step', 'Epoch', 'Speed', 'Trained for', 'Left', 'Learning rate'] as const;

const tiles = (): HTMLElement =>
  h(
    'div',
    {},
    h(
      'dl',
      { class: 'tiles' },
      ...names.map((name) => h('div', {}, h('dt', {}, name), h('dd', { 'data-tile': name }))),
    ),
    h('progress', { max: 1, value: 0, 'aria-label': 'Completed share of the training' }),
    h('p', { class: 'facts' }),
  );

const outOf = (value: number, end: number | null): string =>
  end === null ? count(value) : `${count(value)} of ${count(end)}`;

function valuesOf(run: RunInfo): Record<(typeof names)[number], string> {
  const left = run.totalSteps !== null && run.speed ? (run.totalSteps - run.step) / run.speed : undefined;
  return {
    State: stateOf(run).text,
    Step: outOf(run.step, run.totalSteps),
    Epoch: outOf(run.epoch, run.totalEpochs),
    Speed: speed(run.speed),
    'Trained for': duration(run.seconds),
    Left: left === undefined ? '–' : left <= 0 ? 'none' : duration(left),
    'Learning rate': short(run.columns.lr?.last),
  };
}

function factsOf(run: RunInfo): string {
  const facts = [
    run.algorithm &&
      ({ cyclegan: 'CycleGAN', pix2pix: 'pix2pix', cut: 'CUT', gan: 'GAN' }[run.algorithm] ?? run.algorithm),
    run.adversarial && `loss ${run.adversarial}`,
    run.engine && `engine ${run.engine}`,
    run.created &&
      `started ${new Date(run.created).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}`,
    run.brokenLines > 0 &&
      `${count(run.brokenLines)} ${run.brokenLines === 1 ? 'line' : 'lines'} of metrics.jsonl could not be read`,
  ];
  return facts.filter(Boolean).join(' · ');
}

function fillTiles(section: HTMLElement, run: RunInfo): void {
  const values = valuesOf(run);
  for (const name of names) setText(section.querySelector(`[data-tile="${name}"]`)!, values[name]);
  section.querySelector<HTMLElement>('[data-tile="State"]')!.dataset.state = stateOf(run).name;
  const progress = section.querySelector('progress')!;
  progress.hidden = run.totalSteps === null;
  progress.value = run.totalSteps === null ? 0 : Math.min(1, run.step / run.totalSteps);
  setText(section.querySelector('.facts')!, factsOf(run));
}

const columns = ['State', 'Step', 'Epoch', 'Speed', 'Trained for', 'Left'] as const;

function table(runs: readonly RunInfo[]): HTMLElement {
  const rows = runs.map((run) => {
    const box = h('input', { type: 'checkbox', id: `run-${run.id}` });
    box.checked = !state.hidden.has(run.id);
    box.addEventListener('change', () => {
      if (box.checked) state.hidden.delete(run.id);
      else state.hidden.add(run.id);
      onChoose();
    });
    const swatch = h('i', { class: 'solid' });
    const label = h('label', { for: box.id }, box, swatch, run.name);
    return h(
      'tr',
      { 'data-run': run.id },
      h('th', { scope: 'row' }, label, h('small', { class: 'facts' })),
      ...columns.map((name) => h('td', { 'data-tile': name, 'data-label': name })),
    );
  });
  const head = h(
    'tr',
    {},
    h('th', { scope: 'col' }, 'Run'),
    ...columns.map((name) => h('th', { scope: 'col' }, name)),
  );
  return h(
    'table',
    { class: 'runs card' },
    h('caption', { class: 'hidden' }, 'Runs. Choose which are shown.'),
    h('thead', {}, head),
    h('tbody', {}, ...rows),
  );
}

function fillRow(section: HTMLElement, run: RunInfo): void {
  const row = section.querySelector<HTMLElement>(`[data-run="${run.id}"]`)!;
  row.style.setProperty('--line', colour(run.id));
  const values = valuesOf(run);
  for (const name of columns) setText(row.querySelector(`[data-tile="${name}"]`)!, values[name]);
  row.querySelector<HTMLElement>('[data-tile="State"]')!.dataset.state = stateOf(run).name;
  setText(row.querySelector('.facts')!, factsOf(run));
}

/** The tab that trains on images of the person. The browser keeps runs, so they survive a reload. */
import {
  deleteRun,
  listRuns,
  type RunInfo,
  type Sample,
  type SampleReport,
  type StepReport,
  type WorkerTraining,
} from 'ts-cyclegan/browser';
import { type Chart, createChart } from './chart';
import { download, element, h, paint } from './dom';
import { type Engine, hasStopped, startEngine, titles } from './engine';
import { zipped } from './models';
import { clearProblem, showProblem } from './problems';
import { createZone } from './zone';

const form = element<HTMLFormElement>('new-run');
const toggle = element<HTMLButtonElement>('run-toggle');
const bar = element<HTMLProgressElement>('run-bar');
const events = { onStep, onSample, sampleEvery: 10, checkpointEvery: 25 };

let engine: Promise<Engine> | undefined;
let run: WorkerTraining | undefined;
let running = false;
let total = 0; // steps of the run that is open
let last = { step: 0, time: 0 };
let chart: Chart | undefined;

/** Starts the tab. @param useModel offers a model in the other tab */
export async function startTraining(useModel: (label: string, url: string) => void): Promise<void> {
  const start = element<HTMLButtonElement>('start-run');
  const ready = () => (start.disabled = a().length === 0 || b().length === 0);
  const a = createZone(element('zone-a'), 'A', () => ready());
  const b = createZone(element('zone-b'), 'B', () => ready());
  ready();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const size = Number(value('run-size'));
    const [filters, residualBlocks] = value('run-network').split(',').map(Number) as [number, number];
    const epochs = Number(value('run-epochs'));
    void navigator.storage.persist?.(); // asks the browser not to clear it
    void open(value('run-name'), epochs * Math.max(a().length, b().length), {
      a: a(),
      b: b(),
      model: { convention: 'pytorch', inputShape: [size, size, 3], filters, residualBlocks },
      trainer: { epochs },
      images: { convention: 'pytorch', cropSize: size, onError: 'skip' },
      fit: { epochs },
    });
  });
  toggle.addEventListener('click', () => void (running ? pause() : train()));
  element('run-close').addEventListener('click', () => void close());
  element('run-download').addEventListener('click', () => void trying(downloadModel));
  element('run-use').addEventListener(
    'click',
    () =>
      void trying(async () => {
        const url = `indexeddb://studio-${run!.name}`;
        await run!.saveModel(url, { dtype: 'float16' });
        useModel(run!.name, url);
      }),
  );
  await showRuns();
}

type Start = Parameters<Engine['cyclegan']['startTraining']>[1];

/** Opens a run, a new one or one that the browser keeps, and trains. */
async function open(name: string, steps: number, start?: Start): Promise<void> {
  clearProblem();
  try {
    await run?.close();
    run = undefined;
    showRun(name, 'Starting the engine…');
    chart ??= await createChart().catch(() => undefined); // training needs no chart
    chart?.clear();
    engine ??= startEngine('training');
    const { cyclegan, choice } = await engine;
    element('run-progress').textContent = `Preparing, on ${titles[choice.name]}…`;
    run = start
      ? await cyclegan.startTraining(name, { ...start, ...events })
      : await cyclegan.resumeTraining(name, events);
    total = steps;
    showProgress(run.start.step);
    await train();
  } catch (error) {
    failed(error);
    if (!run) await showRuns();
  }
}

/** Trains until the end, or until it is paused. */
async function train(): Promise<void> {
  try {
    setRunning(true);
    last = { step: 0, time: performance.now() };
    const { step, complete } = await run!.train();
    showProgress(step);
    if (complete) element('run-progress').textContent = `Complete after ${step} steps`;
    setRunning(false, complete);
  } catch (error) {
    setRunning(false);
    failed(error);
  }
}

async function pause(): Promise<void> {
  toggle.disabled = true;
  await trying(() => run!.pause());
}

async function close(): Promise<void> {
  await trying(() => run!.close());
  run = undefined;
  await showRuns();
}

/** The worker of an engine that has failed is of no use any more: the next run gets a new one. */
function failed(error: unknown): void {
  showProblem(error, 'train');
  if (!hasStopped(error)) return;
  void engine?.then(({ cyclegan }) => cyclegan.terminate());
  engine = run = undefined;
  void showRuns();
}

async function trying(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    showProblem(error, 'train');
  }
}

async function downloadModel(): Promise<void> {
  const { name } = run!;
  download(await zipped(await run!.modelFiles(), name), `${name}.zip`);
}

// --- what the page shows

function onStep({ step, losses }: StepReport): void {
  chart?.add(step, losses);
  showProgress(step);
}

function showProgress(step: number): void {
  const now = performance.now();
  const seconds = (now - last.time) / 1000;
  const each =
    last.step > 0 && step > last.step ? `, ${(seconds / (step - last.step)).toFixed(2)} s each` : '';
  last = { step, time: now };
  element('run-progress').textContent = `Step ${step} of ${total}${running ? each : ''}`;
  bar.max = total;
  bar.value = step;
}

function onSample({ a, b }: SampleReport<ImageData>): void {
  element('run-samples').replaceChildren(row('A', 'B', a), row('B', 'A', b));
}

const row = (from: string, to: string, { real, fake, rec }: Sample<ImageData>): HTMLElement =>
  h(
    'div',
    { class: 'row' },
    ...(
      [
        [real, `Image of ${from}`],
        [fake, `as ${to}`],
        [rec, 'and back'],
      ] as const
    ).map(([image, label]) => {
      const canvas = h('canvas', { role: 'img' });
      paint(canvas, image, label);
      return h('figure', {}, canvas, h('figcaption', { class: 'small quiet' }, label));
    }),
  );

function showRun(name: string, progress: string): void {
  element('runs').replaceChildren();
  form.hidden = true;
  element('run').hidden = false;
  element('run-title').textContent = name;
  element('run-progress').textContent = progress;
  element('run-samples').replaceChildren(
    h('p', { class: 'quiet' }, 'The first samples come after some steps.'),
  );
  setRunning(false);
  for (const button of buttons()) button.disabled = true;
}

const buttons = () => element('run').querySelectorAll('button');

function setRunning(on: boolean, complete = false): void {
  running = on;
  toggle.textContent = on ? 'Pause' : complete ? 'Complete' : 'Resume';
  for (const button of buttons()) button.disabled = false;
  toggle.disabled = complete;
}

/** Shows the form, and the runs that the browser keeps. */
async function showRuns(): Promise<void> {
  element('run').hidden = true;
  form.hidden = false;
  const runs = await listRuns().catch(() => []); // private windows may keep nothing
  const field = element<HTMLInputElement>('run-name');
  const names = new Set(runs.map(({ name }) => name));
  for (let i = 2; names.has(field.value); i++) field.value = `${field.value.replace(/-\d+$/, '')}-${i}`;
  element('runs').replaceChildren(
    ...(runs.length > 0
      ? [h('h2', {}, 'Your trainings'), h('ul', { class: 'runs' }, ...runs.map(runItem))]
      : []),
  );
}

function runItem({ name, step, epoch, epochs, images, saved }: RunInfo): HTMLElement {
  const resume = h('button', { type: 'button', class: 'main', 'aria-label': `Resume ${name}` }, 'Resume');
  const remove = h('button', { type: 'button', 'aria-label': `Delete ${name}` }, 'Delete');
  resume.addEventListener('click', () => void open(name, epochs * Math.max(images.a, images.b)));
  remove.addEventListener('click', () => {
    if (!confirm(`Delete the training ${name} with its images and its model?`)) return;
    void trying(() => deleteRun(name)).then(showRuns);
  });
  const text = `step ${step}, ${epoch} of ${epochs} epochs, ${images.a} + ${images.b} images, saved ${new Date(saved).toLocaleString()}`;
  return h(
    'li',
    {},
    h('span', {}, h('b', {}, name), h('span', { class: 'quiet small' }, text)),
    h('span', { class: 'buttons' }, resume, remove),
  );
}

const value = (id: string): string => element<HTMLInputElement | HTMLSelectElement>(id).value;

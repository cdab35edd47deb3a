/** The sample sheets: a slider over time, with the sheets of all shown runs of about the same step. */
import type { RunInfo, SheetInfo } from '../protocol.js';
import { sheetUrl } from './api.js';
import { byId, h, lastOf, setText } from './dom.js';
import { count } from './format.js';
import { shownRuns, state } from './state.js';

/** Milliseconds for a sheet while playing. */
const frame = 350;

const slider = h('input', { type: 'range', id: 'sheet', min: 0, max: 0, value: 0 });
const output = h('output', { for: 'sheet', class: 'step' });
const back = h('button', { type: 'button', 'aria-label': 'Previous sheet' }, '‹');
const next = h('button', { type: 'button', 'aria-label': 'Next sheet' }, '›');
const play = h('button', { type: 'button', class: 'play' }, 'Play');
const sheets = h('div', { class: 'sheets' });
const controls = h(
  'div',
  { class: 'timeline' },
  h('p', { class: 'step-line' }, h('label', { for: 'sheet' }, 'Step '), output),
  play,
  h('div', { class: 'moves' }, back, slider, next),
);
const empty = h('p', { class: 'empty' });

/** All steps that have a sheet in a shown run. */
let steps: number[] = [];
let timer: ReturnType<typeof setInterval> | undefined;

/** Creates the controls. */
export function startSamples(): void {
  slider.addEventListener('input', () => {
    stop();
    show();
  });
  const move = (by: number) => {
    stop();
    select(Number(slider.value) + by);
  };
  back.addEventListener('click', () => move(-1));
  next.addEventListener('click', () => move(1));
  play.addEventListener('click', () => {
    if (timer === undefined) start();
    else stop();
  });
  byId('samples').append(
    h('div', { class: 'card' }, h('h2', { id: 'samples-title' }, 'Samples'), empty, controls, sheets),
  );
  new ResizeObserver(() => {
    for (const image of sheets.querySelectorAll('img')) fit(image);
  }).observe(sheets);
}

function start(): void {
  if (Number(slider.value) >= steps.length - 1) select(0);
  timer = setInterval(() => {
    select(Number(slider.value) + 1);
    if (Number(slider.value) >= steps.length - 1) stop();
  }, frame);
  setText(play, 'Pause');
  play.classList.add('playing');
}

function stop(): void {
  clearInterval(timer);
  timer = undefined;
  setText(play, 'Play');
  play.classList.remove('playing');
}

function select(index: number): void {
  slider.value = String(Math.min(steps.length - 1, Math.max(0, index)));
  show();
}

/** Shows new sheets. If the slider is at the end, it follows. */
export function updateSamples(): void {
  const before = steps[Number(slider.value)];
  const atEnd = Number(slider.value) >= steps.length - 1;
  steps = [...new Set(shownRuns().flatMap(({ samples }) => samples.map(({ step }) => step)))].sort(
    (a, b) => a - b,
  );
  slider.max = String(Math.max(0, steps.length - 1));
  controls.hidden = steps.length < 2;
  empty.hidden = steps.length > 0;
  setText(empty, 'There are no sample sheets yet. They appear here while the run trains.');
  const same = before === undefined ? -1 : steps.indexOf(lastOf(steps, (step) => step <= before) ?? -1);
  if (timer === undefined || same < 0) select(atEnd || same < 0 ? steps.length - 1 : same);
}

/** The sheet of a run at a step, or the last one before it. */
const sheetAt = (run: RunInfo, step: number): SheetInfo | undefined =>
  lastOf(run.samples, (sheet) => sheet.step <= step) ?? run.samples[0];

function show(): void {
  const index = Number(slider.value);
  const step = steps[index];
  if (step === undefined) {
    sheets.replaceChildren();
    return;
  }
  setText(output, count(step));
  slider.setAttribute('aria-valuetext', `step ${count(step)}`);
  back.disabled = index === 0;
  next.disabled = index === steps.length - 1;
  const runs = shownRuns().filter(({ samples }) => samples.length > 0);
  while (sheets.children.length > runs.length) sheets.lastElementChild!.remove();
  runs.forEach((run, i) => {
    const figure = (sheets.children[i] as HTMLElement | undefined) ?? newFigure();
    const sheet = sheetAt(run, step)!;
    const image = figure.querySelector('img')!;
    const url = sheetUrl(run.id, sheet);
    if (image.getAttribute('src') !== url) image.src = url;
    image.alt = `Sheet of sample images at step ${count(sheet.step)}: ${columnsOf(run)}`;
    setText(
      figure.querySelector('figcaption')!,
      state.runs.length > 1 ? `${run.name}, step ${count(sheet.step)}` : captionOf(run),
    );
  });
  preload(runs, index);
}

const columnsOf = ({ algorithm }: RunInfo): string =>
  algorithm === 'gan'
    ? 'fakes, made from the same noise each time.'
    : algorithm === 'pix2pix'
      ? 'each row an input image, its fake and the target.'
      : algorithm === 'cut'
        ? 'each row an input image and its fake.'
        : 'each row an input image, its fake, and the fake translated back.';
/** Without test images the samples are training images, so the caption does not say that they are held out. */
const captionOf = (run: RunInfo): string =>
  run.algorithm === 'gan' ? 'The same noise each time.' : 'The same images each time.';

function newFigure(): HTMLElement {
  const image = h('img', { decoding: 'async' });
  image.addEventListener('load', () => fit(image));
  const figure = h('figure', {}, image, h('figcaption'));
  sheets.append(figure);
  return figure;
}

/** Small sheets grow by whole factors if there is room, so their pixels and letters stay sharp. */
function fit(image: HTMLImageElement): void {
  const room = image.parentElement!.clientWidth - 2; // of the border
  const { naturalWidth } = image;
  if (naturalWidth === 0 || room <= 0) return;
  const factor = Math.floor(room / naturalWidth);
  image.classList.toggle('sharp', factor >= 2);
  image.style.width = `${factor >= 2 ? factor * naturalWidth : Math.min(room, 2 * naturalWidth)}px`;
}

/** Loads the sheets before and after, so that the slider does not flicker. */
function preload(runs: readonly RunInfo[], index: number): void {
  for (const neighbour of [index + 1, index + 2, index - 1]) {
    const step = steps[neighbour];
    if (step === undefined) continue;
    for (const run of runs) new Image().src = sheetUrl(run.id, sheetAt(run, step)!);
  }
}

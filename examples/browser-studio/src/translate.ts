/** The tab that translates drawings, images and the camera. */
import { isCycleGANError, type Direction } from 'ts-cyclegan';
import { type Camera, type Files, openCamera, type WorkerTranslator } from 'ts-cyclegan/browser';
import { createBoard } from './board';
import { download, element, h, paint } from './dom';
import { type Engine, hasStopped, onEngineChoice, showEngine, showStatus, startEngine } from './engine';
import { latest, speedometer } from './live';
import { load, type Model, modelOfFiles, ownModel, shipped } from './models';
import { clearProblem, showProblem } from './problems';

type SourceName = 'draw' | 'image' | 'camera';
type Source = HTMLCanvasElement | ImageBitmap | HTMLVideoElement;

const direction = element<HTMLSelectElement>('direction');
const detail = element<HTMLSelectElement>('detail');
const chooser = element<HTMLSelectElement>('model');
const before = element<HTMLCanvasElement>('before');
const output = element<HTMLCanvasElement>('output');
const sharp = element<HTMLInputElement>('sharp');
const speed = speedometer();

const models = new Map<string, Model>([['shipped', shipped]]);
let chosen = 'shipped';
let engine: Engine | undefined;
let translator: WorkerTranslator | undefined;
let restarted = false; // since the last translation, so that a broken engine is not started for ever
let source: SourceName = 'draw';
let image: ImageBitmap | undefined;
let imageName = '';
let camera: Camera | undefined;
let board: HTMLCanvasElement | undefined;

const translateSoon = latest(translateNow);

/** Starts the tab. It can be drawn on at once; translations come when engine and model are ready. */
export async function startTranslating(): Promise<void> {
  board = createBoard(() => {
    if (source === 'draw') translateSoon();
  });
  for (const name of ['draw', 'image', 'camera'] as const) {
    element(`source-${name}`).addEventListener('click', () => void choose(name));
  }
  direction.addEventListener('change', () => void loadModel());
  detail.addEventListener('change', translateSoon);
  chooser.addEventListener('change', () => chooseModel(chooser.value));
  element<HTMLInputElement>('slider').addEventListener('input', showInput);
  sharp.addEventListener('change', showInput);
  element('save-image').addEventListener('click', saveImage);
  onFile('image-file', (files) => openImage(files[0]!));
  onFile('model-files', openModel);
  onFile('model-folder', openModel);
  element<HTMLDialogElement>('url-dialog').addEventListener('close', urlChosen);
  element('url-dialog')
    .querySelector('button')!
    .addEventListener('click', () => element<HTMLDialogElement>('url-dialog').close('cancel'));
  document.addEventListener('paste', ({ clipboardData }) => {
    const file = clipboardData?.files[0];
    if (file) void openImage(file);
  });
  onEngineChoice(() => void restart());
  await restart();
}

/** Opens what was dropped on the tab: an image, or a model. */
export function openDropped(data: DataTransfer): void {
  const [file] = data.files;
  if (!file) return;
  if (file.type.startsWith('image/')) void openImage(file);
  else void openModel(data);
}

/** Offers a model that this browser keeps, and chooses it. */
export function useModel(label: string, url: string): void {
  addModel(ownModel(label, url));
}

// --- engine and model

/** Starts the engine in a new Worker, and returns whether it and the model are there. */
async function restart(): Promise<boolean> {
  showStatus('Looking for the fastest engine…');
  engine?.cyclegan.terminate();
  engine = translator = undefined;
  try {
    engine = await startEngine('translation');
    showEngine(engine.choice);
    return await loadModel();
  } catch (error) {
    showStatus('No engine');
    showProblem(error, 'start');
    return false;
  }
}

/** Loads the chosen model. If it fails, the last one stays. */
async function loadModel(): Promise<boolean> {
  if (!engine) return false;
  const model = models.get(chosen)!;
  try {
    const fresh = await load(engine.cyclegan, model, direction.value as Direction, (share) =>
      showStatus(`Loading the model: ${Math.round(100 * share)} %`),
    );
    void translator?.dispose();
    translator = fresh;
    direction.disabled = fresh.direction === undefined; // pix2pix
    if (fresh.direction) direction.value = fresh.direction; // a file may have one direction only
    clearProblem();
    showEngine(engine.choice);
    translateSoon();
    return true;
  } catch (error) {
    showEngine(engine.choice);
    showProblem(error, 'model');
    return false;
  }
}

function chooseModel(value: string): void {
  if (value === 'url') element<HTMLDialogElement>('url-dialog').showModal();
  else if (value === 'files') element<HTMLDialogElement>('files-dialog').showModal();
  else void switchTo(value);
  chooser.value = chosen; // until it is loaded
}

async function switchTo(key: string): Promise<void> {
  const last = chosen;
  chosen = key;
  if (!(await loadModel())) chosen = last;
  chooser.value = chosen;
  for (const option of direction.options)
    option.text = models.get(chosen)!.directions[option.value as Direction];
}

function addModel(model: Model): void {
  const key = `own-${models.size}`;
  models.set(key, model);
  chooser.querySelector('[value=shipped]')!.after(h('option', { value: key }, model.label));
  void switchTo(key).then(() => {
    if (chosen !== key) chooser.querySelector(`[value=${key}]`)!.remove(); // it was none
  });
}

async function openModel(files: Files): Promise<void> {
  element<HTMLDialogElement>('files-dialog').close();
  try {
    addModel(await modelOfFiles(files));
  } catch (error) {
    showProblem(error, 'model');
  }
}

function urlChosen(): void {
  const dialog = element<HTMLDialogElement>('url-dialog');
  const { value } = element<HTMLInputElement>('url');
  if (dialog.returnValue === 'load') addModel(ownModel(new URL(value).hostname, value));
  dialog.returnValue = '';
}

// --- sources

async function choose(name: SourceName): Promise<void> {
  camera?.stop();
  camera = undefined;
  if (name === 'camera') {
    try {
      camera = await openCamera({ width: 640, facingMode: 'environment' });
      clearProblem();
    } catch (error) {
      showProblem(error, 'camera');
      return;
    }
  }
  source = name;
  for (const button of document.querySelectorAll('[id^=source-]')) {
    button.setAttribute('aria-pressed', String(button.id === `source-${name}`));
  }
  element('draw-side').hidden = name !== 'draw';
  element('image-drop').hidden = name !== 'image';
  element('stage').classList.toggle('single', name !== 'draw');
  showInput();
  translateSoon();
}

async function openImage(file: File): Promise<void> {
  try {
    const opened = await createImageBitmap(file).catch(() => {
      throw new Error(`${file.name} cannot be decoded.`);
    });
    image?.close();
    [image, imageName] = [opened, file.name];
    clearProblem();
    await choose('image');
  } catch (error) {
    showProblem(error, 'image');
  }
}

/** Whether the lines of the drawing are shown over its colours, which have fewer pixels. */
const hasSharpLines = () => sharp.checked && source === 'draw' && direction.value === 'AtoB';

/** Shows the input over the translation: up to the slider, or as lines over colours. */
function showInput(): void {
  const compare = element('compare');
  const { value } = element<HTMLInputElement>('slider');
  compare.style.setProperty('--share', hasSharpLines() ? '100%' : source === 'draw' ? '0%' : `${value}%`);
  compare.classList.toggle('sharp', hasSharpLines());
  element('slider-row').hidden = source === 'draw';
  element('sharp-row').hidden = source !== 'draw' || direction.value !== 'AtoB';
}

/** Saves the translation as it is shown. */
function saveImage(): void {
  const canvas = h('canvas');
  const scale = Math.max(1, Math.round(512 / Math.max(output.width, output.height)));
  Object.assign(canvas, { width: output.width * scale, height: output.height * scale });
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(output, 0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = 'multiply';
  if (hasSharpLines()) context.drawImage(before, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((file) => file && download(file, 'translation.png'));
}

// --- translation

async function translateNow(): Promise<void> {
  const input = current();
  if (!translator || !input) return;
  try {
    const began = performance.now();
    const small = scaled(input, Number(detail.value));
    const translated = await translator.translate(small);
    const name = { draw: 'The drawing', image: imageName, camera: 'The camera' }[source];
    paint(output, translated, `${name}, translated: ${direction.selectedOptions[0]!.text}`);
    const shown = scaled(input, 512);
    Object.assign(before, { width: shown.width, height: shown.height, ariaLabel: name });
    before.getContext('2d')!.drawImage(shown, 0, 0);
    showInput();
    element('speed').textContent = speed(performance.now() - began);
    restarted = false;
    if (camera) translateSoon();
  } catch (error) {
    if (isCycleGANError(error, 'DISPOSED')) return; // another model or engine has been chosen
    camera?.stop();
    camera = undefined;
    showProblem(error, 'translate');
    if (hasStopped(error) && !restarted) {
      restarted = true;
      if (await restart()) showProblem(error, 'translate'); // loading the model has removed it
    }
  }
}

const current = (): Source | undefined => ({ draw: board, image, camera: camera?.video })[source];

/** An image on white, whose longer side has `size` pixels. */
function scaled(from: Source, size: number): HTMLCanvasElement {
  const [width, height] =
    from instanceof HTMLVideoElement ? [from.videoWidth, from.videoHeight] : [from.width, from.height];
  const scale = size / Math.max(width, height);
  const canvas = h('canvas');
  canvas.width = Math.max(32, Math.round(width * scale));
  canvas.height = Math.max(32, Math.round(height * scale));
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(from, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Calls `use` with the files that are chosen. The same files can be chosen again. */
function onFile(id: string, use: (files: FileList) => Promise<void>): void {
  const input = element<HTMLInputElement>(id);
  input.addEventListener('change', () => {
    if (input.files?.length) void use(input.files).finally(() => (input.value = ''));
  });
}

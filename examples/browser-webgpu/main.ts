/**
 * The page. It loads a saved CycleGAN and translates images with it on WebGPU, or on WebGL if WebGPU is not available.
 * An image goes file → canvas → tensor in [-1, 1] → model → levels 0..255 → canvas.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { CycleGAN, type Direction, normalizeImage, toLevels } from 'ts-cyclegan';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const controls = element<HTMLFieldSetElement>('controls');
const file = element<HTMLInputElement>('file');
const direction = element<HTMLSelectElement>('direction');
const input = element<HTMLCanvasElement>('input');
const output = element<HTMLCanvasElement>('output');

let model: CycleGAN | undefined;
/** The image on the page, to translate it again when the direction changes. */
let shown: { image: HTMLImageElement; name: string } | undefined;

/** Uses WebGPU if the browser supports it and has a GPU, otherwise WebGL with a note on the page. */
async function chooseBackend(): Promise<void> {
  if ((await navigator.gpu?.requestAdapter()) && (await tf.setBackend('webgpu'))) return;
  tf.env().set('SOFTWARE_WEBGL_ENABLED', true); // slow, but it works
  if (!(await tf.setBackend('webgl'))) throw new Error('This browser has neither WebGPU nor WebGL.');
  show(
    'note',
    'WebGPU is not available here, so this page runs on WebGL. The results are the same, but slower.',
  );
}

/** Reads an image. The browser rotates it according to EXIF. */
async function read(url: string, name: string): Promise<void> {
  const image = new Image();
  image.src = url;
  await image.decode().catch(() => {
    throw new Error(`${name} is not an image that this browser can read.`);
  });
  shown = { image, name };
}

/** Draws the largest centred part of the image that fits the canvas, on white. */
function draw(image: HTMLImageElement, width: number, height: number): void {
  Object.assign(input, { width, height });
  const scale = Math.max(width / image.width, height / image.height);
  const [w, h] = [image.width * scale, image.height * scale];
  const context = input.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
}

async function translate(): Promise<void> {
  if (!model || !shown) return;
  const way = direction.value as Direction;
  const generator = way === 'AtoB' ? model.generatorG : model.generatorF;
  const [, height, width] = generator.inputs[0]!.shape; // null: any size
  draw(shown.image, width ?? 256, height ?? 256);

  const start = performance.now();
  const rgba = tf.tidy(() => {
    const image = normalizeImage(tf.browser.fromPixels(input)); // [height, width, 3]
    const levels = toLevels(model!.translate(image, way));
    return tf.concat([levels, tf.fill([input.height, input.width, 1], 255, 'int32')], 2);
  });
  const pixels = Uint8ClampedArray.from(await rgba.data());
  rgba.dispose();
  const seconds = ((performance.now() - start) / 1000).toFixed(2);

  Object.assign(output, { width: input.width, height: input.height });
  output.getContext('2d')!.putImageData(new ImageData(pixels, input.width, input.height), 0, 0);
  input.ariaLabel = shown.name;
  output.ariaLabel = `${shown.name}, translated ${way === 'AtoB' ? 'from A to B' : 'from B to A'}`;
  show('status', `Translated in ${seconds} s on ${tf.getBackend()}.`);
}

function show(id: 'note' | 'error' | 'status', text: string): void {
  element(id).textContent = text;
  element(id).hidden = text === '';
}

let queue = Promise.resolve();

/** Runs tasks one after another, and shows errors on the page. */
function run(work: () => Promise<void>): Promise<void> {
  queue = queue.then(async () => {
    show('error', '');
    try {
      await work();
    } catch (error) {
      show('error', error instanceof Error ? error.message : String(error));
      show('status', '');
    }
  });
  return queue;
}

/** Reads the image at `url` and translates it. */
async function open(url: string, name: string): Promise<void> {
  await run(async () => {
    show('status', 'Translating…');
    await read(url, name);
    await translate();
  });
}

async function openFile(image: File | undefined): Promise<void> {
  if (!image || controls.disabled) return;
  const url = URL.createObjectURL(image);
  await open(url, image.name);
  URL.revokeObjectURL(url);
}

file.addEventListener('change', () => {
  void openFile(file.files?.[0]);
  file.value = ''; // the same file can be chosen again
});
element('sample').addEventListener('click', () => void open('sample.svg', 'Laughing face in black lines'));
direction.addEventListener('change', () => void run(translate));

const dropping = (on: boolean) => document.body.classList.toggle('dropping', on);
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  dropping(true);
});
document.addEventListener('dragleave', () => dropping(false));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  dropping(false);
  void openFile(event.dataTransfer?.files[0]);
});

await run(async () => {
  await chooseBackend();
  model = await CycleGAN.load('model/model.json');
  controls.disabled = false;
  show('status', `Ready, on ${tf.getBackend()}.`);
});

/** The page: trains in a Worker, and shows losses and a translation. The browser keeps the run, so it resumes after a reload. */
import { connectWorker, listRuns } from 'ts-cyclegan/browser';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const toggle = element<HTMLButtonElement>('toggle');
const size = 32;

// in one expression, which Vite looks for
const worker = new Worker(new URL('./cyclegan.worker.ts', import.meta.url), { type: 'module' });
const cyclegan = connectWorker(worker);

function say(text: string): void {
  element('status').textContent = text;
}

/** Shapes at different places, as image files. */
async function images(shape: 'circle' | 'square'): Promise<File[]> {
  const files: File[] = [];
  for (let i = 0; i < 16; i++) {
    const canvas = new OffscreenCanvas(size, size);
    const context = canvas.getContext('2d')!;
    context.fillStyle = 'white';
    context.fillRect(0, 0, size, size);
    context.fillStyle = shape === 'circle' ? 'orange' : 'royalblue';
    const [x, y, radius] = [12 + (i % 4) * 3, 12 + (i >> 2) * 3, 5 + (i % 3)];
    if (shape === 'circle') context.arc(x, y, radius, 0, 2 * Math.PI);
    else context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
    context.fill();
    files.push(new File([await canvas.convertToBlob()], `${shape}-${i}.png`));
  }
  return files;
}

function show(id: 'real' | 'fake', image: ImageData, label: string): void {
  const canvas = element<HTMLCanvasElement>(id);
  Object.assign(canvas, { width: image.width, height: image.height, ariaLabel: label });
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

/** Opens the run that the browser keeps, or a new one. */
async function open() {
  const events = {
    sampleEvery: 5,
    onStep: ({ step, losses }: { step: number; losses: Readonly<Record<string, number>> }) =>
      say(`Step ${step}: cycle loss ${losses['cycle_A']!.toFixed(2)}`),
    onSample: ({ step, a }: { step: number; a: { real: ImageData; fake: ImageData } }) => {
      show('real', a.real, 'A circle');
      show('fake', a.fake, `The circle as a square, after ${step} steps`);
    },
  };
  const known = (await listRuns()).some(({ name }) => name === 'shapes');
  if (known) return await cyclegan.resumeTraining('shapes', events);
  return await cyclegan.startTraining('shapes', {
    a: await images('circle'),
    b: await images('square'),
    model: { inputShape: [size, size, 3], filters: 8, residualBlocks: 2, discriminatorFilters: 8 },
    trainer: { epochs: 100 },
    images: { cropSize: size },
    ...events,
  });
}

try {
  const { name, reason, advice } = await cyclegan.useBestEngine({ purpose: 'training' });
  console.log(name, reason, ...advice);
  const run = await open();
  say(`Ready, after ${run.start.step} steps.`);
  let running = false;
  toggle.disabled = false;
  toggle.addEventListener('click', () => {
    if (running) {
      void run.pause();
      return;
    }
    running = true;
    toggle.textContent = 'Pause';
    run
      .train()
      .then(({ step }) => say(`Paused after ${step} steps.`))
      .catch((error: unknown) => say(String(error)))
      .finally(() => {
        running = false;
        toggle.textContent = 'Train';
      });
  });
} catch (error) {
  say(String(error));
}
